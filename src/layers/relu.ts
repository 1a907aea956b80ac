import { greater, minimum, multiply, relu, scalar, scale, subtract } from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import { type Given, number, optional, type Resolved } from '../options.js'
import { leaky } from './activations.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { ShapelessLayer } from './stateless-layer.js'

const reluFields = {
  maxValue: optional(number('largest output; none when not given', undefined, { min: 0 })),
  negativeSlope: number('slope below the threshold', 0, { min: 0 }),
  threshold: number('inputs up to here are not passed on', 0, { min: 0 }),
}

export type ReLuOptions = Given<typeof reluFields> & CommonOptions

/** min(x, maxValue) above the threshold, negativeSlope · (x − threshold) below it; max(x, 0) by default. */
export class ReLu extends ShapelessLayer {
  static readonly fields = reluFields
  readonly kind = 'reLu'
  protected readonly resolved: Resolved<typeof reluFields>

  constructor(given: ReLuOptions = {}) {
    super(given)
    this.resolved = resolveOwn('reLu', reluFields, given)
  }

  protected forward(x: Tensor): Tensor {
    const { maxValue, negativeSlope, threshold } = this.resolved
    const above = threshold === 0 ? relu(x) : multiply(x, greater(x, scalar(x, threshold)))
    const bounded = maxValue === undefined ? above : minimum(above, scalar(x, maxValue))
    if (negativeSlope === 0) return bounded
    return subtract(bounded, scale(relu(subtract(scalar(x, threshold), x)), negativeSlope))
  }
}

const leakyFields = { negativeSlope: number('slope below zero', 0.3, { min: 0 }) }

export type LeakyReLuOptions = Given<typeof leakyFields> & CommonOptions

/** x from zero on, negativeSlope · x below. */
export class LeakyReLu extends ShapelessLayer {
  static readonly fields = leakyFields
  readonly kind = 'leakyReLu'
  protected readonly resolved: Resolved<typeof leakyFields>

  constructor(given: LeakyReLuOptions = {}) {
    super(given)
    this.resolved = resolveOwn('leakyReLu', leakyFields, given)
  }

  protected forward(x: Tensor): Tensor {
    return leaky(x, this.resolved.negativeSlope)
  }
}
