import type { TaggerSettings } from './settings.js'
import { isLegal, spansOf, type TagScheme, tagsOf } from './tag-scheme.js'
import type { TaggerExample } from './vocabulary.js'

/** Score of a transition that must not be taken: far below all others, and its gradient is exactly 0. */
export const forbidden = -10_000

/**
 * Between the tags of the data and the labels of the network, which may say the same spans in another scheme. Data is
 * read leniently: whatever its tags are, the labels made of them follow their scheme.
 */
export class LabelScheme {
  constructor(
    /** How the tags of the data stand for spans. */
    readonly data: TagScheme,
    /** How the labels of the network do. */
    readonly network: TaggerSettings['scheme'],
  ) {}

  get hasSpans(): boolean {
    return this.network !== 'none'
  }

  /** What the network is to say for tags of the data. */
  toLabels(tags: readonly string[]): readonly string[] {
    return this.network === 'none' ? tags : tagsOf(spansOf(tags), tags.length, this.network)
  }

  /** What the network says, in the scheme of the data. */
  toTags(labels: readonly string[]): readonly string[] {
    const { data, network } = this
    return network === 'none' || data === 'none' ? labels : tagsOf(spansOf(labels), labels.length, data)
  }

  /** Scores of transitions: 0, or `forbidden` where the scheme has none; [from, to] and at the ends of a sentence. */
  constraints(labels: readonly string[]): {
    transitions: Float32Array
    start: Float32Array
    end: Float32Array
  } {
    const score = (from: string | undefined, to: string | undefined) =>
      isLegal(this.network, from, to) ? 0 : forbidden
    return {
      transitions: Float32Array.from(labels.flatMap((from) => labels.map((to) => score(from, to)))),
      start: Float32Array.from(labels, (to) => score(undefined, to)),
      end: Float32Array.from(labels, (from) => score(from, undefined)),
    }
  }
}

/**
 * The labels of the data, sorted. For spans all parts of every type are there, also those the data lacks, so that every
 * span can be said.
 */
export function labelsOf(examples: readonly TaggerExample[], scheme: LabelScheme): string[] {
  const found = new Set<string>()
  if (scheme.network === 'none') {
    for (const { tags } of examples) for (const tag of tags) found.add(tag)
    return [...found].sort()
  }
  const types = new Set<string>()
  for (const { tags } of examples) for (const { type } of spansOf(tags)) types.add(type)
  found.add('O')
  for (const type of types) {
    const longest = { type, begin: 0, end: 3 }
    for (const span of [longest, { ...longest, end: 2 }, { ...longest, end: 1 }]) {
      for (const label of tagsOf([span], span.end, scheme.network)) found.add(label)
    }
  }
  return [...found].sort()
}
