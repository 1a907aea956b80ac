import type { CompiledProgram, Graph } from '../../graph/index.js'
import type { ClassifierNetwork, NetworkInputs } from './network.js'
import { type EncodedText, subwordsPerWord } from './text-features.js'

/** Steps `begin` … `end` of a text. */
export interface Passage {
  readonly text: EncodedText
  readonly begin: number
  readonly end: number
}

/** Lengths batches have, so that few programs are compiled: 8, 12, 16, 24, 32, 48, … */
export function roundedLength(steps: number): number {
  let length = 8
  while (length < steps) length = length % 3 === 0 ? (length / 3) * 4 : (length / 2) * 3
  return length
}

/** The inputs of a program for N passages of at most T steps. */
export class TextBatch {
  readonly words: Int32Array
  readonly pairs: Int32Array | undefined
  readonly cases: Int32Array | undefined
  readonly subwords: Int32Array | undefined
  readonly mask: Float32Array

  constructor(
    network: ClassifierNetwork,
    readonly N: number,
    readonly T: number,
  ) {
    const size = N * T
    this.words = new Int32Array(size)
    this.pairs = network.pairEmbedding && new Int32Array(size)
    this.cases = network.caseEmbedding && new Int32Array(size)
    this.subwords = network.subwordEmbedding && new Int32Array(size * subwordsPerWord)
    this.mask = new Float32Array(size)
  }

  /** Writes the passages into the rows; rows without one are one unknown word. */
  fill(passages: readonly Passage[]): void {
    const { N, T } = this
    for (const part of [this.words, this.pairs, this.cases, this.mask]) part?.fill(0)
    this.subwords?.fill(-1)
    for (let row = 0; row < N; row++) {
      this.mask[row * T] = 1
      const passage = passages[row]
      if (passage) this.fillRow(row * T, passage)
    }
  }

  private fillRow(at: number, { text, begin, end }: Passage): void {
    this.words.set(text.words.subarray(begin, end), at)
    if (text.pairs && this.pairs) {
      this.pairs.set(text.pairs.subarray(begin, end), at)
      if (begin > 0) this.pairs[at] = 0 // its first word is not in the passage
    }
    if (text.cases) this.cases?.set(text.cases.subarray(begin, end), at)
    if (text.subwords) {
      const inside = text.subwords.subarray(begin * subwordsPerWord, end * subwordsPerWord)
      this.subwords?.set(inside, at * subwordsPerWord)
    }
    this.mask.fill(1, at, at + end - begin)
  }

  /** Makes one step an unknown word. */
  forget(row: number, t: number): void {
    const at = row * this.T + t
    this.words[at] = 0
    this.subwords?.fill(-1, at * subwordsPerWord, (at + 1) * subwordsPerWord)
    if (!this.pairs) return
    this.pairs[at] = 0
    if (t + 1 < this.T) this.pairs[at + 1] = 0
  }

  write(program: CompiledProgram): void {
    program.write('words', this.words)
    program.write('mask', this.mask)
    if (this.pairs) program.write('pairs', this.pairs)
    if (this.cases) program.write('cases', this.cases)
    if (this.subwords) program.write('subwords', this.subwords)
  }
}

/** Declares what `TextBatch` writes. */
export function declareInputs(graph: Graph, network: ClassifierNetwork, N: number, T: number): NetworkInputs {
  const { words, pairs } = network.sizes
  return {
    words: graph.input('words', [N, T], 'int32', words),
    mask: graph.input('mask', [N, T]),
    ...(network.pairEmbedding && { pairs: graph.input('pairs', [N, T], 'int32', pairs) }),
    ...(network.caseEmbedding && { cases: graph.input('cases', [N, T], 'int32') }),
    ...(network.subwordEmbedding && {
      subwords: graph.input('subwords', [N, T * subwordsPerWord], 'int32'),
    }),
  }
}
