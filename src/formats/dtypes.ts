/** The number types of safetensors that Reprise reads and writes. */

/** All arrays are little-endian, as the file is and as every machine that runs JavaScript engines of today is. */
const arrays = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const

export type DType = keyof typeof arrays
export type TensorValues =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array

export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(arrays, value)
}

/** Bytes per value. */
export function widthOf(dtype: DType): number {
  return arrays[dtype].BYTES_PER_ELEMENT
}

/** The type these values have when nothing else is said. */
export function dtypeOf(values: TensorValues): DType {
  for (const dtype of ['F64', 'F32', 'I64', 'U64', 'I32', 'U32', 'I16', 'U16', 'I8', 'U8'] as const) {
    if (values instanceof arrays[dtype]) return dtype
  }
  throw new TypeError('not a typed array')
}

/** `bytes` as values of the type: a view where they are aligned for it, else a copy. */
export function viewOf(dtype: DType, bytes: Uint8Array): TensorValues {
  const width = widthOf(dtype)
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes)
  return new arrays[dtype](aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / width)
}

/** The numbers as float32; F16 and BF16 are exact, wider types are rounded. */
export function widen(dtype: DType, values: TensorValues): Float32Array {
  if (values instanceof Float32Array) return values
  const result = new Float32Array(values.length)
  if (dtype === 'BF16') {
    const bits = new Uint32Array(result.buffer)
    for (let i = 0; i < bits.length; i++) bits[i] = Number(values[i]) << 16
  } else if (dtype === 'F16') {
    for (let i = 0; i < result.length; i++) result[i] = fromHalf(Number(values[i]))
  } else {
    for (let i = 0; i < result.length; i++) result[i] = Number(values[i])
  }
  return result
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
