import { reshape, transpose } from '../graph/operations/index.js'
import { type Shape, sizeOf, type Tensor } from '../graph/tensor.js'
import type { Given, Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { dataFormatField } from './data-format.js'
import { ReshapingLayer } from './stateless-layer.js'

const fields = { dataFormat: dataFormatField }

export type FlattenOptions = Given<typeof fields> & CommonOptions

/** All axes but the batch as one: [N, a, b, …] → [N, a·b·…]; [N] → [N, 1]. */
export class Flatten extends ReshapingLayer {
  static readonly fields = fields
  readonly kind = 'flatten'
  protected readonly resolved: Resolved<typeof fields>

  constructor(given: FlattenOptions = {}) {
    super(given)
    this.resolved = resolveOwn('flatten', fields, given)
  }

  outputShape(inputShape: Shape): Shape {
    if (inputShape.length === 0) throw this.shapeError('input [N, …]', inputShape)
    return [inputShape[0]!, sizeOf(inputShape.slice(1))]
  }

  protected forward(x: Tensor): Tensor {
    const shape = this.outputShape(x.shape)
    const turned = this.resolved.dataFormat === 'channelsFirst' && x.rank > 2
    const axes = x.shape.map((_, axis) => axis)
    return reshape(turned ? transpose(x, [0, ...axes.slice(2), 1]) : x, shape)
  }
}
