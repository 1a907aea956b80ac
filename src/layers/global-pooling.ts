import {
  add,
  divide,
  maximum,
  maximumOf,
  mean,
  multiply,
  reshape,
  scalar,
  subtract,
  sum,
} from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { boolean, type Given, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { dataFormatField } from './data-format.js'
import { type BuildContext, type CallOptions, Layer, type Mask } from './layer.js'
import { savedOptions } from './saved-options.js'

const fields = {
  dataFormat: dataFormatField,
  keepdims: boolean('keep the time axis, with length 1', false),
}

export type GlobalPooling1dOptions = Given<typeof fields> & CommonOptions

/** What the two have in common: the time axis vanishes, and the mask with it. */
abstract class GlobalPooling1d extends Layer {
  static readonly fields = fields
  protected readonly resolved: Resolved<typeof fields>

  constructor(
    readonly kind: string,
    given: GlobalPooling1dOptions,
  ) {
    super(given)
    this.resolved = resolveOwn(kind, fields, given)
  }

  protected createWeights(_context: BuildContext, _inputShape: Shape): void {}

  /** The time axis. */
  protected get axis(): number {
    return this.resolved.dataFormat === 'channelsFirst' ? 2 : 1
  }

  outputShape(inputShape: Shape): Shape {
    if (inputShape.length !== 3) throw this.shapeError('input [N, T, F]', inputShape)
    return this.resolved.keepdims
      ? inputShape.with(this.axis, 1)
      : inputShape.filter((_, axis) => axis !== this.axis)
  }

  override outputMask(): Mask {
    return undefined
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}

/**
 * Mean over time: [N, T, F] → [N, F]. Steps a mask excludes do not count; a row without any step gives NaN, as in Keras.
 */
export class GlobalAveragePooling1d extends GlobalPooling1d {
  constructor(given: GlobalPooling1dOptions = {}) {
    super('globalAveragePooling1d', given)
  }

  protected forward(x: Tensor, { mask }: CallOptions): Tensor {
    this.outputShape(x.shape)
    const { axis } = this
    const { keepdims } = this.resolved
    if (!mask) return mean(x, axis, keepdims)
    const [N, T] = mask.shape as [number, number]
    const counts = reshape(mask, axis === 1 ? [N, T, 1] : [N, 1, T])
    const count = sum(counts, axis, keepdims)
    const average = divide(sum(multiply(x, counts), axis, keepdims), maximum(count, scalar(x, 1)))
    // 0, or 0/0 where nothing counts: the value becomes NaN, its gradient stays 0.
    return add(average, subtract(divide(count, count), scalar(x, 1)))
  }
}

/** Largest value over time: [N, T, F] → [N, F]. Masks change nothing, as in Keras; equals share the gradient. */
export class GlobalMaxPooling1d extends GlobalPooling1d {
  constructor(given: GlobalPooling1dOptions = {}) {
    super('globalMaxPooling1d', given)
  }

  protected forward(x: Tensor): Tensor {
    this.outputShape(x.shape)
    return maximumOf(x, this.axis, this.resolved.keepdims)
  }
}
