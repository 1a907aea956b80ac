import { broadcastTo, reshape } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { type Given, integer, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { ReshapingLayer } from './stateless-layer.js'

const fields = { size: integer('how often each step is repeated', 2, { min: 1 }) }

export type UpSampling1dOptions = Given<typeof fields> & CommonOptions

/** Repeats every step: [N, T, F] → [N, T·size, F]. */
export class UpSampling1d extends ReshapingLayer {
  static readonly fields = fields
  readonly kind = 'upSampling1d'
  protected readonly resolved: Resolved<typeof fields>

  constructor(given: UpSampling1dOptions = {}) {
    super(given)
    this.resolved = resolveOwn('upSampling1d', fields, given)
  }

  outputShape(inputShape: Shape): Shape {
    if (inputShape.length !== 3) throw this.shapeError('input [N, T, F]', inputShape)
    return inputShape.with(1, inputShape[1]! * this.resolved.size)
  }

  protected forward(x: Tensor): Tensor {
    const shape = this.outputShape(x.shape)
    const [N, T, F] = x.shape as [number, number, number]
    return reshape(broadcastTo(reshape(x, [N, T, 1, F]), [N, T, this.resolved.size, F]), shape)
  }
}
