import { add, divide, fill, firstMaximum, pad, scale, slice } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { choice, type Given, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { channelsLast, channelsLastShape, dataFormatField } from './data-format.js'
import { type BuildContext, Layer, type Mask } from './layer.js'
import { savedOptions } from './saved-options.js'
import { stepsField, type TimeWindows, windowCount, windowPadding } from './time-windows.js'

const fields = {
  poolSize: stepsField('steps each output sums up', 2),
  strides: stepsField('steps from one output to the next; as many as poolSize when not given', undefined),
  padding: choice(
    'padding: valid = whole windows only, same = the last ones may be shorter',
    ['valid', 'same'],
    'valid',
  ),
  dataFormat: dataFormatField,
}

export type Pooling1dOptions = Given<typeof fields> & CommonOptions

/** What the two have in common: windows over [N, T, F]. A mask ends here, as in Keras. */
abstract class Pooling1d extends Layer {
  static readonly fields = fields
  private readonly resolved: Resolved<typeof fields>
  protected readonly windows: TimeWindows

  constructor(
    readonly kind: string,
    given: Pooling1dOptions,
  ) {
    super(given)
    this.resolved = resolveOwn(kind, fields, given)
    const { poolSize, strides, padding } = this.resolved
    this.windows = { size: poolSize, stride: strides ?? poolSize, dilation: 1, padding }
  }

  protected createWeights(_context: BuildContext, _inputShape: Shape): void {}

  outputShape(inputShape: Shape): Shape {
    if (inputShape.length !== 3) throw this.shapeError('input [N, T, F]', inputShape)
    const { dataFormat } = this.resolved
    const [N, T, F] = channelsLastShape(inputShape, dataFormat) as [number, number, number]
    const count = windowCount(T, this.windows)
    if (count <= 0) throw this.shapeError(`at least ${this.windows.size} steps`, inputShape)
    return channelsLastShape([N, count, F], dataFormat)
  }

  override outputMask(): Mask {
    return undefined
  }

  protected forward(x: Tensor): Tensor {
    this.outputShape(x.shape)
    const { dataFormat } = this.resolved
    return channelsLast(this.pool(channelsLast(x, dataFormat)), dataFormat)
  }

  protected abstract pool(x: Tensor): Tensor

  /** Element k of every window, for each k; what lies outside the sequence has the value `outside`. */
  protected elements(x: Tensor, outside: number): Tensor[] {
    const { size, stride } = this.windows
    const T = x.shape[1]!
    const count = windowCount(T, this.windows)
    const padded = pad(x, 1, ...windowPadding(T, this.windows), outside)
    return Array.from({ length: size }, (_, k) => slice(padded, 1, k, count, stride))
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}

/**
 * Largest value of every window of `poolSize` steps: [N, T, F] → [N, T′, F]. The gradient goes to the first of equals.
 */
export class MaxPooling1d extends Pooling1d {
  constructor(given: Pooling1dOptions = {}) {
    super('maxPooling1d', given)
  }

  protected pool(x: Tensor): Tensor {
    return this.elements(x, Number.NEGATIVE_INFINITY).reduce(firstMaximum)
  }
}

/** Mean of every window of `poolSize` steps: [N, T, F] → [N, T′, F]; padding does not count. */
export class AveragePooling1d extends Pooling1d {
  constructor(given: Pooling1dOptions = {}) {
    super('averagePooling1d', given)
  }

  protected pool(x: Tensor): Tensor {
    const total = this.elements(x, 0).reduce(add)
    if (this.windows.padding === 'valid') return scale(total, 1 / this.windows.size)
    return divide(total, this.elements(fill(x.graph, [1, x.shape[1]!, 1], 1), 0).reduce(add))
  }
}
