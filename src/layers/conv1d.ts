import { RepriseError } from '../errors.js'
import { concatenate, dense, pad, reshape, slice, windows } from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { boolean, choice, type Given, integer, type Resolved } from '../options.js'
import { activation, activationField } from './activations.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { constraintField } from './constraints.js'
import { channelsLast, channelsLastShape, dataFormatField } from './data-format.js'
import { initializer, initializerField } from './initializers.js'
import { type BuildContext, Layer, type Mask } from './layer.js'
import { addActivityLoss, regularizerField } from './regularizers.js'
import { savedOptions } from './saved-options.js'
import { requiredSteps, stepsField, type TimeWindows, windowCount, windowPadding } from './time-windows.js'
import { weightOptions } from './weight-options.js'

const fields = {
  filters: integer('output features', undefined, { min: 1 }),
  kernelSize: requiredSteps('steps each output looks at'),
  strides: stepsField('steps from one output to the next', 1),
  padding: choice(
    'padding with zeros: valid = none, same = as many outputs as steps, causal = the same without looking ahead',
    ['valid', 'same', 'causal'],
    'valid',
  ),
  dataFormat: dataFormatField,
  dilationRate: stepsField('steps between those an output looks at', 1),
  groups: integer('parts the features are cut into, each with filters of its own', 1, { min: 1 }),
  activation: activationField('applied to the output', 'linear'),
  useBias: boolean('add a bias', true),
  kernelInitializer: initializerField('initial kernel', 'glorotUniform'),
  biasInitializer: initializerField('initial bias', 'zeros'),
  kernelRegularizer: regularizerField('penalty on the kernel'),
  biasRegularizer: regularizerField('penalty on the bias'),
  activityRegularizer: regularizerField('penalty on the output'),
  kernelConstraint: constraintField('what the kernel becomes after an update'),
  biasConstraint: constraintField('what the bias becomes after an update'),
}

export type Conv1dOptions = Given<typeof fields> & CommonOptions

/**
 * Convolution over time: [N, T, F] → [N, T′, filters], y[t] = f(Σₖ x[t·strides + k·dilationRate] · kernel[k] + bias). The
 * kernel is [kernelSize, F / groups, filters]. A mask ends here, as in Keras.
 *
 * @example
 * layers.conv1d(32, 5, { activation: 'relu', padding: 'causal' })
 */
export class Conv1d extends Layer {
  static readonly fields = fields
  readonly kind = 'conv1d'
  private readonly resolved: Resolved<typeof fields>
  private readonly windows: TimeWindows
  private kernel: Parameter | undefined
  private bias: Parameter | undefined
  private features = 0

  constructor(given: Conv1dOptions) {
    super(given)
    this.resolved = resolveOwn('conv1d', fields, given)
    const { filters, groups, kernelSize, strides, dilationRate, padding } = this.resolved
    if (filters % groups !== 0) {
      throw new RepriseError('option', `conv1d: groups ${groups} must divide filters ${filters}`)
    }
    if (strides > 1 && dilationRate > 1) {
      throw new RepriseError(
        'option',
        `conv1d: strides ${strides} and dilationRate ${dilationRate} exclude each other; leave one at 1`,
      )
    }
    this.windows = { size: kernelSize, stride: strides, dilation: dilationRate, padding }
  }

  protected createWeights(context: BuildContext, inputShape: Shape): void {
    const { filters, groups, useBias, kernelInitializer, biasInitializer, ...given } = this.resolved
    const features = inputShape.length === 3 ? channelsLastShape(inputShape, given.dataFormat)[2]! : 0
    if (!(features > 0)) throw this.shapeError('input [N, T, features]', inputShape)
    if (features % groups !== 0) {
      throw this.shapeError(
        `a number of features that ${groups} groups divide`,
        inputShape,
        `${features} features`,
      )
    }
    this.features = features
    this.kernel = context.weight(
      this.name,
      'kernel',
      [given.kernelSize, features / groups, filters],
      initializer(kernelInitializer),
      weightOptions(given.kernelRegularizer, given.kernelConstraint),
    )
    if (useBias) {
      this.bias = context.weight(this.name, 'bias', [filters], initializer(biasInitializer), {
        ...weightOptions(given.biasRegularizer, given.biasConstraint),
        decay: false,
      })
    }
  }

  outputShape(inputShape: Shape): Shape {
    const { dataFormat, filters } = this.resolved
    const [N, T, F] = inputShape.length === 3 ? channelsLastShape(inputShape, dataFormat) : []
    if (F === undefined || (this.features > 0 && F !== this.features)) {
      const axes = dataFormat === 'channelsFirst' ? `[N, ${this.features}, T]` : `[N, T, ${this.features}]`
      throw this.shapeError(`input ${axes}`, inputShape)
    }
    const count = windowCount(T!, this.windows)
    if (count <= 0) throw this.shapeError('a sequence as long as its window', inputShape)
    return channelsLastShape([N!, count, filters], dataFormat)
  }

  override outputMask(): Mask {
    return undefined
  }

  protected forward(x: Tensor): Tensor {
    this.outputShape(x.shape)
    const { dataFormat, groups, filters, activityRegularizer } = this.resolved
    const steps = channelsLast(x, dataFormat)
    const [before, after] = windowPadding(steps.shape[1]!, this.windows)
    const padded = pad(steps, 1, before, after)
    const kernel = x.graph.parameter(this.kernel!)
    const bias = this.bias && x.graph.parameter(this.bias)
    const [inside, outside] = [this.features / groups, filters / groups]
    const part = (value: Tensor, length: number, index: number) => slice(value, -1, index * length, length)
    const parts = Array.from({ length: groups }, (_, index) =>
      this.convolve(
        part(padded, inside, index),
        part(kernel, outside, index),
        bias && part(bias, outside, index),
      ),
    )
    const f = activation(this.resolved.activation)
    const joined = concatenate(parts, -1)
    const y = channelsLast(f.fused ? joined : f.apply(joined), dataFormat)
    addActivityLoss(activityRegularizer, [y])
    return y
  }

  /** One group: every window as a row, times the kernel as a matrix. */
  private convolve(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
    const { size, stride, dilation } = this.windows
    const [, , F, filters] = [...x.shape.slice(0, 2), ...kernel.shape.slice(1)] as [
      number,
      number,
      number,
      number,
    ]
    const rows = windows(x, size, stride, dilation)
    const columns = reshape(rows, [x.shape[0]!, rows.shape[1]!, size * F])
    const { fused } = activation(this.resolved.activation)
    return dense(columns, reshape(kernel, [size * F, filters]), bias, { activation: fused ?? 'linear' })
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
