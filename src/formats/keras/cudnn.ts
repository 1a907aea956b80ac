import { badFile } from '../bad-file.js'
import type { WeightArray } from '../model-description.js'
import type { PlacedWeight, WeightNode } from './weight-tree.js'

/**
 * Weights of Keras's CuDNNLSTM and CuDNNGRU in the form of LSTM and GRU: each gate's kernel is stored by the other axis, each
 * recurrent kernel transposed, and there are two biases, which LSTM adds up. Throws `bad-file` when sizes do not fit.
 */
export function fromCudnn(
  weights: readonly PlacedWeight[],
  arrays: readonly WeightArray[],
  file: string,
): WeightArray[] {
  const converted = [...arrays]
  const nodes = new Set(weights.filter(({ node }) => node.cudnn).map(({ node }) => node))
  for (const node of nodes) {
    const places = weights.flatMap((weight, k) => (weight.node === node ? [k] : []))
    const own = convert(
      places.map((k) => arrays[k]!),
      node,
      file,
    )
    for (const [k, place] of places.entries()) converted[place] = own[k]!
  }
  return converted
}

function convert(
  arrays: readonly WeightArray[],
  { cudnn: gates = 1 }: WeightNode,
  file: string,
): WeightArray[] {
  const [kernel, recurrent, bias] = arrays
  const columns = kernel?.shape[1] ?? 0
  const units = columns / gates
  const fits =
    kernel?.shape.length === 2 &&
    recurrent?.shape.length === 2 &&
    recurrent.shape[0] === units &&
    recurrent.shape[1] === columns &&
    bias?.shape.length === 1 &&
    bias.shape[0] === 2 * columns
  if (!fits) throw badFile(file, 'the weights of a cuDNN layer do not have its shapes')
  const inputs = kernel.shape[0]!
  return [
    { ...kernel, data: byGate(kernel.data, inputs, units, gates, (i, j) => j * inputs + i) },
    { ...recurrent, data: byGate(recurrent.data, units, units, gates, (i, j) => j * units + i) },
    gates === 4
      ? {
          ...bias,
          shape: [columns],
          data: bias.data.slice(0, columns).map((value, k) => value + bias.data[columns + k]!),
        }
      : { ...bias, shape: [2, columns] },
  ]
}

/** Rearranges the block [rows, units] of each gate; `from` is the place of element (i, j) in the block read row by row. */
function byGate(
  data: Float32Array,
  rows: number,
  units: number,
  gates: number,
  from: (i: number, j: number) => number,
): Float32Array {
  const columns = gates * units
  const result = new Float32Array(data.length)
  for (let gate = 0; gate < gates; gate++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < units; j++) {
        const place = from(i, j)
        const source = Math.floor(place / units) * columns + gate * units + (place % units)
        result[i * columns + gate * units + j] = data[source]!
      }
    }
  }
  return result
}
