import { custom, type Field, type Fields, type Resolved, resolve } from '../options.js'
import { Registry } from '../registry.js'

/** A name, a name with options, or the function itself. */
export type NamedLike<Function_> = string | NamedOptions | Function_

/** { name: "l2", l2: 0.01 }: plain JSON, so that a layer with it can be saved. */
export interface NamedOptions {
  readonly name: string
  readonly [option: string]: unknown
}

type Make<Function_> = (options: Readonly<Record<string, unknown>>) => Function_

/** Functions that options choose by name: regularizers, constraints. */
export class NamedFunctions<Function_ extends (...args: never[]) => unknown> {
  private readonly registry: Registry<Make<Function_>>

  constructor(
    /** What they are: "regularizer". */
    readonly kind: string,
  ) {
    this.registry = new Registry(kind)
  }

  names(): string[] {
    return this.registry.names()
  }

  /** Adds one with declared options, under its name and further ones. Throws `duplicate-name`. */
  define<F extends Fields>(
    names: readonly string[],
    fields: F,
    make: (options: Resolved<F>) => Function_,
  ): this {
    const [first] = names
    for (const name of names) {
      this.registry.add(name, (options) => make(resolve(`${this.kind} ${first}`, fields, options)))
    }
    return this
  }

  /** The function an option stands for. Throws `unknown-name` or `option`. */
  resolve(like: NamedLike<Function_>): Function_ {
    if (typeof like === 'function') return like
    if (typeof like === 'string') return this.registry.get(like)({})
    const { name, ...options } = like as NamedOptions
    return this.registry.get(name)(options)
  }

  /** An option that takes one, or none. */
  field(doc: string): Field<NamedLike<Function_> | undefined> & { readonly fallback: undefined } {
    const field = custom<NamedLike<Function_> | undefined>(doc, 'name|{name,…}', undefined, (value) => {
      if (value === null) return { value: undefined }
      if (!isLike<Function_>(value)) {
        return { expected: `a ${this.kind} name, { name, …options } or a function` }
      }
      this.resolve(value)
      return { value }
    })
    return { ...field, fallback: undefined }
  }
}

function isLike<Function_>(value: unknown): value is NamedLike<Function_> {
  if (typeof value === 'string' || typeof value === 'function') return true
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
}

/**
 * A function that writes down a name with options, Keras's positional arguments first.
 *
 * @example
 * const l2 = shorthand<{ l2?: number }>('l2', ['l2'])
 * l2(0.01) // { name: 'l2', l2: 0.01 }, the same as l2({ l2: 0.01 })
 */
export function shorthand<Options extends object>(
  name: string,
  order: readonly (keyof Options & string)[] = [],
) {
  return (...given: readonly (Options | Options[keyof Options])[]): NamedOptions & Options => {
    const last = given.at(-1)
    const isOptions = typeof last === 'object' && last !== null && !Array.isArray(last)
    const values = isOptions ? given.slice(0, -1) : given
    const entries = values.map((value, index) => [order[index] ?? `argument ${index + 1}`, value])
    return { name, ...Object.fromEntries(entries), ...(isOptions ? (last as Options) : {}) }
  }
}
