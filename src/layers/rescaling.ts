import { add, multiply, scalar } from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import { type Given, number, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { ShapelessLayer } from './stateless-layer.js'

const fields = {
  scale: number('factor', undefined),
  offset: number('added after', 0),
}

export type RescalingOptions = Given<typeof fields> & CommonOptions

/** x · scale + offset. */
export class Rescaling extends ShapelessLayer {
  static readonly fields = fields
  readonly kind = 'rescaling'
  protected readonly resolved: Resolved<typeof fields>

  constructor(given: RescalingOptions) {
    super(given)
    this.resolved = resolveOwn('rescaling', fields, given)
  }

  protected forward(x: Tensor): Tensor {
    const { scale, offset } = this.resolved
    const scaled = multiply(x, scalar(x, scale))
    return offset === 0 ? scaled : add(scaled, scalar(x, offset))
  }
}
