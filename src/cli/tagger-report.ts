import type {
  EncoderShape,
  TaggedSentencesReport,
  TaggerEvaluation,
  TaggerNote,
  TaggerScores,
} from '../tasks/index.js'
import { counted } from './counted.js'
import { formatCount, formatTable } from './terminal.js'

/** `94.53 %`; `–` where there was nothing to measure. */
export function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(2)} %`
}

/** What was read of tagged files, and what is odd about them. */
export function describeTagged(
  paths: readonly string[],
  { format, column, sentences, tokens, tags, notes }: TaggedSentencesReport,
): string[] {
  const first = tags.slice(0, 6).map(({ tag, count }) => `${tag} ${formatCount(count)}`)
  return [
    `${paths.join(', ')}: ${format === 'conllu' ? 'CoNLL-U' : 'CoNLL'}, tags from ${column}; ${counted(sentences, 'sentence')}, ${counted(tokens, 'token')}, ${counted(tags.length, 'tag')} (${first.join(', ')}${tags.length > 6 ? ', …' : ''})`,
    ...notes.map(describeNote),
  ]
}

export function describeNote({ what, count, example }: TaggerNote): string {
  return `  note: ${formatCount(count)} × ${what}${example === undefined ? '' : `; first: ${example}`}`
}

/** `language model 128 + LSTM 256 forward`. */
export function describeEncoder({ embedding, cell, layers, units, reverse }: EncoderShape): string {
  const depth = layers > 1 ? `${layers} × ` : ''
  return `language model ${embedding} + ${depth}${cell.toUpperCase()} ${units} ${reverse ? 'backward' : 'forward'}`
}

/** Scores of a tagger as lines: all tokens, words seen and unseen in training, and each type. */
export function describeTaggerScores(scores: TaggerScores): string[] {
  const { tokens, accuracy, seen, unseen, precision, recall, f1, perType, unknownTags } = scores
  const rows: string[][] = [
    ['tokens', formatCount(tokens)],
    ['accuracy', percent(accuracy)],
    [`  words seen in training (${formatCount(seen.tokens)})`, percent(seen.accuracy)],
    [`  unseen words (${formatCount(unseen.tokens)})`, percent(unseen.accuracy)],
  ]
  if (f1 !== undefined) {
    rows.push(
      ['span precision', percent(precision!)],
      ['span recall', percent(recall!)],
      ['span F1', percent(f1)],
    )
  }
  const types = Object.entries(perType)
  const header = [f1 === undefined ? 'tag' : 'type', 'precision', 'recall', 'F1', 'in the data', 'predicted']
  const unknown = Object.entries(unknownTags)
  return [
    ...formatTable(rows),
    '',
    ...formatTable([
      header,
      ...types.map(([type, one]) => [
        type,
        percent(one.precision),
        percent(one.recall),
        percent(one.f1),
        formatCount(one.support),
        formatCount(one.predicted),
      ]),
    ]),
    ...(unknown.length === 0
      ? []
      : [
          `tags that training never saw: ${unknown.map(([tag, count]) => `${tag} (${formatCount(count)})`).join(', ')}`,
        ]),
  ]
}

/** How many of the sentences the tagger was trained on, where it was on some, or could have been on more than it remembers. */
export function describeRepeated({ repeated, sentences }: TaggerEvaluation): string[] {
  if (!repeated) return []
  const { sentences: found, otherTags, trained, remembered } = repeated
  const differing = otherTags > 0 ? `, ${formatCount(otherTags)} of them with other tags there` : ''
  return [
    ...(found > 0
      ? [
          `${formatCount(found)} of the ${counted(sentences, 'sentence')} ${found === 1 ? 'is' : 'are'} in the training data too${differing}; scores of such sentences flatter (shorter ones than 8 tokens are not counted)`,
        ]
      : []),
    ...(remembered < trained
      ? [
          `the model remembers ${formatCount(remembered)} of the ${counted(trained, 'sentence')} it was trained on: more of these may be among them`,
        ]
      : []),
  ]
}

/** Scores of the sentences that were not in the training data, where others were. */
export function describeWithout({ repeated }: TaggerEvaluation): string[] {
  const without = repeated?.without
  if (!without) return []
  const { sentences, accuracy, f1 } = without
  const spans = f1 === undefined ? '' : `, span F1 ${percent(f1)}`
  return [`the ${counted(sentences, 'sentence')} new to it: accuracy ${percent(accuracy)}${spans}`]
}
