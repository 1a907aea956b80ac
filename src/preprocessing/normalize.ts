import { RepriseError } from '../errors.js'
import { NdArray, type NdArrayLike } from '../nd-array.js'

/**
 * Divides by the norm along one axis: x / (Σ|x|^order)^(1/order); `order` Infinity takes the largest |x|. Where the norm
 * is 0 the values stay. A vector comes back as one row [1, n], as in Keras. Float64 for Float64Array input, float32 otherwise.
 *
 * Keras 3 divides NumPy arrays along the last axis even when told `axis=0`; here the axis given is the axis used.
 *
 * Throws `shape` for an axis that does not exist, `option` for an order that is not above 0.
 *
 * @example
 * normalize([[3, 4], [0, 0]]) // [[0.6, 0.8], [0, 0]]
 */
export function normalize(x: NdArrayLike, axis = -1, order = 2): NdArray<Float32Array | Float64Array> {
  const array = NdArray.from(x)
  const { data, shape } = array
  const at = axis < 0 ? axis + shape.length : axis
  if (!Number.isInteger(at) || at < 0 || at >= shape.length) {
    throw new RepriseError('shape', `normalize: there is no axis ${axis} in shape [${shape.join(', ')}]`)
  }
  if (!(order > 0)) throw new RepriseError('option', `normalize: order must be above 0, got ${order}`)
  const result = data instanceof Float64Array ? new Float64Array(data.length) : new Float32Array(data.length)
  const stride = shape.slice(at + 1).reduce((product, length) => product * length, 1)
  const length = shape[at]!
  for (let first = 0; first < data.length; first++) {
    if (Math.floor(first / stride) % length !== 0) continue
    const norm = normOf(data, first, stride, length, order) || 1
    for (let k = 0; k < length; k++) result[first + k * stride] = data[first + k * stride]! / norm
  }
  return new NdArray(result, shape.length === 1 ? [1, length] : shape)
}

function normOf(
  data: ArrayLike<number>,
  first: number,
  stride: number,
  length: number,
  order: number,
): number {
  let norm = 0
  for (let k = 0; k < length; k++) {
    const size = Math.abs(data[first + k * stride]!)
    norm = order === Infinity ? Math.max(norm, size) : norm + size ** order
  }
  return order === Infinity ? norm : norm ** (1 / order)
}
