import type { TokenSequence } from '../../data/index.js'
import { RepriseError } from '../../errors.js'
import type { CompiledProgram, Session } from '../../graph/index.js'
import type { LanguageNetwork } from './network.js'

/** How well a model predicts a text. */
export interface LanguageScores {
  /** Tokens predicted. */
  readonly tokens: number
  /** Mean negative log-probability per token, natural logarithm. */
  readonly nats: number
  /** exp(nats) */
  readonly perplexity: number
  /** nats / ln 2 */
  readonly bitsPerToken: number
}

export interface EvaluationOptions {
  /**
   * Stretches of text read side by side; each but the first is led in by the tokens before it, which are not counted
   * again. 1 reads the text from beginning to end with one state. Default: chosen from the length.
   */
  readonly streams?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (fraction: number) => void
}

const steps = 64
/** Tokens read before a stretch so that its state is warm; the influence of earlier ones is below rounding in practice. */
const leadIn = 256

/** Scores texts with one network in one session; every token is predicted exactly once, with carried state. */
export class Evaluator {
  private readonly window = new Int32Array(steps + 1)

  constructor(
    private readonly session: Session,
    private readonly network: LanguageNetwork,
    /** The token taken to stand before the text; without it the first token is not predicted. */
    private readonly context: number | undefined,
  ) {}

  async evaluate(tokens: TokenSequence, options: EvaluationOptions = {}): Promise<LanguageScores> {
    const first = this.context === undefined ? 1 : 0
    const predictions = tokens.length - first
    if (predictions < 1) {
      throw new RepriseError('too-short', 'a text of one token leaves nothing to predict. Give more text.')
    }
    const streams = Math.max(
      1,
      Math.min(options.streams ?? Math.min(16, Math.floor(predictions / (4 * leadIn))), predictions),
    )
    const program = this.program(streams)
    const batch = {
      tokens: new Int32Array(streams * steps),
      targets: new Int32Array(streams * steps),
      resets: new Float32Array(streams * steps),
    }
    const stretch = Math.ceil(predictions / streams)
    const lead = streams === 1 ? 0 : leadIn
    const chunks = Math.ceil((stretch + lead) / steps)
    const loss = new Float32Array(streams * steps)
    let sum = 0
    let count = 0
    for (let chunk = 0; chunk < chunks; chunk++) {
      options.signal?.throwIfAborted()
      batch.tokens.fill(0)
      batch.targets.fill(-1)
      batch.resets.fill(0)
      for (let row = 0; row < streams; row++) {
        const begin = Math.min(first + row * stretch, tokens.length)
        const from = begin - lead + chunk * steps
        this.fillRow(tokens, batch, row * steps, {
          from,
          begin,
          first,
          end: Math.min(begin + stretch, tokens.length),
        })
        if (chunk === 0) batch.resets[row * steps] = 1
      }
      program.write('tokens', batch.tokens)
      program.write('targets', batch.targets)
      program.write('resets', batch.resets)
      await program.run()
      program.read('loss', loss)
      for (let k = 0; k < loss.length; k++) {
        if (batch.targets[k]! < 0) continue
        sum += loss[k]!
        count++
      }
      options.onProgress?.((chunk + 1) / chunks)
    }
    const nats = sum / count
    return { tokens: count, nats, perplexity: Math.exp(nats), bitsPerToken: nats / Math.LN2 }
  }

  /** One row of a batch: the tokens at places `from` … and, from place `begin` on, the ones to predict. */
  private fillRow(
    tokens: TokenSequence,
    batch: { tokens: Int32Array; targets: Int32Array; resets: Float32Array },
    at: number,
    { from, begin, first, end }: { from: number; begin: number; first: number; end: number },
  ): void {
    const low = Math.max(from, first)
    const high = Math.min(from + steps, end)
    if (high <= low) return
    const { window } = this
    if (low > 0) tokens.read(low - 1, high - low + 1, window)
    else {
      window[0] = this.context!
      tokens.read(0, high, window, 1)
    }
    const shift = at + low - from
    batch.tokens.set(window.subarray(0, high - low), shift)
    if (low === first) batch.resets[shift] = 1 // nothing of the padding before the text may remain
    const firstTarget = Math.max(low, begin)
    if (firstTarget < high) {
      batch.targets.set(window.subarray(firstTarget - low + 1, high - low + 1), at + firstTarget - from)
    }
  }

  private program(streams: number): CompiledProgram {
    const { network, session } = this
    return session.program(`evaluate ${streams}`, (graph) => {
      const tokens = graph.input('tokens', [streams, steps], 'int32', network.vocabularySize)
      const targets = graph.input('targets', [streams, steps], 'int32')
      const resets = graph.input('resets', [streams, steps])
      const features = network.carriedFeatures(graph, tokens, `evaluate${streams}`, resets)
      return { fetch: { loss: network.losses(features, targets) } }
    })
  }
}
