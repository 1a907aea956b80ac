import { Notes } from '../notes.js'
import type { WordVectors, WordVectorsFormat } from './word-vectors.js'

const rowsAtOnce = 4096

/** Words and their vectors in memory, in blocks, so that nothing is copied as it grows. */
export class VectorTable implements WordVectors {
  private readonly rows = new Map<string, number>()
  private readonly blocks: Float32Array[] = []
  readonly collected = new Notes()

  constructor(
    readonly format: WordVectorsFormat,
    readonly dimension: number,
  ) {}

  get size(): number {
    return this.rows.size
  }

  get notes() {
    return this.collected.list()
  }

  has(word: string): boolean {
    return this.rows.has(word)
  }

  /** Room for the vector of the next word, which counts once `add` is called. */
  next(): Float32Array {
    const row = this.rows.size
    const block = Math.floor(row / rowsAtOnce)
    this.blocks[block] ??= new Float32Array(rowsAtOnce * this.dimension)
    return this.row(row)
  }

  add(word: string): void {
    this.rows.set(word, this.rows.size)
  }

  lookup(word: string): Float32Array | undefined {
    const row = this.rows.get(word)
    return row === undefined ? undefined : this.row(row)
  }

  words(): Iterable<string> {
    return this.rows.keys()
  }

  close(): void {}

  private row(row: number): Float32Array {
    const begin = (row % rowsAtOnce) * this.dimension
    return this.blocks[Math.floor(row / rowsAtOnce)]!.subarray(begin, begin + this.dimension)
  }
}
