import { RepriseError, unknownName } from './errors.js'

/** Things looked up by name. An unknown name is answered with the known ones and the nearest. */
export class Registry<Value> {
  private readonly entries: Map<string, Value>

  constructor(
    /** What an entry is, for messages: "layer". */
    readonly kind: string,
    entries: Readonly<Record<string, Value>> = {},
    /** What to do about a name that is not known. */
    private readonly advice = '',
  ) {
    this.entries = new Map(Object.entries(entries))
  }

  /** Throws `unknown-name`. */
  get(name: string): Value {
    const value = this.entries.get(name)
    if (value === undefined) {
      const { code, message } = unknownName(this.kind, name, this.names())
      throw new RepriseError(code, this.advice ? `${message} ${this.advice}` : message)
    }
    return value
  }

  has(name: string): boolean {
    return this.entries.has(name)
  }

  /** Makes a new name known. Throws `duplicate-name` when it is taken. */
  add(name: string, value: Value): void {
    if (this.entries.has(name)) {
      throw new RepriseError('duplicate-name', `${this.kind} "${name}" exists already; choose another name`)
    }
    this.entries.set(name, value)
  }

  names(): string[] {
    return [...this.entries.keys()]
  }
}
