import { Notes } from '../notes.js'
import { type SubwordSettings, subwordBuckets } from './subwords.js'
import type { WordVectors, WordVectorsOptions } from './word-vectors.js'

/** Rows of a matrix, in memory or in a file. */
export interface Rows {
  /** Valid until the next call. */
  read(index: number): Float32Array
  close(): void
}

/** The mark of a sentence's end, which has no parts. */
const sentenceEnd = '</s>'

/** A fastText model: the vector of a word is the mean of its own row and those of its parts. */
export class FastTextVectors implements WordVectors {
  readonly format = 'fasttext'
  readonly collected = new Notes()

  constructor(
    readonly dimension: number,
    private readonly dictionary: ReadonlyMap<string, number>,
    /** Words in the model, known here or not. */
    private readonly wordRows: number,
    private readonly subwords: SubwordSettings,
    private readonly rows: Rows,
    private readonly options: WordVectorsOptions,
  ) {}

  get size(): number {
    let size = 0
    for (const _ of this.words()) size++
    return size
  }

  get notes() {
    return this.collected.list()
  }

  lookup(word: string): Float32Array | undefined {
    if (this.options.wanted !== undefined && !this.options.wanted(word)) return undefined
    const own = this.dictionary.get(word)
    const indices = own === undefined ? [] : [own]
    if (word !== sentenceEnd && this.subwords.longest > 0) {
      for (const bucket of subwordBuckets(word, this.subwords)) indices.push(this.wordRows + bucket)
    }
    if (indices.length === 0) return undefined
    const vector = new Float32Array(this.dimension)
    for (const index of indices) {
      const row = this.rows.read(index)
      for (let i = 0; i < vector.length; i++) vector[i]! += row[i]!
    }
    for (let i = 0; i < vector.length; i++) vector[i]! /= indices.length
    return vector
  }

  *words(): Iterable<string> {
    const { limit = Infinity, wanted } = this.options
    for (const [word, row] of this.dictionary) {
      if (row >= limit) return
      if (wanted === undefined || wanted(word)) yield word
    }
  }

  close(): void {
    this.rows.close()
  }
}
