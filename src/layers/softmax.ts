import { multiply, reshape, softmax, transpose } from '../graph/operations/index.js'
import { formatShape, type Shape, type Tensor } from '../graph/tensor.js'
import type { Given, Resolved } from '../options.js'
import { axesField, axesOf } from './axes.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import type { CallOptions } from './layer.js'
import { orElse } from './masks.js'
import { ShapelessLayer } from './stateless-layer.js'

const fields = { axis: axesField('axes whose values become probabilities together', -1) }

export type SoftmaxOptions = Given<typeof fields> & CommonOptions

/** A value no probability is left for. */
const never = -1e9

/** Probabilities exp(x) / Σ exp(x) along the given axes; masked values get 0. The mask broadcasts to the input. */
export class Softmax extends ShapelessLayer {
  static readonly fields = fields
  readonly kind = 'softmax'
  protected readonly resolved: Resolved<typeof fields>

  constructor(given: SoftmaxOptions = {}) {
    super(given)
    this.resolved = resolveOwn('softmax', fields, given)
  }

  override outputShape(inputShape: Shape): Shape {
    this.axes(inputShape)
    return inputShape
  }

  private axes(shape: Shape): readonly number[] {
    const axes = axesOf(this.resolved.axis, shape)
    if (!axes) throw this.shapeError(`input with an axis ${this.resolved.axis}`, shape)
    return axes
  }

  protected forward(x: Tensor, { mask }: CallOptions): Tensor {
    const axes = this.axes(x.shape)
    if (!mask) return softmaxOver(x, axes)
    const lead = x.rank - mask.rank
    if (lead < 0 || !mask.shape.every((length, k) => length === 1 || length === x.shape[lead + k])) {
      throw this.shapeError(
        'a mask that broadcasts to the input',
        mask.shape,
        `input ${formatShape(x.shape)}`,
      )
    }
    return multiply(mask, softmaxOver(orElse(mask, x, never), axes))
  }
}

function softmaxOver(x: Tensor, axes: readonly number[]): Tensor {
  const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const order = [...others, ...axes]
  if (order.every((axis, k) => axis === k) && axes.length === 1) return softmax(x)
  const turned = transpose(x, order)
  const flat = reshape(turned, [...others.map((axis) => x.shape[axis]!), -1])
  const back = order.map((_, axis) => order.indexOf(axis))
  return transpose(reshape(softmax(flat), turned.shape), back)
}
