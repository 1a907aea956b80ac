/** What the `cutoffs` setting may be, for messages. */
export const cutoffForms = 'rising ranks such as 2000,10000,50000'

/** Reads the `cutoffs` setting; undefined when it is none of `cutoffForms`. */
export function readCutoffs(text: string): readonly number[] | undefined {
  const cuts = text
    .split(',')
    .map((part) => (/^ *[\d_]+ *$/.test(part) ? Number(part.replaceAll('_', '')) : 0))
  return cuts.every((cut, k) => cut > (cuts[k - 1] ?? 0)) ? cuts : undefined
}

/**
 * Cut-offs for a vocabulary: a head of 2000 words, which are some four fifths of a text, then clusters that each see
 * a fraction of the tokens of the one before. A last cluster of less than a tenth of the vocabulary is not worth its own.
 */
export function chooseCutoffs(vocabulary: number): readonly number[] {
  return [2000, 10_000, 50_000].filter((cut, k) => (k === 0 ? cut < vocabulary : cut < 0.9 * vocabulary))
}
