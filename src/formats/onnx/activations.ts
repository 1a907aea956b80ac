import type { GraphBuilder, Value } from './graph-builder.js'
import { binary, unary } from './operations.js'
import type { OptionReader } from './option-reader.js'

type Activation = (graph: GraphBuilder, x: Value) => Value

const operator =
  (name: string, attributes: Parameters<typeof unary>[3] = {}): Activation =>
  (graph, x) =>
    unary(graph, name, x, attributes)

const sigmoid = operator('Sigmoid')
const tanh = operator('Tanh')
const softplus = operator('Softplus')
const silu: Activation = (graph, x) => binary(graph, 'Mul', x, sigmoid(graph, x))
const hardSigmoid = operator('HardSigmoid', { alpha: { float: 1 / 6 }, beta: { float: 0.5 } })

const times = (graph: GraphBuilder, x: Value, factor: number) => binary(graph, 'Mul', x, graph.scalar(factor))
const plus = (graph: GraphBuilder, x: Value, term: number) => binary(graph, 'Add', x, graph.scalar(term))

/** x · ½ (1 + inner(x)). */
const halfOf =
  (inner: Activation): Activation =>
  (graph, x) =>
    binary(graph, 'Mul', times(graph, x, 0.5), plus(graph, inner(graph, x), 1))

const clip =
  (least: number, most: number): Activation =>
  (graph, x) =>
    graph.operation('Clip', [x, graph.scalar(least), graph.scalar(most)], { shape: x.shape })

const hardSilu: Activation = (graph, x) => binary(graph, 'Mul', x, hardSigmoid(graph, x))

const known: Readonly<Record<string, Activation>> = {
  linear: (_, x) => x,
  relu: operator('Relu'),
  sigmoid,
  tanh,
  softplus,
  softsign: operator('Softsign'),
  elu: operator('Elu', { alpha: { float: 1 } }),
  celu: operator('Elu', { alpha: { float: 1 } }),
  selu: operator('Selu'),
  exponential: operator('Exp'),
  hardSigmoid,
  /** Of Keras 2. */
  legacyHardSigmoid: operator('HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  silu,
  swish: silu,
  hardSilu,
  gelu: halfOf((graph, x) => unary(graph, 'Erf', times(graph, x, Math.SQRT1_2))),
  geluTanh: halfOf((graph, x) => {
    const cube = binary(graph, 'Mul', x, binary(graph, 'Mul', x, x))
    const inner = binary(graph, 'Add', x, times(graph, cube, 0.044715))
    return tanh(graph, times(graph, inner, Math.sqrt(2 / Math.PI)))
  }),
  mish: (graph, x) => binary(graph, 'Mul', x, tanh(graph, softplus(graph, x))),
  leakyRelu: operator('LeakyRelu', { alpha: { float: 0.2 } }),
  relu6: clip(0, 6),
  hardTanh: clip(-1, 1),
  tanhShrink: (graph, x) => binary(graph, 'Sub', x, tanh(graph, x)),
  logSigmoid: (graph, x) => unary(graph, 'Neg', softplus(graph, unary(graph, 'Neg', x))),
  squareplus: (graph, x) => {
    const root = unary(graph, 'Sqrt', plus(graph, binary(graph, 'Mul', x, x), 4))
    return times(graph, binary(graph, 'Add', x, root), 0.5)
  },
  softmax: operator('Softmax', { axis: -1 }),
  logSoftmax: operator('LogSoftmax', { axis: -1 }),
}

/** Adds the nodes of an activation by a name that `readActivation` gave. */
export function activate(graph: GraphBuilder, name: string, x: Value): Value {
  return known[name]!(graph, x)
}

/** The activation an option names. Throws `unsupported-layer` for one without an ONNX form. */
export function readActivation(options: OptionReader, option: string, fallback: string): string {
  const name = options.string(option, fallback)
  if (Object.hasOwn(known, name)) return name
  throw options.unsupported(`${option} "${name}"`)
}

/** How the recurrent operators name an activation, and its parameters. */
export interface RecurrentActivation {
  readonly name: string
  readonly alpha?: number
  readonly beta?: number
}

/**
 * Activations that the operators RNN, LSTM and GRU know and that ONNX Runtime computes as Keras does. Everything else runs
 * step by step (Scan).
 */
const recurrent: Readonly<Record<string, RecurrentActivation>> = {
  tanh: { name: 'Tanh' },
  sigmoid: { name: 'Sigmoid' },
  relu: { name: 'Relu' },
  hardSigmoid: { name: 'HardSigmoid', alpha: 1 / 6, beta: 0.5 },
  legacyHardSigmoid: { name: 'HardSigmoid', alpha: 0.2, beta: 0.5 },
  softsign: { name: 'Softsign' },
  softplus: { name: 'Softplus' },
  elu: { name: 'Elu', alpha: 1 },
  linear: { name: 'Affine', alpha: 1, beta: 0 },
  leakyRelu: { name: 'LeakyRelu', alpha: 0.2 },
}

export function recurrentActivation(name: string): RecurrentActivation | undefined {
  return Object.hasOwn(recurrent, name) ? recurrent[name] : undefined
}
