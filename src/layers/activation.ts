import type { Tensor } from '../graph/tensor.js'
import type { Field, Given, Resolved } from '../options.js'
import { type ActivationLike, activation, activationField } from './activations.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { ShapelessLayer } from './stateless-layer.js'

const { fallback: _none, ...required } = activationField('the function', 'linear')

const fields = { activation: required as Field<ActivationLike> }

export type ActivationOptions = Given<typeof fields> & CommonOptions

/** f(x) for an activation by name or a function of a tensor. */
export class Activation extends ShapelessLayer {
  static readonly fields = fields
  readonly kind = 'activation'
  protected readonly resolved: Resolved<typeof fields>

  constructor(given: ActivationOptions) {
    super(given)
    this.resolved = resolveOwn('activation', fields, given)
  }

  protected forward(x: Tensor): Tensor {
    return activation(this.resolved.activation).apply(x)
  }
}
