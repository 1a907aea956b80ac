import { RepriseError } from '../errors.js'
import { formatShape, type Session, sizeOf } from '../graph/index.js'
import { NdArray } from '../nd-array.js'
import { inputShapes } from './batch.js'
import { arraysFor, asElements, checkFinite, checkIds, commonLength, type DataLike } from './host-data.js'
import type { Network } from './network.js'

/** The inputs of a prediction, checked, and how many rows they have. Throws as `fit` does. */
export function predictionInputs(network: Network, x: DataLike): { xs: readonly NdArray[]; length: number } {
  const names = network.inputs.map(({ layer }) => layer.name)
  const xs = arraysFor('inputs', names, x)
  const length = commonLength(xs.map((array, k) => [`input "${names[k]}"`, array] as const))
  for (const [k, input] of network.inputs.entries()) {
    const limit = network.integerLimit(input)
    if (input.dtype === 'int32' && limit !== undefined) {
      checkIds(`input "${names[k]}"`, xs[k]!, limit, 'the inputDim of the embedding that reads it')
    } else checkFinite(`input "${names[k]}"`, xs[k]!)
  }
  return { xs, length }
}

/** Runs the network on one batch; gives every output. */
export async function predictBatch(
  network: Network,
  session: Session,
  xs: readonly NdArray[],
): Promise<NdArray<Float32Array>[]> {
  const shapes = inputShapes(network, xs)
  const program = session.program(`predict ${JSON.stringify(shapes)}`, (graph) => {
    const inputs = network.inputs.map((input, k) =>
      graph.input(`x${k}`, shapes[k]!, input.dtype, network.integerLimit(input)),
    )
    const { outputs } = network.trace(inputs)
    return { fetch: Object.fromEntries(outputs.map((tensor, k) => [`y${k}`, tensor])) }
  })
  for (const [k, input] of network.inputs.entries()) {
    if (program.hasInput(`x${k}`))
      program.write(`x${k}`, asElements(xs[k]!, input.dtype as 'int32' | 'float32'))
  }
  await program.runSoon()
  return network
    .inferShapes(shapes)
    .map((shape, k) => new NdArray(program.read(`y${k}`, new Float32Array(sizeOf(shape))), shape))
}

/** Rows of several arrays under each other. */
export function joinRows(parts: readonly NdArray<Float32Array>[]): NdArray<Float32Array> {
  if (parts.length === 1) return parts[0]!
  const rest = parts[0]!.shape.slice(1)
  const different = parts.find(({ shape }) => formatShape(shape.slice(1)) !== formatShape(rest))
  if (different) throw new RepriseError('shape', 'predict: batches gave outputs of different shapes')
  const rows = parts.reduce((sum, { length }) => sum + length, 0)
  const data = new Float32Array(rows * sizeOf(rest))
  let offset = 0
  for (const part of parts) {
    data.set(part.data, offset)
    offset += part.data.length
  }
  return new NdArray(data, [rows, ...rest])
}
