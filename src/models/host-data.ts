import { RepriseError, unknownName } from '../errors.js'
import { NdArray, type NdArrayLike } from '../nd-array.js'

/** Arrays for one input or output, a list in their order, or by their names. */
export type DataLike = NdArrayLike | readonly NdArrayLike[] | Readonly<Record<string, NdArrayLike>>

/**
 * One array for each of `names`. With one name the value may be the array itself (nested numbers, typed array, NdArray), a list
 * of one array, or an object. Throws `shape`, `unknown-name`.
 */
export function arraysFor(what: string, names: readonly string[], given: DataLike): NdArray[] {
  if (typeof given !== 'object' || given === null) {
    throw new RepriseError(
      'shape',
      `${what}: expected an array, got ${given === null ? 'null' : `a ${typeof given}`}`,
    )
  }
  if (names.length === 1 && isArrayLike(given)) return [toArray(what, given)]
  if (given instanceof NdArray || ArrayBuffer.isView(given)) throw countError(what, names, 1)
  if (Array.isArray(given)) {
    if (given.length !== names.length) throw countError(what, names, given.length)
    return (given as readonly NdArrayLike[]).map((array, index) =>
      toArray(`${what} "${names[index]}"`, array),
    )
  }
  const record = given as Readonly<Record<string, NdArrayLike>>
  for (const name of Object.keys(record)) if (!names.includes(name)) throw unknownName(what, name, names)
  return names.map((name) => {
    const array = record[name]
    if (array === undefined) throw new RepriseError('shape', `${what} "${name}" is missing`)
    return toArray(`${what} "${name}"`, array)
  })
}

function toArray(what: string, given: NdArrayLike): NdArray {
  let array: NdArray
  try {
    array = NdArray.from(given)
  } catch (error) {
    if (!(error instanceof RepriseError)) throw error
    throw new RepriseError(error.code, `${what}: ${error.message}`, { cause: error })
  }
  if (array.rank === 0)
    throw new RepriseError('shape', `${what}: expected an array with a batch axis, got a number`)
  return array
}

function countError(what: string, names: readonly string[], got: number): RepriseError {
  const list = names.map((name) => `"${name}"`).join(', ')
  return new RepriseError('shape', `${names.length} arrays are needed as ${what} (${list}), got ${got}`)
}

/** Whether a value is an array of numbers in some form, rather than an object of arrays. */
function isArrayLike(given: DataLike): given is NdArrayLike {
  if (given instanceof NdArray || ArrayBuffer.isView(given)) return true
  if (Array.isArray(given)) return !isListOfArrays(given)
  return typeof given === 'object' && given !== null && 'data' in given && 'shape' in given
}

/** [NdArray, …], [typed array, …] or [{data, shape}, …]: one entry per input. Rows as typed arrays count as rows. */
function isListOfArrays(given: unknown): boolean {
  if (!Array.isArray(given) || given.length === 0) return false
  return given.some(
    (item) =>
      item instanceof NdArray ||
      (typeof item === 'object' &&
        item !== null &&
        !Array.isArray(item) &&
        'data' in item &&
        'shape' in item),
  )
}

/** All arrays must have the same number of rows; returns it. Throws `shape`, `empty-data`. */
export function commonLength(
  arrays: readonly (readonly [what: string, array: NdArray | undefined])[],
): number {
  const present = arrays.filter((entry): entry is [string, NdArray] => entry[1] !== undefined)
  const [first] = present
  const length = first?.[1].length ?? 0
  for (const [what, array] of present) {
    if (array.length === length) continue
    throw new RepriseError(
      'shape',
      `${what} has ${array.length} rows, ${first![0]} ${length}; every array needs one row per example (axis 0)`,
    )
  }
  if (length === 0) throw new RepriseError('empty-data', `${first?.[0] ?? 'the data'} has no rows`)
  return length
}

/** Throws `not-finite` when there is a NaN or an infinity. */
export function checkFinite(what: string, { data, shape }: NdArray): void {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return
  for (let index = 0; index < data.length; index++) {
    if (Number.isFinite(data[index])) continue
    const width = data.length / Math.max(1, shape[0]!)
    throw new RepriseError(
      'not-finite',
      `${what} holds ${data[index]} in row ${Math.floor(index / width)}; replace or drop such rows first`,
    )
  }
}

/** Throws `id-out-of-range` unless all values are whole numbers in 0 … limit−1. */
export function checkIds(what: string, { data, shape }: NdArray, limit: number, hint: string): void {
  for (let index = 0; index < data.length; index++) {
    const value = data[index]!
    if (Number.isInteger(value) && value >= 0 && value < limit) continue
    const width = data.length / Math.max(1, shape[0]!)
    throw new RepriseError(
      'id-out-of-range',
      `${what} holds ${value} in row ${Math.floor(index / width)}; expected whole numbers 0 … ${limit - 1} (${hint})`,
    )
  }
}

/** The values as the engine takes them. */
export function asElements(array: NdArray, dtype: 'float32' | 'int32'): Float32Array | Int32Array {
  const { data } = array
  if (dtype === 'int32') return data instanceof Int32Array ? data : Int32Array.from(data)
  return data instanceof Float32Array ? data : Float32Array.from(data)
}
