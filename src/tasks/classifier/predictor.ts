import type { CompiledProgram, Session } from '../../graph/index.js'
import { passageContributions } from './explain-network.js'
import type { ClassifierNetwork } from './network.js'
import { declareInputs, type Passage, roundedLength, TextBatch } from './text-batch.js'
import type { EncodedText } from './text-features.js'

export interface PredictorOptions {
  /** Steps read at once; longer texts are read in parts of about equal length, whose logits are averaged. */
  readonly window: number
}

/** Steps of a batch, padding included. */
const batchSteps = 8192
const mostRows = 128

interface Row {
  readonly passage: Passage
  /** Which text it belongs to. */
  readonly index: number
}

/** Logits of texts with one network in one session; calls wait for each other. */
export class Predictor {
  private busy: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly session: Session,
    private readonly network: ClassifierNetwork,
    private readonly options: PredictorOptions,
  ) {}

  /** Logits of each text, in the order of the texts; each Float32Array [labels]. */
  async logits(
    texts: readonly EncodedText[],
    signal?: AbortSignal,
    onProgress?: (fraction: number) => void,
  ): Promise<Float32Array[]> {
    const results = texts.map(() => new Float32Array(this.network.outputs))
    const rows = texts.flatMap((text, index) => this.passages(text).map((passage) => ({ passage, index })))
    const length = ({ passage: { begin, end } }: Row) => end - begin
    rows.sort((a, b) => length(b) - length(a))
    for (let at = 0; at < rows.length; ) {
      signal?.throwIfAborted()
      const T = roundedLength(length(rows[at]!))
      const most = Math.max(1, Math.min(mostRows, 2 ** Math.floor(Math.log2(batchSteps / T))))
      const part = rows.slice(at, at + most)
      await this.inTurn(() => this.run(part, T, results))
      at += part.length
      onProgress?.(at / rows.length)
    }
    return results
  }

  /**
   * How much each step moves the sum of the logits times `selector`, by gradient × input; of a text read in parts, of the
   * mean of their logits.
   */
  async contributions(text: EncodedText, selector: Float32Array): Promise<Float64Array> {
    const all = new Float64Array(text.words.length)
    for (const passage of this.passages(text)) {
      const own = await this.inTurn(() => passageContributions(this.session, this.network, passage, selector))
      const share = own.length / all.length
      for (const [t, value] of own.entries()) all[passage.begin + t] = share * value
    }
    return all
  }

  /** Runs something when the calls before it have ended. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const own = this.busy.then(work)
    this.busy = own.catch(() => {})
    return own
  }

  /** The parts of a text that are read at once. */
  private passages(text: EncodedText): Passage[] {
    const { length } = text.words
    const count = Math.ceil(length / this.options.window)
    return Array.from({ length: count }, (_, k) => ({
      text,
      begin: Math.floor((k * length) / count),
      end: Math.floor(((k + 1) * length) / count),
    }))
  }

  private async run(part: readonly Row[], T: number, results: readonly Float32Array[]): Promise<void> {
    const N = 2 ** Math.ceil(Math.log2(part.length))
    const program = this.program(N, T)
    const batch = new TextBatch(this.network, N, T)
    batch.fill(part.map(({ passage }) => passage))
    batch.write(program)
    await program.runSoon()
    const L = this.network.outputs
    const logits = program.read('logits', new Float32Array(N * L))
    for (const [row, { index, passage }] of part.entries()) {
      const share = (passage.end - passage.begin) / passage.text.words.length
      const result = results[index]!
      for (let k = 0; k < L; k++) result[k]! += share * logits[row * L + k]!
    }
  }

  private program(N: number, T: number): CompiledProgram {
    return this.session.program(`predict ${N} × ${T}`, (graph) => ({
      fetch: { logits: this.network.logits(declareInputs(graph, this.network, N, T)) },
    }))
  }
}
