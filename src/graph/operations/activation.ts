import { Activation, type ActivationName } from '../../engine/commands.generated.js'
import { apply, type Operation } from '../operation.js'
import type { Tensor } from '../tensor.js'

interface Operand {
  readonly x: Tensor
  readonly [name: string]: Tensor | undefined
}

const activationOperation: Operation<Operand, 'y', { kind: ActivationName }> = {
  name: 'activation',
  inPlace: { y: 'x' },
  infer: ({ x }) => ({ y: { shape: x.shape, dtype: 'float32' } }),
  lower: ({ inputs: { x }, outputs: { y }, attributes, at, emit }) =>
    emit('activation', { x: at(x), y: at(y), count: x.size, kind: Activation[attributes.kind] }),
  gradient: ({ outputs: { y }, attributes, gradients }) => ({
    x: activationGradient(y, gradients.y!, attributes.kind),
  }),
}

const gradientOperation: Operation<
  { readonly y: Tensor; readonly dy: Tensor; readonly [name: string]: Tensor | undefined },
  'dx',
  { kind: ActivationName }
> = {
  name: 'activationGradient',
  inPlace: { dx: 'dy' },
  infer: ({ y }) => ({ dx: { shape: y.shape, dtype: 'float32' } }),
  lower: ({ inputs: { y, dy }, outputs: { dx }, attributes, at, emit }) =>
    emit('activationBackward', {
      y: at(y),
      dy: at(dy),
      dx: at(dx),
      count: y.size,
      kind: Activation[attributes.kind],
    }),
}

/** f(x) for one of the activations that know their derivative from their value. */
export function activation(x: Tensor, kind: ActivationName): Tensor {
  return kind === 'linear' ? x : apply(activationOperation, { x }, { kind }).y
}

/** dy ⊙ f′, written in terms of y = f(x). */
export function activationGradient(y: Tensor, dy: Tensor, kind: ActivationName): Tensor {
  return kind === 'linear' ? dy : apply(gradientOperation, { y, dy }, { kind }).dx
}

export const sigmoid = (x: Tensor): Tensor => activation(x, 'sigmoid')
export const tanh = (x: Tensor): Tensor => activation(x, 'tanh')
export const relu = (x: Tensor): Tensor => activation(x, 'relu')
