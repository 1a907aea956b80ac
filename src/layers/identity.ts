import type { Tensor } from '../graph/tensor.js'
import type { Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { ShapelessLayer } from './stateless-layer.js'

const fields = {}

/** Gives back its input. */
export class Identity extends ShapelessLayer {
  static readonly fields = fields
  readonly kind = 'identity'
  protected readonly resolved: Resolved<typeof fields>

  constructor(given: CommonOptions = {}) {
    super(given)
    this.resolved = resolveOwn('identity', fields, given)
  }

  protected forward(x: Tensor): Tensor {
    return x
  }
}
