import type { Layer } from './layer.js'
import { SymbolicTensor } from './symbolic.js'

/** Makes a merging layer, or applies one at once as Keras's lower-case functions do. */
export interface MergeFactory<Options, Made> {
  (options?: Options): Made
  /** `add([x, y])` is `add().apply([x, y])`. */
  (inputs: readonly SymbolicTensor[], options?: Options): SymbolicTensor
}

/**
 * A factory that takes options, or symbolic inputs and options.
 *
 * @example
 * const both = concatenate({ axis: 1 }).apply([x, y])
 * const same = concatenate([x, y], { axis: 1 })
 */
export function mergeFactory<Options extends object, Made extends Layer>(
  make: (options: Options) => Made,
): MergeFactory<Options, Made> {
  const factory = (first?: Options | readonly SymbolicTensor[], options?: Options) =>
    areSymbolic(first) ? make(options ?? ({} as Options)).apply(first) : make(first ?? ({} as Options))
  return factory as MergeFactory<Options, Made>
}

/** Whether an argument is a list of inputs, not options. */
export function areSymbolic(value: unknown): value is readonly SymbolicTensor[] {
  return Array.isArray(value) && value.some((item) => item instanceof SymbolicTensor)
}
