import { RepriseError } from '../../errors.js'

/** Options that have no say in what a trained layer computes. */
const harmless =
  /^(name|trainable|dtype|inputShape|batchInputShape|inputDim|inputLength|seed|dropout|recurrentDropout|rate|noiseShape|unroll|fused|lockedDropoutMask|unitForgetBias|useCudnn|implementation|momentum|synchronized|flashAttention|autocast|sparse|ragged|batchSize|.*(Initializer|Regularizer|Constraint))$/

/** Reads the options of a layer and knows which were read, so that none is passed over in silence. */
export class OptionReader {
  private readonly seen = new Set<string>()

  constructor(
    /** `layer "name" (kind)`, for messages. */
    readonly owner: string,
    private readonly options: Readonly<Record<string, unknown>>,
  ) {}

  /** The option as it is; null counts as not given. */
  raw(name: string): unknown {
    this.seen.add(name)
    return this.options[name] ?? undefined
  }

  /** Whether it is there at all, null included. */
  has(name: string): boolean {
    return name in this.options
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.typed(name, 'boolean', fallback)
  }

  number(name: string, fallback?: number): number {
    return this.typed(name, 'number', fallback)
  }

  string(name: string, fallback: string): string {
    return this.typed(name, 'string', fallback)
  }

  /** A whole number, or a list of one, as Keras writes sizes along one axis. */
  size(name: string, fallback?: number): number {
    const value = this.raw(name)
    if (Array.isArray(value) && value.length === 1 && typeof value[0] === 'number') return value[0]
    return this.number(name, fallback)
  }

  numbers(name: string): readonly number[] {
    const value = this.raw(name)
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'number')) return value
    throw this.wrong(name, 'a list of numbers', value)
  }

  list(name: string): readonly unknown[] {
    const value = this.raw(name)
    if (Array.isArray(value) && value.length > 0) return value
    throw this.wrong(name, 'a list', value)
  }

  /** A number, or a list of them. */
  some(name: string, fallback: number): readonly number[] {
    return Array.isArray(this.raw(name)) ? this.numbers(name) : [this.number(name, fallback)]
  }

  record(name: string): Readonly<Record<string, unknown>> {
    const value = this.raw(name)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>
    }
    throw this.wrong(name, 'an object', value)
  }

  /** Throws `unsupported-layer` for an option that was not read and may matter. */
  finish(): void {
    for (const [name, value] of Object.entries(this.options)) {
      if (
        this.seen.has(name) ||
        harmless.test(name) ||
        value === null ||
        value === undefined ||
        value === false
      )
        continue
      throw this.unsupported(`option ${name} = ${JSON.stringify(value)}`)
    }
  }

  /** What this layer asks for cannot be written. */
  unsupported(what: string): RepriseError {
    return new RepriseError(
      'unsupported-layer',
      `${this.owner} cannot be written as ONNX: ${what} has no form there`,
    )
  }

  private typed<Value>(name: string, type: string, fallback: Value | undefined): Value {
    const value = this.raw(name) ?? fallback
    if (typeof value === type) return value as Value
    throw this.wrong(name, `a ${type}`, value)
  }

  private wrong(name: string, expected: string, value: unknown): RepriseError {
    const got = value === undefined ? 'nothing' : JSON.stringify(value)
    return new RepriseError('option', `${this.owner}: ${name} must be ${expected}, got ${got}`)
  }
}
