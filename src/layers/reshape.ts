import { reshape } from '../graph/operations/index.js'
import { formatShape, type Shape, sizeOf, type Tensor } from '../graph/tensor.js'
import { custom, type Field, type Given, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { ReshapingLayer } from './stateless-layer.js'

const { fallback: _none, ...targetShape } = custom<readonly number[]>(
  'shape of the output without the batch axis; one axis may be −1',
  'shape',
  [],
  (value) => {
    const lengths: readonly unknown[] = Array.isArray(value) ? value : [undefined]
    const fits = lengths.every((length) => Number.isSafeInteger(length) && (length as number) >= -1)
    return fits && lengths.filter((length) => length === -1).length <= 1
      ? { value: lengths as readonly number[] }
      : { expected: 'a list of whole numbers, one of them −1 at most' }
  },
)

const fields = { targetShape: targetShape as Field<readonly number[]> }

export type ReshapeOptions = Given<typeof fields> & CommonOptions

/**
 * The same values under another shape: [N, …] → [N, …targetShape]. An axis of −1 takes what is left.
 *
 * @example
 * layers.reshape([-1, 2]) // [N, 6] → [N, 3, 2]
 */
export class Reshape extends ReshapingLayer {
  static readonly fields = fields
  readonly kind = 'reshape'
  protected readonly resolved: Resolved<typeof fields>

  constructor(given: ReshapeOptions) {
    super(given)
    this.resolved = resolveOwn('reshape', fields, given)
  }

  outputShape([N, ...own]: Shape): Shape {
    const { targetShape } = this.resolved
    const size = sizeOf(own)
    const known = sizeOf(targetShape.filter((length) => length !== -1))
    const target = targetShape.map((length) => (length === -1 ? size / known : length))
    const fits = targetShape.includes(-1) ? Number.isInteger(size / known) : size === known
    if (N === undefined || (!fits && !Number.isNaN(size))) {
      throw this.shapeError(
        `as many values as ${formatShape(targetShape)} has`,
        N === undefined ? own : [N, ...own],
        `${size} values each`,
      )
    }
    return [N, ...target]
  }

  protected forward(x: Tensor): Tensor {
    return reshape(x, this.outputShape(x.shape))
  }
}
