import { maximumOf, multiply, notEqual, scalar } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { type Given, number, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { type BuildContext, Layer, type Mask } from './layer.js'
import { savedOptions } from './saved-options.js'

const fields = { maskValue: number('a step with this value in every feature does not count', 0) }

export type MaskingOptions = Given<typeof fields> & CommonOptions

/**
 * Masks the steps of [N, T, F] whose features all equal `maskValue`: later layers skip them, and the output is zero there.
 *
 * @example
 * sequential([layers.masking({ maskValue: -1 }), layers.lstm(32)])
 */
export class Masking extends Layer {
  static readonly fields = fields
  readonly kind = 'masking'
  private readonly resolved: Resolved<typeof fields>

  constructor(given: MaskingOptions = {}) {
    super(given)
    this.resolved = resolveOwn('masking', fields, given)
  }

  protected createWeights(_context: BuildContext, _inputShape: Shape): void {}

  outputShape(inputShape: Shape): Shape {
    if (inputShape.length < 2) throw this.shapeError('input [N, ..., features]', inputShape)
    return inputShape
  }

  /** 1 where a step has another value than `maskValue`; a mask that came with the input is replaced. */
  override outputMask(x: Tensor): Mask {
    return x.graph.scope(this.name, () => this.counts(x, false))
  }

  private counts(x: Tensor, keepDimensions: boolean): Tensor {
    const differs = notEqual(x, scalar(x, this.resolved.maskValue))
    return maximumOf(differs, -1, keepDimensions)
  }

  protected forward(x: Tensor): Tensor {
    this.outputShape(x.shape)
    if (x.dtype !== 'float32') throw this.shapeError('float32 features', x.shape, `of type ${x.dtype}`)
    return multiply(x, this.counts(x, true))
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
