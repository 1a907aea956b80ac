import { dropout } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { boolean, type Given, number, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { type BuildContext, Layer } from './layer.js'
import { savedOptions } from './saved-options.js'

const fields = {
  rate: number('probability of dropping a value', undefined, { min: 0, below: 1 }),
  locked: boolean('one mask per row and feature serves all time steps', false),
}

export type DropoutOptions = Given<typeof fields> & CommonOptions

/**
 * While training, zeroes each value with probability `rate` and scales the rest by 1/(1−rate); otherwise the identity
 * (Srivastava et al. 2014). `locked` keeps the mask over the time axis of [N, T, F] (Gal & Ghahramani 2016).
 */
export class Dropout extends Layer {
  static readonly fields = fields
  readonly kind = 'dropout'
  private readonly resolved: Resolved<typeof fields>

  constructor(given: DropoutOptions) {
    super(given)
    this.resolved = resolveOwn('dropout', fields, given)
  }

  protected createWeights(_context: BuildContext, _inputShape: Shape): void {}

  outputShape(inputShape: Shape): Shape {
    if (this.resolved.locked && inputShape.length !== 3) throw this.shapeError('input [N, T, F]', inputShape)
    return inputShape
  }

  protected forward(x: Tensor): Tensor {
    this.outputShape(x.shape)
    return dropout(x, this.resolved.rate, this.resolved.locked)
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
