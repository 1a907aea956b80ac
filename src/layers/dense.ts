import type { RepriseError } from '../errors.js'
import { dense as denseOperation, linearCrossEntropy, reshape } from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { boolean, type Given, integer, type Resolved } from '../options.js'
import { activation, activationField } from './activations.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { constraintField } from './constraints.js'
import { initializer, initializerField } from './initializers.js'
import { type BuildContext, Layer } from './layer.js'
import { addActivityLoss, regularizerField } from './regularizers.js'
import { savedOptions } from './saved-options.js'
import { tiedTable, tiedToField } from './tied-table.js'
import { weightOptions } from './weight-options.js'

const fields = {
  units: integer('output features', undefined, { min: 1 }),
  activation: activationField('applied to the output', 'linear'),
  useBias: boolean('add a bias', true),
  kernelInitializer: initializerField('initial kernel', 'glorotUniform'),
  biasInitializer: initializerField('initial bias', 'zeros'),
  kernelRegularizer: regularizerField('penalty on the kernel'),
  biasRegularizer: regularizerField('penalty on the bias'),
  activityRegularizer: regularizerField('penalty on the output'),
  kernelConstraint: constraintField('what the kernel becomes after an update'),
  biasConstraint: constraintField('what the bias becomes after an update'),
  tiedTo: tiedToField('an embedding whose transposed table is the kernel'),
}

export type DenseOptions = Given<typeof fields> & CommonOptions

/**
 * f(x · kernel + bias): [..., I] → [..., units]. With `tiedTo` the kernel is the transposed table [units, I] of an embedding
 * built before it (Press & Wolf 2017) and only the bias is this layer's own.
 */
export class Dense extends Layer {
  static readonly fields = fields
  readonly kind = 'dense'
  private readonly resolved: Resolved<typeof fields>
  private kernel: Parameter | undefined
  private bias: Parameter | undefined
  private features = 0

  constructor(given: DenseOptions) {
    super(given)
    this.resolved = resolveOwn('dense', fields, given)
  }

  protected createWeights(context: BuildContext, inputShape: Shape): void {
    const { units, useBias, tiedTo, kernelInitializer, biasInitializer, ...given } = this.resolved
    const features = inputShape.at(-1)
    if (features === undefined) throw this.shapeError('input [..., features]', inputShape)
    this.features = features
    this.kernel =
      tiedTo === undefined
        ? context.weight(
            this.name,
            'kernel',
            [features, units],
            initializer(kernelInitializer),
            weightOptions(given.kernelRegularizer, given.kernelConstraint),
          )
        : tiedTable(context, this.name, tiedTo, [units, features])
    if (useBias) {
      this.bias = context.weight(this.name, 'bias', [units], initializer(biasInitializer), {
        ...weightOptions(given.biasRegularizer, given.biasConstraint),
        decay: false,
      })
    }
  }

  outputShape(inputShape: Shape): Shape {
    if (inputShape.length < 1 || (this.features > 0 && inputShape.at(-1) !== this.features)) {
      throw this.misfit(inputShape)
    }
    return [...inputShape.slice(0, -1), this.resolved.units]
  }

  private misfit(shape: Shape): RepriseError {
    return this.shapeError(`input [..., ${this.features}]`, shape)
  }

  protected forward(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.features) throw this.misfit(x.shape)
    const f = activation(this.resolved.activation)
    const bias = this.bias && x.graph.parameter(this.bias)
    const attributes = { transposeW: this.resolved.tiedTo !== undefined, activation: f.fused ?? 'linear' }
    const sum = denseOperation(x, x.graph.parameter(this.kernel!), bias, attributes)
    const y = f.fused ? sum : f.apply(sum)
    addActivityLoss(this.resolved.activityRegularizer, [y])
    return y
  }

  /**
   * −log softmax of the output at the targets in nats, 0 for negative ones, without an output for every class in memory:
   * x [..., I], targets int32 [...] → [...]. For an output layer without activation.
   */
  losses(x: Tensor, targets: Tensor): Tensor {
    const { graph } = x
    const weights = [graph.parameter(this.kernel!), this.bias && graph.parameter(this.bias)] as const
    const rows = reshape(x, [-1, this.features])
    const transposeW = this.resolved.tiedTo !== undefined
    const losses = linearCrossEntropy(rows, ...weights, reshape(targets, [-1]), { transposeW })
    return reshape(losses, targets.shape)
  }

  options(): Readonly<Record<string, unknown>> {
    const { tiedTo } = this.resolved
    const name = tiedTo instanceof Layer ? tiedTo.name : tiedTo
    return savedOptions(`layer "${this.name}"`, { ...this.resolved, tiedTo: name })
  }
}
