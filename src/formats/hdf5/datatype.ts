import { badFile } from '../bad-file.js'
import { type ByteReader, textOf } from './byte-reader.js'

/** What the elements of an attribute or data set are. */
export type Datatype = NumberType | StringType | VariableStringType | OpaqueType

export interface NumberType {
  readonly class: 'integer' | 'float'
  /** Bytes of one element. */
  readonly size: number
  readonly littleEndian: boolean
  readonly signed: boolean
  /** Of a float: where exponent and mantissa lie. */
  readonly float?: FloatBits
}

export interface FloatBits {
  readonly exponentSize: number
  readonly mantissaSize: number
  readonly bias: number
}

export interface StringType {
  readonly class: 'string'
  readonly size: number
}

export interface VariableStringType {
  readonly class: 'variableString'
  readonly size: number
}

/** Bytes without a meaning, as NumPy writes types of its own. */
export interface OpaqueType {
  readonly class: 'opaque'
  readonly size: number
}

export const bfloat16: NumberType = {
  class: 'float',
  size: 2,
  littleEndian: true,
  signed: true,
  float: { exponentSize: 8, mantissaSize: 7, bias: 127 },
}

const classNames: Readonly<Record<number, string>> = {
  2: 'time',
  4: 'bit field',
  6: 'compound',
  7: 'reference',
  10: 'array',
}

/** Reads a datatype message. Throws `bad-file` for types no model has. */
export function readDatatype(reader: ByteReader): Datatype {
  const classNumber = reader.byte() & 0x0f
  const bits = [reader.byte(), reader.byte(), reader.byte()] as const
  const size = reader.word()
  const littleEndian = (bits[0] & 1) === 0
  switch (classNumber) {
    case 0:
      reader.skip(4)
      return { class: 'integer', size, littleEndian, signed: (bits[0] & 8) !== 0 }
    case 1: {
      reader.skip(5)
      const exponentSize = reader.byte()
      reader.skip(1)
      const mantissaSize = reader.byte()
      const float = { exponentSize, mantissaSize, bias: reader.word() }
      return { class: 'float', size, littleEndian, signed: true, float }
    }
    case 3:
      return { class: 'string', size }
    case 5:
      return { class: 'opaque', size }
    case 8:
      return readDatatype(reader) // an enumeration, as booleans are, is its base type
    case 9:
      if ((bits[0] & 0x0f) === 1) return { class: 'variableString', size }
      throw badFile(reader.source.name, 'it has sequences of variable length, which no model has')
    default: {
      const name = classNames[classNumber] ?? `class ${classNumber}`
      throw badFile(reader.source.name, `it has values of type ${name}, which no model has`)
    }
  }
}

/** Elements as numbers. Float32 of this machine's byte order is copied; wider types are rounded. Throws `bad-file`. */
export function decodeNumbers(bytes: Uint8Array, type: Datatype, file: string): Float32Array {
  if (type.class !== 'integer' && type.class !== 'float') {
    throw badFile(file, `a weight holds ${type.class} values, not numbers`)
  }
  const { size, littleEndian, signed } = type
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read =
    type.class === 'float' ? floatReader(view, type) : integerReader(view, size, signed, littleEndian)
  if (!read) throw badFile(file, `a weight has ${type.class} values of ${size} bytes, which are not read`)
  const count = Math.floor(bytes.length / size)
  const values = new Float32Array(count)
  if (type.class === 'float' && size === 4 && littleEndian) {
    new Uint8Array(values.buffer).set(bytes)
    return values
  }
  for (let i = 0; i < count; i++) values[i] = read(i * size)
  return values
}

type Read = (at: number) => number

function integerReader(view: DataView, size: number, signed: boolean, little: boolean): Read | undefined {
  if (size === 1) return signed ? (at) => view.getInt8(at) : (at) => view.getUint8(at)
  if (size === 2) return signed ? (at) => view.getInt16(at, little) : (at) => view.getUint16(at, little)
  if (size === 4) return signed ? (at) => view.getInt32(at, little) : (at) => view.getUint32(at, little)
  if (size !== 8) return undefined
  return signed ? (at) => Number(view.getBigInt64(at, little)) : (at) => Number(view.getBigUint64(at, little))
}

function floatReader(view: DataView, { size, littleEndian, float }: NumberType): Read | undefined {
  const { exponentSize, mantissaSize, bias } = float!
  if (size === 8 && exponentSize === 11) return (at) => view.getFloat64(at, littleEndian)
  if (size === 4 && exponentSize === 8) return (at) => view.getFloat32(at, littleEndian)
  if (size !== 2 || exponentSize + mantissaSize !== 15) return undefined
  const largest = 2 ** exponentSize - 1
  return (at) => {
    const bits = view.getUint16(at, littleEndian)
    const sign = bits & 0x8000 ? -1 : 1
    const exponent = (bits >> mantissaSize) & largest
    const fraction = (bits & (2 ** mantissaSize - 1)) / 2 ** mantissaSize
    if (exponent === 0) return sign * fraction * 2 ** (1 - bias)
    if (exponent === largest) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
    return sign * (1 + fraction) * 2 ** (exponent - bias)
  }
}

/** Texts of fixed length, each up to its first zero. */
export function decodeFixedStrings(bytes: Uint8Array, size: number): string[] {
  const texts: string[] = []
  for (let at = 0; size > 0 && at + size <= bytes.length; at += size) {
    texts.push(textOf(bytes.subarray(at, at + size)))
  }
  return texts
}
