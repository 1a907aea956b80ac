import { activate, readActivation } from './activations.js'
import type { GraphBuilder, Value } from './graph-builder.js'
import type { NativeCell } from './native-recurrence.js'
import { affine, binary, matmul, split } from './operations.js'
import type { OptionReader } from './option-reader.js'
import type { WeightCursor } from './weight-cursor.js'

/** A recurrent cell: what one step does, and the operator that does whole sequences, if there is one. */
export interface CellWriter {
  /** Features of each part of the state; the first part of the last cell is the output. */
  readonly stateSizes: readonly number[]
  /** Which part of the state is the output. */
  readonly outputIndex: number
  readonly native: NativeCell | undefined
  /** x [N, I] and state before → state after. Weights lie under the path the cell was made for. */
  step(graph: GraphBuilder, x: Value, state: readonly Value[]): readonly Value[]
}

/** Weights of a cell with gates side by side, as Keras has them. */
interface GateWeights {
  readonly kernel: Float32Array
  readonly recurrentKernel: Float32Array
  /** [columns], or [2, columns] with `resetAfter`. */
  readonly bias: Float32Array | undefined
  readonly features: number
  readonly units: number
  readonly columns: number
}

type Maker = (options: OptionReader, weights: WeightCursor, path: string) => CellWriter

function takeWeights(options: OptionReader, weights: WeightCursor, gates: number, biasRows = 1): GateWeights {
  const units = options.number('units')
  const columns = gates * units
  const kernel = weights.take('kernel', undefined, columns)
  const recurrentKernel = weights.take('recurrentKernel', units, columns)
  const biasShape = biasRows === 2 ? [2, columns] : [columns]
  const bias = options.boolean('useBias', true) ? weights.take('bias', ...biasShape) : undefined
  return {
    kernel: kernel.data,
    recurrentKernel: recurrentKernel.data,
    bias: bias?.data,
    features: kernel.shape[0]!,
    units,
    columns,
  }
}

/** The weights as constants of the graph, named by the cell's path wherever they are used. */
function constantsOf(graph: GraphBuilder, path: string, weights: GateWeights, biasRow?: number) {
  const { kernel, recurrentKernel, bias, features, units, columns } = weights
  const own = (name: string, shape: readonly number[], values: Float32Array) =>
    graph.weightAt(`${path}/${name}`, shape, () => values)
  const row = biasRow ?? 0
  return {
    kernel: own('kernel', [features, columns], kernel),
    recurrentKernel: own('recurrentKernel', [units, columns], recurrentKernel),
    bias:
      bias &&
      own(
        biasRow === undefined ? 'bias' : `bias_${row}`,
        [columns],
        bias.subarray(row * columns, (row + 1) * columns),
      ),
  }
}

const simpleRnn: Maker = (options, cursor, path) => {
  const weights = takeWeights(options, cursor, 1)
  const activation = readActivation(options, 'activation', 'tanh')
  return {
    stateSizes: [weights.units],
    outputIndex: 0,
    native: { operator: 'RNN', ...weights, order: [0], activations: [activation] },
    step(graph, x, [h]) {
      const { kernel, recurrentKernel, bias } = constantsOf(graph, path, weights)
      const total = binary(graph, 'Add', affine(graph, x, kernel, bias), matmul(graph, h!, recurrentKernel))
      return [activate(graph, activation, total)]
    },
  }
}

const lstm: Maker = (options, cursor, path) => {
  const weights = takeWeights(options, cursor, 4)
  const { units } = weights
  const activation = readActivation(options, 'activation', 'tanh')
  const gate = readActivation(options, 'recurrentActivation', 'sigmoid')
  return {
    stateSizes: [units, units],
    outputIndex: 0,
    // Keras has the gates i, f, c, o side by side, ONNX i, o, f, c.
    native: {
      operator: 'LSTM',
      ...weights,
      order: [0, 3, 1, 2],
      activations: [gate, activation, activation],
    },
    step(graph, x, [h, c]) {
      const { kernel, recurrentKernel, bias } = constantsOf(graph, path, weights)
      const total = binary(graph, 'Add', affine(graph, x, kernel, bias), matmul(graph, h!, recurrentKernel))
      const [i, f, candidate, o] = split(graph, total, [units, units, units, units]) as [
        Value,
        Value,
        Value,
        Value,
      ]
      const kept = binary(graph, 'Mul', activate(graph, gate, f), c!)
      const fresh = binary(graph, 'Mul', activate(graph, gate, i), activate(graph, activation, candidate))
      const cell = binary(graph, 'Add', kept, fresh)
      return [binary(graph, 'Mul', activate(graph, gate, o), activate(graph, activation, cell)), cell]
    },
  }
}

const gru: Maker = (options, cursor, path) => {
  const resetAfter = options.boolean('resetAfter', true)
  const weights = takeWeights(options, cursor, 3, resetAfter ? 2 : 1)
  const { units } = weights
  const activation = readActivation(options, 'activation', 'tanh')
  const gate = readActivation(options, 'recurrentActivation', 'sigmoid')
  return {
    stateSizes: [units],
    outputIndex: 0,
    native: { operator: 'GRU', ...weights, order: [0, 1, 2], activations: [gate, activation], resetAfter },
    step(graph, x, [h]) {
      const { kernel, recurrentKernel, bias } = constantsOf(graph, path, weights, 0)
      const widths = [units, units, units]
      const [xz, xr, xh] = split(graph, affine(graph, x, kernel, bias), widths) as [Value, Value, Value]
      const recurrentBias = resetAfter ? constantsOf(graph, path, weights, 1).bias : undefined
      const memory = affine(graph, h!, recurrentKernel, recurrentBias)
      const [hz, hr, hh] = split(graph, memory, widths) as [Value, Value, Value]
      const update = activate(graph, gate, binary(graph, 'Add', xz, hz))
      const reset = activate(graph, gate, binary(graph, 'Add', xr, hr))
      const inner = resetAfter
        ? binary(graph, 'Mul', reset, hh)
        : matmul(graph, binary(graph, 'Mul', reset, h!), split(graph, recurrentKernel, widths)[2]!)
      const candidate = activate(graph, activation, binary(graph, 'Add', xh, inner))
      const kept = binary(graph, 'Mul', update, h!)
      const fresh = binary(graph, 'Mul', binary(graph, 'Sub', graph.scalar(1), update), candidate)
      return [binary(graph, 'Add', kept, fresh)]
    },
  }
}

/** The cells that come as layers of their own: simpleRnn, lstm, gru. */
export const gateCells: Readonly<Record<string, Maker>> = { simpleRnn, lstm, gru }

/** One cell after the other in each step; the state is that of all of them, in order. */
export function stackedCells(cells: readonly CellWriter[]): CellWriter {
  const stateSizes = cells.flatMap((cell) => cell.stateSizes)
  const last = cells.at(-1)!
  return {
    stateSizes,
    outputIndex: stateSizes.length - last.stateSizes.length + last.outputIndex,
    native: cells.length === 1 ? last.native : undefined,
    step(graph, x, state) {
      const after: Value[] = []
      let input = x
      for (const cell of cells) {
        const own = state.slice(after.length, after.length + cell.stateSizes.length)
        const next = cell.step(graph, input, own)
        input = next[cell.outputIndex]!
        after.push(...next)
      }
      return after
    },
  }
}
