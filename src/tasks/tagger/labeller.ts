import type { CompiledProgram, Session } from '../../graph/index.js'
import { roundedLength, SentenceEncoder, type TokenizedSentence } from './batches.js'
import type { BatchShape, TaggerNetwork } from './network.js'
import { feedBatch } from './training-model.js'

export interface LabellingOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((fraction: number) => void) | undefined
}

/** Part of a sentence that is read at once, and the tokens of it whose labels are kept. */
interface Piece {
  readonly sentence: number
  readonly begin: number
  readonly end: number
  readonly keepFrom: number
  readonly keepTo: number
}

/** Longer sentences are read in pieces of this many tokens, with some more around for context. */
export const pieceLength = 256
const context = 48
/** The longest sentence that is read at once. */
export const longestWhole = pieceLength + 2 * context
const tokensInBatch = 2048

/** Finds the best labels of sentences: in batches of like length, one batch after the other however many ask for it. */
export class Labeller {
  private readonly encoder: SentenceEncoder
  /** The end of the work asked for so far. */
  private queue: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly session: Session,
    private readonly network: TaggerNetwork,
  ) {
    this.encoder = new SentenceEncoder(network.vocabulary, network.settings)
  }

  /** A label for each token of each sentence, numbers of `vocabulary.labels`. Throws an `AbortError` when the signal says so. */
  async label(
    sentences: readonly TokenizedSentence[],
    options: LabellingOptions = {},
  ): Promise<Int32Array[]> {
    const labels = sentences.map(({ tokens }) => new Int32Array(tokens.length))
    const pieces = sentences.flatMap(piecesOf)
    const parts = pieces.map((piece) => partOf(sentences[piece.sentence]!, piece))
    const order = [...parts.keys()].sort((a, b) => parts[a]!.tokens.length - parts[b]!.tokens.length || a - b)
    let done = 0
    while (done < order.length) {
      const rows = rowsFor(parts, order, done)
      const batch = order.slice(done, done + rows)
      options.signal?.throwIfAborted()
      await this.inTurn(async () => {
        const best = await this.run(parts, batch)
        for (const [row, index] of batch.entries()) {
          const { sentence, begin, keepFrom, keepTo } = pieces[index]!
          const own = best.tags.subarray(row * best.T + keepFrom - begin, row * best.T + keepTo - begin)
          labels[sentence]!.set(own, keepFrom)
        }
      })
      done += batch.length
      options.onProgress?.(done / order.length)
    }
    return labels
  }

  private async run(parts: readonly TokenizedSentence[], sentences: readonly number[]) {
    const T = roundedLength(parts[sentences.at(-1)!]!.tokens.length)
    const N = 2 ** Math.ceil(Math.log2(sentences.length))
    const batch = this.encoder.encode(parts, sentences, N, T)
    const program = this.program(batch)
    feedBatch(program, batch)
    await program.run()
    return { T, tags: program.read('tags', new Int32Array(N * T)) }
  }

  private program(shape: BatchShape): CompiledProgram {
    const { N, T, W, S } = shape
    return this.session.program(`label ${N} ${T} ${W} ${S}`, (graph) => ({
      fetch: { tags: this.network.decode(this.network.emissions(graph, shape)) },
    }))
  }

  /** Runs when everything asked for before is done. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.queue.then(work)
    this.queue = result.catch(() => {})
    return result
  }
}

/** How many of the sentences from `done` on, the shortest first, make a batch: a power of two while there are so many. */
function rowsFor(parts: readonly TokenizedSentence[], order: readonly number[], done: number): number {
  const left = order.length - done
  const fits = (rows: number) =>
    rows <= left && rows * roundedLength(parts[order[done + rows - 1]!]!.tokens.length) <= tokensInBatch
  let rows = 1
  while (rows < 64 && fits(2 * rows)) rows *= 2
  // The last few go together rather than in ever smaller batches.
  return left < 2 * rows && left < 64 && fits(left) ? left : rows
}

function piecesOf({ tokens }: TokenizedSentence, sentence: number): Piece[] {
  const { length } = tokens
  if (length === 0) return []
  if (length <= longestWhole) return [{ sentence, begin: 0, end: length, keepFrom: 0, keepTo: length }]
  return Array.from({ length: Math.ceil(length / pieceLength) }, (_, k) => {
    const keepFrom = k * pieceLength
    const keepTo = Math.min(length, keepFrom + pieceLength)
    return {
      sentence,
      begin: Math.max(0, keepFrom - context),
      end: Math.min(length, keepTo + context),
      keepFrom,
      keepTo,
    }
  })
}

function partOf(sentence: TokenizedSentence, { begin, end }: Piece): TokenizedSentence {
  const { tokens, features } = sentence
  if (begin === 0 && end === tokens.length) return sentence
  return { tokens: tokens.slice(begin, end), features: features?.map((column) => column.slice(begin, end)) }
}
