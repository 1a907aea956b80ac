import { RepriseError } from '../errors.js'
import { textToWordSequence } from '../preprocessing/index.js'

/** Texts and the class of each. */
export interface TextsAndLabels {
  readonly texts: readonly string[]
  readonly labels: ArrayLike<number>
}

/** Words and their ranks, the most frequent first, from 1. */
export type WordIndex = ReadonlyMap<string, number>

/**
 * The words of a text as Keras's archives were made: its `Tokenizer` of 2015 under Python 2, which lowered A–Z alone. With
 * it the 25,000 training reviews of IMDB have exactly the 88,584 words of Keras's word index, in its order.
 */
export function archiveWords(text: string): string[] {
  return textToWordSequence(
    text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
    { lower: false },
  )
}

/** Words by frequency, the most frequent with rank 1; of equal frequency the one that appeared first. */
export function rankWords(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts)
    for (const word of archiveWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const ranked = [...counts].sort((a, b) => b[1] - a[1])
  return new Map(ranked.map(([word], place) => [word, place + 1]))
}

/** The ranks of the words of each text; words without a rank are skipped. */
export function ranksOf(texts: readonly string[], wordIndex: WordIndex): Int32Array[] {
  return texts.map((text) => {
    const ranks: number[] = []
    for (const word of archiveWords(text)) {
      const rank = wordIndex.get(word)
      if (rank !== undefined) ranks.push(rank)
    }
    return Int32Array.from(ranks)
  })
}

/** Throws `shape` when there are not as many labels as texts, `bad-value` for a label that is no whole number from 0. */
export function checkLabelled(owner: string, { texts, labels }: TextsAndLabels): Int32Array {
  if (texts.length !== labels.length) {
    throw new RepriseError('shape', `${owner}: ${texts.length} texts and ${labels.length} labels`)
  }
  for (let k = 0; k < labels.length; k++) {
    if (Number.isInteger(labels[k]) && labels[k]! >= 0) continue
    throw new RepriseError(
      'bad-value',
      `${owner}: label ${k} is ${labels[k]}; expected a whole number from 0`,
    )
  }
  return Int32Array.from(labels)
}

/** Words and ranks from a map or an object. Throws `bad-vocabulary` for ranks that are no whole numbers from 1. */
export function asWordIndex(owner: string, given: WordIndex | Readonly<Record<string, number>>): WordIndex {
  const index = given instanceof Map ? (given as WordIndex) : new Map(Object.entries(given))
  for (const [word, rank] of index) {
    if (Number.isInteger(rank) && rank >= 1 && rank < 2 ** 30) continue
    throw new RepriseError(
      'bad-vocabulary',
      `${owner}: the rank of "${word.slice(0, 40)}" is ${rank}; expected a whole number from 1`,
    )
  }
  return index
}
