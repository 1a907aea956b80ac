import { RepriseError } from '../errors.js'
import { NdArray, type NdArrayLike } from '../nd-array.js'

/**
 * Class numbers as rows of zeros with a one, for `categoricalCrossentropy`: [...] → [..., numClasses]; a last axis of
 * length 1 is dropped first. `numClasses` defaults to the largest class plus one. Fractions are cut off, as Keras does.
 *
 * Throws `id-out-of-range` for a negative class or one from `numClasses` on (Keras counts negative ones from the end),
 * `bad-value` for NaN and infinity, `shape` for ragged rows, `option`.
 *
 * @example
 * toCategorical([0, 2, 1]) // [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
 */
export function toCategorical(classes: NdArrayLike, numClasses?: number | null): NdArray<Float32Array> {
  const { data, shape } = NdArray.from(classes)
  let largest = -1
  for (let k = 0; k < data.length; k++) {
    if (!Number.isFinite(data[k]!)) {
      throw new RepriseError('bad-value', `toCategorical: the class at place ${k} is ${data[k]}`)
    }
    largest = Math.max(largest, Math.trunc(data[k]!))
  }
  const width = numClasses || largest + 1
  if (!Number.isInteger(width) || width < 0) {
    throw new RepriseError('option', `toCategorical: numClasses must be a whole number, got ${numClasses}`)
  }
  const rows = new Float32Array(data.length * width)
  for (let k = 0; k < data.length; k++) {
    if (!(data[k]! >= 0 && data[k]! < width)) {
      throw new RepriseError(
        'id-out-of-range',
        `toCategorical: the class at place ${k} is ${data[k]}; expected 0 … ${width - 1} (numClasses ${width})`,
      )
    }
    rows[k * width + Math.trunc(data[k]!)] = 1
  }
  const kept = shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape
  return new NdArray(rows, [...kept, width])
}
