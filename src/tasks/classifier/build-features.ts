import { type FeatureSettings, TextFeatures, unknownWord } from './text-features.js'
import { shapeOf } from './words.js'

/** Counts of the pieces of a set of texts. */
export class PieceCounts {
  readonly counts = new Map<string, number>()
  pieces = 0
  /** Pieces with an upper-case letter. */
  upper = 0

  constructor(private readonly lowercase: boolean) {}

  add(pieces: readonly string[]): void {
    this.pieces += pieces.length
    for (const piece of pieces) {
      const lower = piece.toLowerCase()
      if (lower !== piece) this.upper++
      const word = this.lowercase ? lower : piece
      this.counts.set(word, (this.counts.get(word) ?? 0) + 1)
    }
  }

  /** Words seen at least so often. */
  frequent(minCount: number): number {
    let found = 0
    for (const count of this.counts.values()) if (count >= minCount) found++
    return found
  }
}

export interface VocabularySizes {
  readonly minCount: number
  readonly maxVocabulary: number
  /** Most pairs of words to keep. */
  readonly pairs: number
}

/**
 * The vocabulary of texts: the most frequent words, `shapeOf` rare ones, and the most frequent pairs of known words; equally
 * frequent ones in the order of their first appearance. `texts` gives the pieces of each text.
 */
export function buildFeatures(
  settings: FeatureSettings,
  counted: PieceCounts,
  texts: Iterable<readonly string[]>,
  { minCount, maxVocabulary, pairs }: VocabularySizes,
): TextFeatures {
  const counts = new Map(counted.counts)
  if (settings.unit === 'word') {
    for (const [word, count] of counted.counts) {
      const shape = count < minCount ? shapeOf(word) : undefined
      if (shape !== undefined && shape !== word) counts.set(shape, (counts.get(shape) ?? 0) + count)
    }
  }
  const kept = [...counts]
    .filter(([word, count]) => count >= minCount && word !== unknownWord)
    .sort((a, b) => b[1] - a[1])
    .slice(0, maxVocabulary)
  const words = [unknownWord, ...kept.map(([word]) => word)]
  const features = new TextFeatures(settings, words, [])
  if (pairs === 0) return features
  return new TextFeatures(settings, words, frequentPairs(features, texts, pairs, minCount))
}

function frequentPairs(
  features: TextFeatures,
  texts: Iterable<readonly string[]>,
  most: number,
  minCount: number,
): number[] {
  const counts = new Map<number, number>()
  const size = features.wordRows
  for (const pieces of texts) {
    let before = 0
    for (const piece of pieces) {
      const row = features.rowOf(piece)
      if (before > 0 && row > 0) {
        const pair = before * size + row
        counts.set(pair, (counts.get(pair) ?? 0) + 1)
      }
      before = row
    }
  }
  return [...counts]
    .filter(([, count]) => count >= Math.max(2, minCount))
    .sort((a, b) => b[1] - a[1])
    .slice(0, most)
    .map(([pair]) => pair)
}
