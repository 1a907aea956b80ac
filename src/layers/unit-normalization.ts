import type { Shape, Tensor } from '../graph/tensor.js'
import type { Given, Resolved } from '../options.js'
import { axesField, axesOf } from './axes.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { ShapelessLayer } from './stateless-layer.js'
import { unitVectors } from './unit-vectors.js'

const fields = { axis: axesField('axes a vector runs over', -1) }

export type UnitNormalizationOptions = Given<typeof fields> & CommonOptions

/** x / ‖x‖ along the given axes. */
export class UnitNormalization extends ShapelessLayer {
  static readonly fields = fields
  readonly kind = 'unitNormalization'
  protected readonly resolved: Resolved<typeof fields>

  constructor(given: UnitNormalizationOptions = {}) {
    super(given)
    this.resolved = resolveOwn('unitNormalization', fields, given)
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

  protected forward(x: Tensor): Tensor {
    return unitVectors(x, this.axes(x.shape), 1e-12)
  }
}
