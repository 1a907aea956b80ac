import { RepriseError } from '../errors.js'

/** The values of the options `Names`, in order. */
type Values<Options, Names extends readonly (keyof Options)[]> = {
  readonly [K in keyof Names]: Options[Names[K]]
}

/** Makes a layer from its options, or from Keras's positional arguments with further options after them. */
export type LayerFactory<Options, Names extends readonly (keyof Options)[], Made> = {
  (options: Options): Made
  (...args: [...Values<Options, Names>, Omit<Options, Names[number]>?]): Made
} & (Record<never, never> extends Options ? () => Made : unknown)

/**
 * A factory that takes `(options)` or `(first, second, …, options)`.
 *
 * @example
 * const dense = positional(['units'], (options: DenseOptions) => new Dense(options))
 * dense(10, { activation: 'softmax' }) // the same as dense({ units: 10, activation: 'softmax' })
 */
export function positional<Options extends object, const Names extends readonly (keyof Options)[], Made>(
  names: Names,
  make: (options: Options) => Made,
): LayerFactory<Options, Names, Made> {
  const factory = (...args: readonly unknown[]) => {
    if (args.length === 1 && isOptions(args[0])) return make(args[0] as Options)
    const rest = args.slice(names.length)
    if (rest.length > 1 || (rest[0] !== undefined && !isOptions(rest[0]))) {
      const first = names.length > 0 ? `after ${names.map(String).join(', ')} ` : ''
      throw new RepriseError(
        'option',
        `${first}options are given as one object, such as { activation: 'relu' }, got ${JSON.stringify(rest[0])}`,
      )
    }
    const given = Object.fromEntries(names.map((name, index) => [name, args[index]]))
    return make({ ...given, ...(rest[0] as object | undefined) } as Options)
  }
  return factory as LayerFactory<Options, Names, Made>
}

/** Whether a lone argument is the options object, not the value of the first option (which may be a layer or a cell). */
function isOptions(value: unknown): boolean {
  const plain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  return plain && !('step' in value)
}
