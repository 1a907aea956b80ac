import {
  add,
  broadcastTo,
  divide,
  mean,
  multiply,
  reshape,
  scalar,
  scale,
  sqrt,
  square,
  subtract,
  sum,
} from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import { formatShape, type Shape, type Tensor } from '../graph/tensor.js'
import { type Given, integer, number, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { initializer, initializerField } from './initializers.js'
import { type BuildContext, type CallOptions, Layer } from './layer.js'
import { gammaBetaFields } from './layer-normalization.js'
import { perFeature } from './masks.js'
import { savedOptions } from './saved-options.js'
import { weightOptions } from './weight-options.js'

const fields = {
  axis: integer('the axis of the features, each normalized for itself', -1),
  momentum: number('how much of the moving statistics stays at each step', 0.99),
  epsilon: number('added to the variance', 1e-3, { min: 0 }),
  ...gammaBetaFields,
  movingMeanInitializer: initializerField('initial moving mean', 'zeros'),
  movingVarianceInitializer: initializerField('initial moving variance', 'ones'),
}

export type BatchNormalizationOptions = Given<typeof fields> & CommonOptions

/** Keras's backend.epsilon(), which keeps a batch without any step that counts from dividing by zero. */
const countEpsilon = 1e-7

interface Moments {
  readonly mean: Tensor
  readonly variance: Tensor
}

/**
 * gamma · (x − mean) / √(variance + epsilon) + beta for each feature (Ioffe & Szegedy 2015). While training, mean and
 * variance are those of the batch, masked steps not counted, and move the moving statistics; otherwise, and when the layer
 * is not trainable, they are the moving ones.
 */
export class BatchNormalization extends Layer {
  static readonly fields = fields
  readonly kind = 'batchNormalization'
  private readonly resolved: Resolved<typeof fields>
  private gamma: Parameter | undefined
  private beta: Parameter | undefined
  private movingMean: Parameter | undefined
  private movingVariance: Parameter | undefined
  private features = 0

  constructor(given: BatchNormalizationOptions = {}) {
    super(given)
    this.resolved = resolveOwn('batchNormalization', fields, given)
  }

  protected createWeights(context: BuildContext, inputShape: Shape): void {
    const { scale, center, movingMeanInitializer, movingVarianceInitializer, ...given } = this.resolved
    const features = inputShape.at(given.axis)
    if (!(features! > 0)) throw this.shapeError(`a known length of axis ${given.axis}`, inputShape)
    this.features = features!
    if (scale) {
      this.gamma = context.weight(this.name, 'gamma', [features!], initializer(given.gammaInitializer), {
        ...weightOptions(given.gammaRegularizer, given.gammaConstraint),
        decay: false,
      })
    }
    if (center) {
      this.beta = context.weight(this.name, 'beta', [features!], initializer(given.betaInitializer), {
        ...weightOptions(given.betaRegularizer, given.betaConstraint),
        decay: false,
      })
    }
    const statistic = (name: string, like: typeof movingMeanInitializer) =>
      context.weight(this.name, name, [features!], initializer(like), { trainable: false, decay: false })
    this.movingMean = statistic('movingMean', movingMeanInitializer)
    this.movingVariance = statistic('movingVariance', movingVarianceInitializer)
  }

  outputShape(inputShape: Shape): Shape {
    const { axis } = this.resolved
    const own = inputShape.at(axis)
    if (own === undefined || (this.features > 0 && own !== this.features)) {
      throw this.shapeError(`input of length ${this.features} along axis ${axis}`, inputShape)
    }
    return inputShape
  }

  protected forward(x: Tensor, { mask }: CallOptions): Tensor {
    this.outputShape(x.shape)
    const own = this.resolved.axis < 0 ? this.resolved.axis + x.rank : this.resolved.axis
    const wide = x.shape.map((length, axis) => (axis === own ? length : 1))
    const learning = x.graph.training && this.trainable
    const moments = learning ? this.batchMoments(x, mask, own) : this.movingMoments(x, wide)
    if (learning) this.move(x, moments)
    const weight = (parameter: Parameter | undefined) =>
      parameter && reshape(x.graph.parameter(parameter), wide)
    const [gamma, beta] = [weight(this.gamma), weight(this.beta)]
    const deviation = sqrt(add(moments.variance, scalar(x, this.resolved.epsilon)))
    const factor = divide(gamma ?? scalar(x, 1), deviation)
    const y = multiply(subtract(x, moments.mean), factor)
    return beta ? add(y, beta) : y
  }

  private movingMoments(x: Tensor, wide: Shape): Moments {
    return {
      mean: reshape(x.graph.parameter(this.movingMean!), wide),
      variance: reshape(x.graph.parameter(this.movingVariance!), wide),
    }
  }

  private batchMoments(x: Tensor, mask: Tensor | undefined, own: number): Moments {
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== own)
    if (!mask) {
      const average = mean(x, axes, true)
      return { mean: average, variance: mean(square(subtract(x, average)), axes, true) }
    }
    if (mask.rank !== x.rank - 1) {
      throw this.shapeError(
        'a mask of one axis less than the input',
        mask.shape,
        `input ${formatShape(x.shape)}`,
      )
    }
    const steps = perFeature(mask)
    const counts = own === x.rank - 1 ? steps : broadcastTo(steps, x.shape)
    const weights = add(sum(counts, axes, true), scalar(x, countEpsilon))
    const average = divide(sum(multiply(counts, x), axes, true), weights)
    const squares = square(multiply(counts, subtract(x, average)))
    return { mean: average, variance: divide(sum(squares, axes, true), weights) }
  }

  /** At the end of the step the moving statistics take over a little of the batch's. */
  private move(x: Tensor, moments: Moments): void {
    const { momentum } = this.resolved
    const { graph } = x
    const update = (parameter: Parameter, value: Tensor) => {
      const place = graph.parameter(parameter)
      const before = graph.assignments.get(place) ?? place // a second call in this step goes on from the first
      const kept = scale(before, momentum)
      graph.assign(place, add(kept, scale(reshape(value, parameter.shape), 1 - momentum)))
    }
    update(this.movingMean!, moments.mean)
    update(this.movingVariance!, moments.variance)
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
