import { transpose } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { custom, type Field, type Given, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { ReshapingLayer } from './stateless-layer.js'

const { fallback: _none, ...dims } = custom<readonly number[]>(
  'which axis of the input each axis of the output is, the batch not counted, from 1',
  'axes',
  [],
  (value) => {
    const axes: readonly unknown[] = Array.isArray(value) ? value : []
    return axes.length > 0 && axes.every((_, k) => axes.includes(k + 1))
      ? { value: axes as readonly number[] }
      : { expected: 'the numbers 1, 2, … in some order' }
  },
)

const fields = { dims: dims as Field<readonly number[]> }

export type PermuteOptions = Given<typeof fields> & CommonOptions

/**
 * Reorders axes: axis k of the output is axis `dims[k − 1]` of the input.
 *
 * @example
 * layers.permute([2, 1]) // [N, T, F] → [N, F, T]
 */
export class Permute extends ReshapingLayer {
  static readonly fields = fields
  readonly kind = 'permute'
  protected readonly resolved: Resolved<typeof fields>

  constructor(given: PermuteOptions) {
    super(given)
    this.resolved = resolveOwn('permute', fields, given)
  }

  outputShape(inputShape: Shape): Shape {
    const { dims } = this.resolved
    if (inputShape.length !== dims.length + 1) {
      throw this.shapeError(`input of ${dims.length + 1} axes`, inputShape)
    }
    return [inputShape[0]!, ...dims.map((axis) => inputShape[axis]!)]
  }

  protected forward(x: Tensor): Tensor {
    this.outputShape(x.shape)
    return transpose(x, [0, ...this.resolved.dims])
  }
}
