import type { Seeded } from '../graph/graph.js'
import { dropout, dropoutMask, multiply, scale } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { boolean, custom, type Given, integer, number, optional, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { type BuildContext, Layer } from './layer.js'
import { savedOptions } from './saved-options.js'

const fields = {
  rate: number('probability of dropping a value', undefined, { min: 0, max: 1 }),
  noiseShape: optional(
    custom<readonly (number | null)[]>(
      'shape of the mask: 1 where values along an axis are dropped together, null = as the input',
      'shape',
      [],
      (value) =>
        Array.isArray(value) && value.every((n) => n === null || (Number.isInteger(n) && n > 0))
          ? { value }
          : { expected: 'a list of whole numbers above 0 or null' },
    ),
  ),
  seed: optional(integer('its draws do not depend on other layers', undefined, { min: 0 })),
  locked: boolean('one mask per row and feature serves all time steps', false),
}

export type DropoutOptions = Given<typeof fields> & CommonOptions

/**
 * While training, zeroes each value with probability `rate` and scales the rest by 1/(1−rate); otherwise the identity
 * (Srivastava et al. 2014). `locked` keeps the mask over the time axis of [N, T, F] (Gal & Ghahramani 2016), as does
 * `noiseShape: [null, 1, null]`. Draws with `seed` depend on it, the model's seed and the step, not on other layers.
 */
export class Dropout extends Layer {
  static readonly fields = fields
  readonly kind = 'dropout'
  private readonly resolved: Resolved<typeof fields>
  private readonly seeded: Seeded | undefined

  constructor(given: DropoutOptions) {
    super(given)
    this.resolved = resolveOwn('dropout', fields, given)
    const { seed } = this.resolved
    this.seeded = seed === undefined ? undefined : { seed }
  }

  protected createWeights(_context: BuildContext, _inputShape: Shape): void {}

  outputShape(inputShape: Shape): Shape {
    if (this.resolved.locked && inputShape.length !== 3) throw this.shapeError('input [N, T, F]', inputShape)
    return inputShape
  }

  protected forward(x: Tensor): Tensor {
    this.outputShape(x.shape)
    const { rate, locked, noiseShape } = this.resolved
    if (rate === 1) return x.graph.training ? scale(x, 0) : x
    if (!noiseShape) return dropout(x, rate, locked, this.seeded)
    const mask = dropoutMask(x.graph, this.maskShape(x.shape, noiseShape), rate, this.seeded)
    return mask ? multiply(x, mask) : x
  }

  private maskShape(shape: Shape, noiseShape: readonly (number | null)[]): Shape {
    const mask = noiseShape.map((length, axis) => length ?? shape[axis] ?? 1)
    const lead = shape.length - mask.length
    if (lead >= 0 && mask.every((length, axis) => length === 1 || length === shape[lead + axis])) return mask
    throw this.shapeError(`input that a mask [${mask.join(', ')}] (noiseShape) fits`, shape)
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
