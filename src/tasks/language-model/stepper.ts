import { RepriseError } from '../../errors.js'
import type { CompiledProgram, MemoryReport, Session } from '../../graph/index.js'
import type { LanguageNetwork } from './network.js'

/**
 * Everything a language model remembers of a text: a few kilobytes however long the text. Keep it, copy it, save it; each
 * copy goes its own way.
 */
export class LanguageModelState {
  constructor(
    /** All recurrent states, part after part. */
    readonly values: Float32Array,
    /** Logits of the next token, [V]. */
    readonly logits: Float32Array,
    /** Tokens read so far. */
    public tokens = 0,
  ) {}

  /** A copy that can be stepped on its own: for beams, for taking a keystroke back. */
  clone(): LanguageModelState {
    return new LanguageModelState(this.values.slice(), this.logits.slice(), this.tokens)
  }

  /** Natural-log probability of every token to come next, [V]. */
  logProbabilities(into = new Float32Array(this.logits.length)): Float32Array {
    let largest = Number.NEGATIVE_INFINITY
    for (const value of this.logits) if (value > largest) largest = value
    let sum = 0
    for (const value of this.logits) sum += Math.exp(value - largest)
    const shift = largest + Math.log(sum)
    for (let k = 0; k < into.length; k++) into[k] = this.logits[k]! - shift
    return into
  }

  /** Plain data for storage; `LanguageModel.restoreState` reads it. */
  toJSON(): { values: number[]; logits: number[]; tokens: number } {
    return { values: [...this.values], logits: [...this.logits], tokens: this.tokens }
  }
}

/** Runs a network one token at a time, each a single synchronous engine call. */
export class Stepper {
  private readonly token = new Int32Array(1)
  private readonly length: number
  /** Names of the parts of the state, in order. */
  private readonly parts: readonly string[]

  constructor(
    private readonly session: Session,
    private readonly network: LanguageNetwork,
  ) {
    this.length = network.stateParts().reduce((sum, { units }) => sum + units, 0)
    this.parts = network.stateParts().map(({ name }) => name)
  }

  private program(): CompiledProgram {
    const { network } = this
    return this.session.program('step', (graph) => {
      const token = graph.input('token', [1, 1], 'int32', network.vocabularySize)
      const before = new Map(
        network.stateParts().map(({ name, units }) => [name, graph.input(name, [1, units])]),
      )
      const { logits, finalState } = network.forward(token, ({ name }) => before.get(name)!)
      return { fetch: { ...Object.fromEntries(finalState), logits } }
    })
  }

  /** The state before any token. Its logits are zero: every token equally likely. */
  start(): LanguageModelState {
    return new LanguageModelState(
      new Float32Array(this.length),
      new Float32Array(this.network.vocabularySize),
    )
  }

  memory(): MemoryReport {
    return this.program().memory()
  }

  /** Reads one token; the state then holds the logits of the next. Throws `id-out-of-range`. */
  step(state: LanguageModelState, token: number): void {
    if (state.values.length !== this.length) {
      throw new RepriseError(
        'state',
        `this state has ${state.values.length} values, the model needs ${this.length}: it belongs to another model`,
      )
    }
    const program = this.program()
    this.token[0] = token
    program.write('token', this.token)
    program.writeParts(this.parts, state.values)
    program.runSync()
    program.readParts(this.parts, state.values)
    program.read('logits', state.logits)
    state.tokens++
  }
}
