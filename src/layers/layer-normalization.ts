import {
  add,
  divide,
  mean,
  multiply,
  reshape,
  scalar,
  sqrt,
  square,
  subtract,
} from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { boolean, type Given, number, type Resolved } from '../options.js'
import { axesField, axesOf } from './axes.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { constraintField } from './constraints.js'
import { initializer, initializerField } from './initializers.js'
import { type BuildContext, Layer } from './layer.js'
import { regularizerField } from './regularizers.js'
import { savedOptions } from './saved-options.js'
import { weightOptions } from './weight-options.js'

/** The options of gamma and beta, the same for all normalizations. */
export const gammaBetaFields = {
  center: boolean('add beta', true),
  scale: boolean('multiply by gamma', true),
  betaInitializer: initializerField('initial beta', 'zeros'),
  gammaInitializer: initializerField('initial gamma', 'ones'),
  betaRegularizer: regularizerField('penalty on beta'),
  gammaRegularizer: regularizerField('penalty on gamma'),
  betaConstraint: constraintField('what beta becomes after an update'),
  gammaConstraint: constraintField('what gamma becomes after an update'),
}

const fields = {
  axis: axesField('axes whose values are normalized together', -1),
  epsilon: number('added to the variance', 1e-3, { min: 0 }),
  ...gammaBetaFields,
  rmsScaling: boolean('divide by the deviation only: no mean, no beta (deprecated in Keras)', false),
}

export type LayerNormalizationOptions = Given<typeof fields> & CommonOptions

/**
 * gamma · (x − mean) / √(variance + epsilon) + beta, mean and variance over the last axis of each step (Ba et al. 2016).
 * gamma and beta have the lengths of the normalized axes.
 */
export class LayerNormalization extends Layer {
  static readonly fields = fields
  readonly kind = 'layerNormalization'
  private readonly resolved: Resolved<typeof fields>
  private gamma: Parameter | undefined
  private beta: Parameter | undefined
  private lengths: Shape = []

  constructor(given: LayerNormalizationOptions = {}) {
    super(given)
    this.resolved = resolveOwn('layerNormalization', fields, given)
  }

  protected createWeights(context: BuildContext, inputShape: Shape): void {
    const { scale, center, rmsScaling, ...given } = this.resolved
    const lengths = this.axes(inputShape).map((axis) => inputShape[axis]!)
    if (lengths.some(Number.isNaN)) throw this.shapeError('known lengths of the normalized axes', inputShape)
    this.lengths = lengths
    if (scale || rmsScaling) {
      this.gamma = context.weight(this.name, 'gamma', lengths, initializer(given.gammaInitializer), {
        ...weightOptions(given.gammaRegularizer, given.gammaConstraint),
        decay: false,
      })
    }
    if (center && !rmsScaling) {
      this.beta = context.weight(this.name, 'beta', lengths, initializer(given.betaInitializer), {
        ...weightOptions(given.betaRegularizer, given.betaConstraint),
        decay: false,
      })
    }
  }

  /** In Keras's order: the numbers as given, sorted. */
  private axes(shape: Shape): readonly number[] {
    const { axis } = this.resolved
    const axes = axesOf(typeof axis === 'number' ? axis : axis.toSorted((a, b) => a - b), shape)
    if (!axes) throw this.shapeError(`input with an axis ${axis}`, shape)
    return axes
  }

  outputShape(inputShape: Shape): Shape {
    const axes = this.axes(inputShape)
    if (axes.some((axis, k) => this.lengths.length > 0 && inputShape[axis] !== this.lengths[k])) {
      throw this.shapeError(
        `input of length ${this.lengths.join(', ')} along axis ${axes.join(', ')}`,
        inputShape,
      )
    }
    return inputShape
  }

  protected forward(x: Tensor): Tensor {
    this.outputShape(x.shape)
    const { epsilon, rmsScaling } = this.resolved
    const axes = this.axes(x.shape)
    const wide = x.shape.map((length, axis) => (axes.includes(axis) ? length : 1))
    const weight = (own: Parameter | undefined) => own && reshape(x.graph.parameter(own), wide)
    const [gamma, beta] = [weight(this.gamma), weight(this.beta)]
    const centered = subtract(x, mean(x, axes, true))
    const deviation = sqrt(add(mean(square(centered), axes, true), scalar(x, epsilon)))
    const unit = divide(rmsScaling ? x : centered, deviation)
    const scaled = gamma ? multiply(unit, gamma) : unit
    return beta ? add(scaled, beta) : scaled
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
