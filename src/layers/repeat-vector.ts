import { broadcastTo, reshape } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { type Given, integer, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { type BuildContext, Layer, type Mask } from './layer.js'
import { savedOptions } from './saved-options.js'

const fields = { n: integer('how often', undefined, { min: 1 }) }

export type RepeatVectorOptions = Given<typeof fields> & CommonOptions

/** Repeats each row as the steps of a sequence: [N, F] → [N, n, F]. */
export class RepeatVector extends Layer {
  static readonly fields = fields
  readonly kind = 'repeatVector'
  private readonly resolved: Resolved<typeof fields>

  constructor(given: RepeatVectorOptions) {
    super(given)
    this.resolved = resolveOwn('repeatVector', fields, given)
  }

  protected createWeights(_context: BuildContext, _inputShape: Shape): void {}

  outputShape(inputShape: Shape): Shape {
    if (inputShape.length !== 2) throw this.shapeError('input [N, features]', inputShape)
    return [inputShape[0]!, this.resolved.n, inputShape[1]!]
  }

  override outputMask(_x: Tensor, _mask: Mask): Mask {
    return undefined
  }

  protected forward(x: Tensor): Tensor {
    const [N, n, F] = this.outputShape(x.shape) as [number, number, number]
    return broadcastTo(reshape(x, [N, 1, F]), [N, n, F])
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
