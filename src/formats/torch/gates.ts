import type { WeightArray } from '../model-description.js'
import type { StoredTensor } from '../safetensors.js'
import { asFloat32 } from '../safetensors.js'

/** The tensors of one direction of one layer. */
export interface CellTensors {
  readonly inputWeight: StoredTensor
  readonly hiddenWeight: StoredTensor
  readonly inputBias: StoredTensor | undefined
  readonly hiddenBias: StoredTensor | undefined
}

/** By the number of gates: the module, and which of PyTorch's gates stands at each of Keras's places. */
const gateOrders = {
  RNN: [0],
  // PyTorch: reset, update, new; Keras: update (z), reset (r), candidate (h).
  GRU: [1, 0, 2],
  // PyTorch: input, forget, cell, output; Keras: i, f, c, o.
  LSTM: [0, 1, 2, 3],
} as const

/** The module with so many gates. */
export function typeWithGates(gates: number): keyof typeof gateOrders | undefined {
  return gates === 1 ? 'RNN' : gates === 3 ? 'GRU' : gates === 4 ? 'LSTM' : undefined
}

/**
 * Keras's weights of a direction of a layer: kernel [I, G·H] and recurrentKernel [H, G·H], PyTorch's transposed; the two
 * biases added, but for GRU, whose resetAfter form keeps both: [2, 3·H].
 */
export function kerasWeights(type: keyof typeof gateOrders, tensors: CellTensors): WeightArray[] {
  const order = gateOrders[type]
  const [rows, features] = tensors.inputWeight.shape as [number, number]
  const units = rows / order.length
  const weights = [
    {
      name: 'kernel',
      shape: [features, rows],
      data: transposed(asFloat32(tensors.inputWeight), features, units, order),
    },
    {
      name: 'recurrentKernel',
      shape: [units, rows],
      data: transposed(asFloat32(tensors.hiddenWeight), units, units, order),
    },
  ]
  const { inputBias, hiddenBias } = tensors
  if (!inputBias || !hiddenBias) return weights
  const [input, hidden] = [asFloat32(inputBias), asFloat32(hiddenBias)].map((bias) =>
    transposed(bias, 1, units, order),
  )
  if (type !== 'GRU') {
    return [...weights, { name: 'bias', shape: [rows], data: input!.map((value, k) => value + hidden![k]!) }]
  }
  const both = new Float32Array(2 * rows)
  both.set(input!)
  both.set(hidden!, rows)
  return [...weights, { name: 'bias', shape: [2, rows], data: both }]
}

/** [gates·units, columns] → [columns, gates·units], gates in the order given. */
function transposed(
  matrix: Float32Array,
  columns: number,
  units: number,
  order: readonly number[],
): Float32Array {
  const width = order.length * units
  const result = new Float32Array(matrix.length)
  for (const [place, gate] of order.entries()) {
    for (let unit = 0; unit < units; unit++) {
      for (let column = 0; column < columns; column++) {
        result[column * width + place * units + unit] = matrix[(gate * units + unit) * columns + column]!
      }
    }
  }
  return result
}
