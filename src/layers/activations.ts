import { Activation, type ActivationName } from '../engine/commands.generated.js'
import {
  add,
  erf,
  activation as fusedActivation,
  greaterEqual,
  logSoftmax,
  maximum,
  minimum,
  multiply,
  negate,
  relu,
  scalar,
  scale,
  sigmoid,
  softmax,
  sqrt,
  square,
  subtract,
  tanh,
} from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import { custom, type Field } from '../options.js'
import { Registry } from '../registry.js'

/** f(x) written with graph operations. */
export type ActivationFunction = (x: Tensor) => Tensor
/** How an option names an activation. */
export type ActivationLike = string | ActivationFunction

/** One the kernels know (`fused`), or one composed of operations. */
export interface ResolvedActivation {
  readonly name: string
  readonly fused: ActivationName | undefined
  readonly apply: ActivationFunction
}

const softplus: ActivationFunction = (x) => fusedActivation(x, 'softplus')
const gelu: ActivationFunction = (x) =>
  multiply(scale(x, 0.5), add(erf(scale(x, Math.SQRT1_2)), scalar(x, 1)))
const geluTanh: ActivationFunction = (x) => {
  const cube = multiply(x, multiply(x, x))
  const inner = scale(add(x, scale(cube, 0.044715)), Math.sqrt(2 / Math.PI))
  return multiply(scale(x, 0.5), add(tanh(inner), scalar(x, 1)))
}
const silu: ActivationFunction = (x) => multiply(x, sigmoid(x))

/** x from zero on, slope · x below; its slope at 0 is 1. */
export function leaky(x: Tensor, slope: number): Tensor {
  const above = greaterEqual(x, scalar(x, 0))
  return multiply(x, add(scale(above, 1 - slope), scalar(x, slope)))
}

const composed: Readonly<Record<string, ActivationFunction>> = {
  silu,
  swish: silu,
  /** Keras 2's and TensorFlow.js's hard sigmoid, clip(0.2·x + 0.5); that of Keras 3 is clip(x/6 + 0.5). */
  legacyHardSigmoid: (x) => {
    const line = add(scale(x, 0.2), scalar(x, 0.5))
    return maximum(minimum(line, scalar(x, 1)), scalar(x, 0))
  },
  hardSilu: (x) => multiply(x, fusedActivation(x, 'hardSigmoid')),
  gelu,
  geluTanh,
  mish: (x) => multiply(x, tanh(softplus(x))),
  leakyRelu: (x) => leaky(x, 0.2),
  relu6: (x) => minimum(relu(x), scalar(x, 6)),
  celu: (x) => fusedActivation(x, 'elu'),
  hardTanh: (x) => maximum(minimum(x, scalar(x, 1)), scalar(x, -1)),
  tanhShrink: (x) => subtract(x, tanh(x)),
  logSigmoid: (x) => negate(softplus(negate(x))),
  squareplus: (x) => scale(add(x, sqrt(add(square(x), scalar(x, 4)))), 0.5),
  softmax,
  logSoftmax,
}

const fusedNames = Object.keys(Activation) as ActivationName[]
const registry = new Registry<ResolvedActivation>('activation', {
  ...Object.fromEntries(
    fusedNames.map((name) => [
      name,
      { name, fused: name, apply: (x: Tensor) => fusedActivation(x, name) } satisfies ResolvedActivation,
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(composed).map(([name, apply]) => [name, { name, fused: undefined, apply }]),
  ),
})

/** Names `activation` knows. */
export const activationNames = (): string[] => registry.names()

/** Makes a function of your own known by name, so that layers that use it can be saved. Throws `duplicate-name`. */
export function registerActivation(name: string, apply: ActivationFunction): void {
  registry.add(name, { name, fused: undefined, apply })
}

/** The activation an option stands for. Throws `unknown-name`. */
export function activation(like: ActivationLike): ResolvedActivation {
  if (typeof like === 'string') return registry.get(like)
  return { name: like.name || 'custom', fused: undefined, apply: like }
}

/** An option that takes an activation. */
export function activationField(
  doc: string,
  fallback: ActivationLike,
): Field<ActivationLike> & { fallback: ActivationLike } {
  return custom<ActivationLike>(doc, 'name', fallback, (value) => {
    if (value === null) return { value: 'linear' } // Keras's None
    if (typeof value !== 'string' && typeof value !== 'function') {
      return { expected: 'an activation name or a function of a tensor' }
    }
    activation(value as ActivationLike)
    return { value: value as ActivationLike }
  })
}
