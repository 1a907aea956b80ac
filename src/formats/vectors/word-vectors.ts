import { RepriseError } from '../../errors.js'
import type { Note } from '../notes.js'

export type WordVectorsFormat = 'glove' | 'word2vec-text' | 'word2vec-binary' | 'fasttext'

/** Vectors of words, read from a file. */
export interface WordVectors {
  readonly format: WordVectorsFormat
  /** Numbers in a vector. */
  readonly dimension: number
  /** Words that were read. */
  readonly size: number
  /** What was left out or odd, and how often. */
  readonly notes: readonly Note[]
  /** `dimension` numbers, not to be written to; undefined for an unknown word. A fastText model composes unknown words of their parts. */
  lookup(word: string): Float32Array | undefined
  /** In the order of the file, which is mostly by frequency. */
  words(): Iterable<string>
  /** Lets go of the file: a fastText model reads its vectors when they are asked for. */
  close(): void
}

export interface WordVectorsOptions {
  /** Only so many words from the beginning of the file. */
  readonly limit?: number | undefined
  /** Only words for which this returns true; the vectors of others are not kept. */
  readonly wanted?: ((word: string) => boolean) | undefined
}

/**
 * Reads pre-trained vectors of words: GloVe, word2vec as text and binary, fastText's `.vec` and `.bin` (whose subwords give vectors to words it
 * does not know). The format is found by the content; the file may be gzipped, `-` is standard input. Read as a stream: a file of gigabytes
 * takes the memory of the words that are `wanted`. The vectors of an unpacked `.bin` stay in the file until they are looked up.
 *
 * Instead of a path, an (async) iterable of bytes will do, in a page too. Throws `bad-file` for a file of another kind or one cut short,
 * `unsupported-vectors` for quantised fastText models and other versions of them, `option`, and what reading files throws.
 *
 * @example
 * const vectors = await readWordVectors('glove.6B.100d.txt.gz', { limit: 50_000 })
 * vectors.lookup('sea') // Float32Array(100)
 */
export async function readWordVectors(
  input: string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: WordVectorsOptions = {},
): Promise<WordVectors> {
  const { limit } = options
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) {
    throw new RepriseError(
      'option',
      `readWordVectors: \`limit\` must be a whole number from 1, got ${limit}.`,
    )
  }
  const { readVectors } = await import('./read-vectors.js')
  return readVectors(input, options)
}
