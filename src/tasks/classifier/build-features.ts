import { PairCounter } from './pair-counter.js'
import type { PieceReader } from './piece-reader.js'
import { type FeatureSettings, TextFeatures, unknownWord } from './text-features.js'
import { shapeOf } from './words.js'

/** Counts of the pieces of a set of texts. */
export interface PieceCounts {
  readonly pieces: number
  /** Pieces with an upper-case letter. */
  readonly upper: number
  /** By word: the piece, lower-cased where that is asked for; in the order of first appearance. */
  readonly words: ReadonlyMap<string, number>
}

/** Counts texts that are numbers of pieces of `reader`. */
export function countPieces(
  reader: PieceReader,
  texts: readonly Int32Array[],
  lowercase: boolean,
): PieceCounts {
  const counts = new Float64Array(reader.pieces.length)
  for (const text of texts) for (const number of text) counts[number]!++
  const words = new Map<string, number>()
  let pieces = 0
  let upper = 0
  for (const [number, piece] of reader.pieces.entries()) {
    const count = counts[number]!
    const lower = piece.toLowerCase()
    pieces += count
    if (lower !== piece) upper += count
    const word = lowercase ? lower : piece
    if (count > 0) words.set(word, (words.get(word) ?? 0) + count)
  }
  return { pieces, upper, words }
}

export interface VocabularySizes {
  readonly minCount: number
  readonly maxVocabulary: number
  /** Most pairs of words to keep. */
  readonly pairs: number
}

/**
 * The vocabulary of texts: the most frequent words, `shapeOf` rare ones, and the most frequent pairs of known words; equally
 * frequent words in the order of their first appearance.
 */
export function buildFeatures(
  settings: FeatureSettings,
  counted: PieceCounts,
  reader: PieceReader,
  texts: readonly Int32Array[],
  sizes: VocabularySizes,
  /** Words by row where these are given; the first is `<unk>`. */
  given?: readonly string[],
): TextFeatures {
  const words = given ?? vocabularyOf(settings, counted, sizes)
  const features = new TextFeatures(settings, words, [], reader)
  if (sizes.pairs === 0) return features
  const rows = Int32Array.from(reader.pieces, (piece) => features.rowOf(piece))
  const counter = new PairCounter()
  for (const text of texts) {
    for (let t = 1; t < text.length; t++) {
      const [before, row] = [rows[text[t - 1]!]!, rows[text[t]!]!]
      if (before > 0 && row > 0) counter.add(before, row)
    }
  }
  const frequent = counter.frequent(Math.max(2, sizes.minCount), sizes.pairs)
  return new TextFeatures(
    settings,
    words,
    frequent.map(([before, row]) => before * words.length + row),
    reader,
  )
}

function vocabularyOf(
  settings: FeatureSettings,
  counted: PieceCounts,
  { minCount, maxVocabulary }: VocabularySizes,
): string[] {
  const counts = new Map(counted.words)
  if (settings.unit === 'word') {
    for (const [word, count] of counted.words) {
      const shape = count < minCount ? shapeOf(word) : undefined
      if (shape !== undefined && shape !== word) counts.set(shape, (counts.get(shape) ?? 0) + count)
    }
  }
  const kept = [...counts]
    .filter(([word, count]) => count >= minCount && word !== unknownWord)
    .sort((a, b) => b[1] - a[1])
    .slice(0, maxVocabulary)
  return [unknownWord, ...kept.map(([word]) => word)]
}
