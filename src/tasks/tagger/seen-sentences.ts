import { SeenTexts, type Sighting } from '../seen-texts.js'
import type { LabelScheme } from './labels.js'
import type { TaggerScores } from './scorer.js'
import type { TaggerExample } from './vocabulary.js'

/** How many of the sentences that are scored a tagger was trained on; their scores flatter. */
export interface RepeatedSentences {
  /** Sentences of at least eight tokens that are in the training data too, its held-out part included. */
  readonly sentences: number
  /** Of these, sentences that have other tags there. */
  readonly otherTags: number
  /** Scores of the other sentences; null where all are seen, or none is. */
  readonly without: Pick<
    TaggerScores,
    'sentences' | 'tokens' | 'accuracy' | 'precision' | 'recall' | 'f1'
  > | null
  /** Different sentences of that length in the training data, and how many of them the model remembers: at most a million. */
  readonly trained: number
  readonly remembered: number
}

/** Short sentences ("Yes .") are often the same, longer ones hardly by chance. */
export const tellingLength = 8

export const sentenceText = ({ tokens }: Pick<TaggerExample, 'tokens'>) => tokens.join(' ')

/** Remembers the sentences a tagger is trained on. */
export function rememberSentences(examples: readonly TaggerExample[], scheme: LabelScheme): SeenTexts {
  const telling = examples.filter(({ tokens }) => tokens.length >= tellingLength)
  return SeenTexts.of(
    telling.map((example) => ({ text: sentenceText(example), answer: answerOf(example, scheme) })),
  )
}

/** Where a sentence was seen; one that is too short to tell is new. */
export function sightingOf(seen: SeenTexts, example: TaggerExample, scheme: LabelScheme): Sighting {
  if (example.tokens.length < tellingLength) return 'new'
  return seen.find(sentenceText(example), answerOf(example, scheme))
}

/** Tags as the network learns them, so that the same spans in another scheme are the same. */
const answerOf = ({ tags }: TaggerExample, scheme: LabelScheme) => scheme.toLabels(tags).join(' ')
