import { RepriseError } from '../errors.js'
import { badFile } from './bad-file.js'
import { type DType, type TensorValues, viewOf, widen, widthOf } from './dtypes.js'

/** An array of NumPy's, row-major. Float16 is widened to float32, bool comes as bytes 0 and 1. */
export interface NumpyArray {
  /** NumPy's name without the byte order: "i4", "f8", "b1", or "O" for Python objects. */
  readonly type: string
  readonly shape: readonly number[]
  /** Of type "O": the objects. Lists of Python come as arrays, arrays inside as `NumpyArray`. */
  readonly values: TensorValues | readonly unknown[]
}

const types: Readonly<Record<string, DType>> = {
  b1: 'BOOL',
  i1: 'I8',
  u1: 'U8',
  i2: 'I16',
  u2: 'U16',
  i4: 'I32',
  u4: 'U32',
  i8: 'I64',
  u8: 'U64',
  f2: 'F16',
  f4: 'F32',
  f8: 'F64',
}

/** A type as NumPy writes it: "<i4", "|b1", ">f8", "|O". */
export interface NumpyType {
  readonly type: string
  readonly bigEndian: boolean
  /** Undefined for objects. */
  readonly stored: DType | undefined
}

/** Throws `unsupported-dtype` for texts, dates, complex numbers and records. */
export function numpyType(description: string, name: string): NumpyType {
  const [, order = '|', type = ''] = /^([<>|=]?)([A-Za-z]\d*)$/.exec(description) ?? []
  if (type === 'O' || type === 'O8') return { type: 'O', bigEndian: false, stored: undefined }
  if (!Object.hasOwn(types, type)) {
    throw new RepriseError(
      'unsupported-dtype',
      `${name} has values of NumPy type "${description.slice(0, 40)}"; read are ${Object.keys(types).join(', ')}. Convert it with astype.`,
    )
  }
  return { type, bigEndian: order === '>', stored: types[type]! }
}

/** How many values a shape holds. Throws `bad-file` when that is no count. */
export function sizeOf(shape: readonly number[], name: string): number {
  const size = shape.reduce((product, length) => product * length, 1)
  if (shape.length <= 32 && shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    if (Number.isSafeInteger(size)) return size
  }
  throw badFile(name, `its shape (${shape.slice(0, 8).join(', ')}) is impossible`)
}

/**
 * The array whose values lie in `bytes`, in row-major order whatever the order was. Nothing is allocated before the size
 * has been checked against `bytes`. Throws `bad-file` when they are too few.
 */
export function numpyArray(
  { type, bigEndian, stored }: NumpyType,
  shape: readonly number[],
  bytes: Uint8Array,
  columnMajor: boolean,
  name: string,
): NumpyArray {
  const width = widthOf(stored!)
  const size = sizeOf(shape, name)
  if (size * width > bytes.length) {
    throw badFile(name, `it is cut short: ${size} values of ${width} bytes in ${bytes.length} bytes`)
  }
  const own = bytes.subarray(0, size * width)
  const raw = viewOf(stored!, bigEndian && width > 1 ? swapped(own, width) : own)
  const values = stored === 'F16' ? widen('F16', raw) : raw
  return { type, shape, values: columnMajor && shape.length > 1 ? rowMajor(values, shape) : values }
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const result = new Uint8Array(bytes.length)
  for (let k = 0; k < bytes.length; k++) result[k] = bytes[k - (k % width) + width - 1 - (k % width)]!
  return result
}

/** Values whose first axis runs fastest, in the order in which the last one does. */
function rowMajor(values: TensorValues, shape: readonly number[]): TensorValues {
  const result = values.slice() as TensorValues & { [index: number]: unknown }
  const strides = shape.map((_, axis) =>
    shape.slice(0, axis).reduce((product, length) => product * length, 1),
  )
  const index = new Array<number>(shape.length).fill(0)
  let from = 0
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return result
}
