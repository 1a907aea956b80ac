import type { Seeded } from '../graph/graph.js'
import { dropout, scale } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { type Given, integer, number, optional, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { type BuildContext, Layer } from './layer.js'
import { savedOptions } from './saved-options.js'

const fields = {
  rate: number('probability of dropping a feature', undefined, { min: 0, max: 1 }),
  seed: optional(integer('its draws do not depend on other layers', undefined, { min: 0 })),
}

export type SpatialDropout1dOptions = Given<typeof fields> & CommonOptions

/** While training, drops whole features of [N, T, F] over all steps of a row (Tompson et al. 2014); otherwise the identity. */
export class SpatialDropout1d extends Layer {
  static readonly fields = fields
  readonly kind = 'spatialDropout1d'
  private readonly resolved: Resolved<typeof fields>
  private readonly seeded: Seeded | undefined

  constructor(given: SpatialDropout1dOptions) {
    super(given)
    this.resolved = resolveOwn('spatialDropout1d', fields, given)
    const { seed } = this.resolved
    this.seeded = seed === undefined ? undefined : { seed }
  }

  protected createWeights(_context: BuildContext, _inputShape: Shape): void {}

  outputShape(inputShape: Shape): Shape {
    if (inputShape.length !== 3) throw this.shapeError('input [N, T, F]', inputShape)
    return inputShape
  }

  protected forward(x: Tensor): Tensor {
    this.outputShape(x.shape)
    const { rate } = this.resolved
    if (rate === 1) return x.graph.training ? scale(x, 0) : x
    return dropout(x, rate, true, this.seeded)
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
