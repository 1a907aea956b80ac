import { recurrentActivation } from './activations.js'
import type { GraphBuilder, Value } from './graph-builder.js'
import type { OnnxAttribute } from './onnx-model.js'
import { squeeze, transpose, unsqueeze } from './operations.js'

/** What the operators RNN, LSTM and GRU need to know of a cell. */
export interface NativeCell {
  readonly operator: 'RNN' | 'LSTM' | 'GRU'
  /** [features, gates·units], gates side by side as Keras has them. */
  readonly kernel: Float32Array
  readonly recurrentKernel: Float32Array
  readonly bias: Float32Array | undefined
  readonly features: number
  readonly units: number
  /** Place of each of ONNX's gates among Keras's. */
  readonly order: readonly number[]
  readonly activations: readonly string[]
  /** GRU: bias is [2, 3·units]. */
  readonly resetAfter?: boolean
}

/** Whether the operator knows the cell's activations. */
export function runsNatively(cell: NativeCell): boolean {
  return cell.activations.every((name) => recurrentActivation(name) !== undefined)
}

export interface NativeResult {
  /** [N, T, units], in the order of time; absent when it was not asked for. */
  readonly sequence: Value | undefined
  /** h, or h and c, after the last walked step. */
  readonly states: readonly Value[]
}

/**
 * Adds the operator: x [N, T, features], states [N, units] or none for zeros, lengths int32 [N] or none for all steps. In
 * ONNX the time is the first axis and weights are [directions, gates·units, features].
 */
export function addNative(
  graph: GraphBuilder,
  path: string,
  cell: NativeCell,
  x: Value,
  given: {
    readonly initial?: readonly Value[] | undefined
    readonly lengths?: Value | undefined
    readonly reverse: boolean
    readonly wantSequence: boolean
  },
): NativeResult {
  const { operator, features, units, order } = cell
  const rows = order.length * units
  const weight = (name: string, shape: readonly number[], values: () => Float32Array) =>
    graph.weightAt(`${path}/${name}`, shape, values)
  const initial = given.initial?.map((state) => unsqueeze(graph, state, 0)) ?? []
  const inputs = [
    transpose(graph, x, [1, 0, 2]),
    weight('W', [1, rows, features], () => transposeGates(cell.kernel, features, units, order)),
    weight('R', [1, rows, units], () => transposeGates(cell.recurrentKernel, units, units, order)),
    cell.bias && weight('B', [1, 2 * rows], () => biasOf(cell)),
    given.lengths,
    ...initial,
  ]
  const [N, T] = x.shape as [Value['shape'][0], Value['shape'][0]]
  const state = { shape: [1, N, units] }
  const [all, ...states] = graph.operations(
    operator,
    inputs,
    [
      given.wantSequence ? { shape: [T, 1, N, units] } : undefined,
      state,
      ...(operator === 'LSTM' ? [state] : []),
    ],
    attributesOf(cell, given.reverse),
  )
  return {
    sequence: all && transpose(graph, squeeze(graph, all, 1), [1, 0, 2]),
    states: states.map((value) => squeeze(graph, value!, 0)),
  }
}

function attributesOf(cell: NativeCell, reverse: boolean): Record<string, OnnxAttribute> {
  const activations = cell.activations.map((name) => recurrentActivation(name)!)
  const alphas = activations.flatMap(({ alpha }) => (alpha === undefined ? [] : [alpha]))
  const betas = activations.flatMap(({ beta }) => (beta === undefined ? [] : [beta]))
  return {
    hidden_size: cell.units,
    direction: reverse ? 'reverse' : 'forward',
    activations: activations.map(({ name }) => name),
    ...(alphas.length > 0 && { activation_alpha: { float: alphas } }),
    ...(betas.length > 0 && { activation_beta: { float: betas } }),
    ...(cell.operator === 'GRU' && { linear_before_reset: cell.resetAfter ? 1 : 0 }),
  }
}

/** [rows, gates·units] → [gates·units, rows], gates in the order given. */
export function transposeGates(
  kernel: Float32Array,
  rows: number,
  units: number,
  order: readonly number[],
): Float32Array {
  const columns = order.length * units
  const result = new Float32Array(kernel.length)
  for (const [place, gate] of order.entries()) {
    for (let unit = 0; unit < units; unit++) {
      for (let row = 0; row < rows; row++) {
        result[(place * units + unit) * rows + row] = kernel[row * columns + gate * units + unit]!
      }
    }
  }
  return result
}

/** Input biases, then recurrent biases: zeros where Keras has none of their own. */
function biasOf({ bias, units, order, resetAfter }: NativeCell): Float32Array {
  const columns = order.length * units
  const result = new Float32Array(2 * columns)
  for (let half = 0; half < (resetAfter ? 2 : 1); half++) {
    for (const [place, gate] of order.entries()) {
      const from = half * columns + gate * units
      result.set(bias!.subarray(from, from + units), half * columns + place * units)
    }
  }
  return result
}
