import { RepriseError } from '../errors.js'
import { formatShape, type Shape } from '../graph/tensor.js'
import type { NdArray } from '../nd-array.js'
import { InputLayer } from './input-layer.js'
import type { Network } from './network.js'

/** One batch on the host: an array for each input and output; sample weights by output. */
export interface Batch {
  readonly x: readonly NdArray[]
  readonly y: readonly NdArray[]
  readonly sampleWeights: readonly (NdArray | undefined)[]
}

/** Shapes of the inputs as the network takes them: [N] is read as [N, 1] where one feature is declared. */
export function inputShapes(network: Network, x: readonly NdArray[]): readonly Shape[] {
  return network.inputs.map((input, index) => {
    const given = x[index]!.shape
    const declared = input.shape
    const shape = given.length === 1 && declared.length === 2 && declared[1] === 1 ? [given[0]!, 1] : given
    const inferred = input.layer instanceof InputLayer && input.layer.inferred
    const axis =
      shape.length === declared.length && !inferred
        ? shape.findIndex((length, k) => !Number.isNaN(declared[k]) && length !== declared[k])
        : -1
    if (shape.length === declared.length && axis < 0) return shape
    const expected = formatShape(declared)
    const hint =
      shape.length === declared.length
        ? `axis ${axis}: ${shape[axis]} ≠ ${declared[axis]}`
        : `${shape.length} axes instead of ${declared.length}`
    throw new RepriseError(
      'shape',
      `input "${input.layer.name}" expects ${expected}, got ${formatShape(given)} (${hint})`,
    )
  })
}

/** How targets are read for a prediction: class ids one axis less, everything else of the prediction's shape. */
export function targetShape(
  output: string,
  predictions: Shape,
  dtype: 'int32' | 'float32',
  given: Shape,
): Shape {
  const wanted = dtype === 'int32' ? predictions.slice(0, -1) : predictions
  const same = (a: Shape, b: Shape) => a.length === b.length && a.every((length, k) => length === b[k])
  if (same(given, wanted)) return wanted
  if (same(given, [...wanted, 1])) return wanted
  if (wanted.at(-1) === 1 && same(given, wanted.slice(0, -1))) return wanted
  const axis = wanted.findIndex((length, k) => length !== given[k])
  const where =
    axis < 0
      ? `axis ${wanted.length} is too many`
      : `axis ${axis}: ${given[axis] ?? 'missing'} ≠ ${wanted[axis]}`
  const sparse = dtype === 'float32' && same(given, predictions.slice(0, -1))
  const oneHot = dtype === 'int32' && same(given, predictions)
  const hint = sparse
    ? '; for class ids use a sparse loss or metric, or toCategorical'
    : oneHot
      ? '; for one-hot targets use the loss without "sparse"'
      : ''
  throw new RepriseError(
    'shape',
    `targets of output "${output}" must be [${wanted.join(', ')}] for predictions [${predictions.join(', ')}], ` +
      `got [${given.join(', ')}] (${where}${hint})`,
  )
}
