/**
 * A Protocol Buffers message being written: numbered fields one after the other. Holds pieces, so that large arrays are copied
 * once, by `bytes()`.
 *
 * Encoding: protobuf.dev/programming-guides/encoding.
 */
export class ProtobufMessage {
  private readonly pieces: Uint8Array[] = []
  /** Bytes written so far. */
  length = 0

  /** A varint field: int32, int64, bool, enum. Negative numbers take ten bytes, as the format has it. */
  integer(field: number, value: number | bigint): this {
    return this.put([...varint(tag(field, 0)), ...varint(BigInt(value))])
  }

  /** A 32-bit field: float. */
  float(field: number, value: number): this {
    const four = new Uint8Array(4)
    new DataView(four.buffer).setFloat32(0, value, true)
    return this.put([...varint(tag(field, 5)), ...four])
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value))
  }

  /** The bytes themselves are kept, not copied. */
  bytes(field: number, value: Uint8Array): this {
    this.put([...varint(tag(field, 2)), ...varint(BigInt(value.length))])
    return this.piece(value)
  }

  message(field: number, value: ProtobufMessage): this {
    this.put([...varint(tag(field, 2)), ...varint(BigInt(value.length))])
    for (const piece of value.pieces) this.piece(piece)
    return this
  }

  /** The whole message in one array. */
  finish(): Uint8Array {
    const result = new Uint8Array(this.length)
    let at = 0
    for (const piece of this.pieces) {
      result.set(piece, at)
      at += piece.length
    }
    return result
  }

  private put(bytes: readonly number[]): this {
    return this.piece(Uint8Array.from(bytes))
  }

  private piece(bytes: Uint8Array): this {
    this.pieces.push(bytes)
    this.length += bytes.length
    return this
  }
}

/** A value as it lies in a message: a number for varints, raw bytes for everything else. */
export type ProtobufValue = bigint | Uint8Array

/**
 * The fields of a message by number, each with its values in order. Throws a RangeError when the message is cut short or has a
 * wire type that the current format does not know.
 */
export function readProtobuf(bytes: Uint8Array): Map<number, ProtobufValue[]> {
  const fields = new Map<number, ProtobufValue[]>()
  let at = 0
  const number = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, value)
    }
    throw new RangeError('protobuf: a number is cut short or too long')
  }
  const raw = (length: number): Uint8Array => {
    if (length < 0 || at + length > bytes.length) throw new RangeError('protobuf: a field is cut short')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const key = Number(number())
    const wire = key % 8
    const value =
      wire === 0
        ? number()
        : wire === 1
          ? raw(8)
          : wire === 5
            ? raw(4)
            : wire === 2
              ? raw(Number(number()))
              : undefined
    if (value === undefined) throw new RangeError(`protobuf: wire type ${wire} is unknown`)
    const field = Math.floor(key / 8)
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return fields
}

function tag(field: number, wire: number): bigint {
  return BigInt(field * 8 + wire)
}

/** Seven bits a byte, lowest first. */
function varint(value: bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return bytes
}
