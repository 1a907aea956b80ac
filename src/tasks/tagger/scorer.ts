import type { LabelScheme } from './labels.js'
import { countSpans, type PrecisionRecall, TypeCounter, type TypeScores } from './span-scores.js'
import type { TaggerExample, TaggerVocabulary } from './vocabulary.js'

/** Tokens of one kind and the share of them whose tag is right. */
export interface TokenScores {
  readonly tokens: number
  /** Null where there is no token of the kind. */
  readonly accuracy: number | null
}

/** How well a tagger does on tagged sentences. All shares are 0 … 1. */
export interface TaggerScores extends TokenScores, Partial<PrecisionRecall> {
  readonly sentences: number
  readonly accuracy: number
  /** Words that were in the training data (as they are looked up), and words that were not. */
  readonly seen: TokenScores
  readonly unseen: TokenScores
  /** Span tags: precision, recall and F1 of each type as conlleval counts them; otherwise of each tag. */
  readonly perType: Readonly<Record<string, TypeScores>>
  /** Tags of the data that training never saw, which count as mistakes, with their numbers. */
  readonly unknownTags: Readonly<Record<string, number>>
}

/** Compares tags with those of the data. Span tags also give `precision`, `recall` and `f1` over all types. */
export class TaggerScorer {
  private readonly counter = new TypeCounter()
  private readonly unknown = new Map<string, number>()
  private readonly known: ReadonlySet<string>
  private sentences = 0
  private readonly tokens = { seen: 0, unseen: 0 }
  private readonly right = { seen: 0, unseen: 0 }

  constructor(
    private readonly vocabulary: TaggerVocabulary,
    private readonly scheme: LabelScheme,
  ) {
    this.known = new Set(vocabulary.labels)
  }

  add({ tokens, tags }: TaggerExample, predicted: readonly string[]): void {
    this.sentences++
    for (const [at, token] of tokens.entries()) {
      const kind = this.vocabulary.knows(token) ? 'seen' : 'unseen'
      this.tokens[kind]++
      if (tags[at] === predicted[at]) this.right[kind]++
    }
    for (const [at, label] of this.scheme.toLabels(tags).entries()) {
      if (!this.known.has(label)) this.unknown.set(tags[at]!, (this.unknown.get(tags[at]!) ?? 0) + 1)
    }
    if (this.scheme.hasSpans) countSpans(this.counter, tags, predicted)
    else this.countTags(tags, predicted)
  }

  private countTags(tags: readonly string[], predicted: readonly string[]): void {
    for (const [at, tag] of tags.entries()) {
      this.counter.of(tag).support++
      this.counter.of(predicted[at]!).predicted++
      if (tag === predicted[at]) this.counter.of(tag).correct++
    }
  }

  scores(): TaggerScores {
    const { tokens, right } = this
    const share = (count: number, of: number) => ({ tokens: of, accuracy: of === 0 ? null : count / of })
    const all = tokens.seen + tokens.unseen
    const { precision, recall, f1 } = this.counter.total()
    return {
      sentences: this.sentences,
      tokens: all,
      accuracy: (right.seen + right.unseen) / Math.max(1, all),
      ...(this.scheme.hasSpans && { precision, recall, f1 }),
      seen: share(right.seen, tokens.seen),
      unseen: share(right.unseen, tokens.unseen),
      perType: this.counter.perType(),
      unknownTags: Object.fromEntries([...this.unknown].sort(([a], [b]) => (a < b ? -1 : 1))),
    }
  }
}
