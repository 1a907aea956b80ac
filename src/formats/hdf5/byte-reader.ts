import { badFile } from '../bad-file.js'

/** A place in an HDF5 file that moves as fields are read; nothing is read beyond its end. */
export class ByteReader {
  private readonly view: DataView

  constructor(
    readonly source: Hdf5Source,
    public at: number,
    /** Where the part it may read ends. */
    readonly end: number = source.bytes.length,
  ) {
    const { bytes } = source
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (!(at >= 0 && at <= end && end <= bytes.length)) {
      throw badFile(source.name, `it is cut short or damaged: something should lie at byte ${at}`)
    }
  }

  private advance(count: number): number {
    const begin = this.at
    if (!(count >= 0 && begin + count <= this.end)) {
      throw badFile(this.source.name, `it is cut short or damaged at byte ${begin}`)
    }
    this.at += count
    return begin
  }

  skip(count: number): this {
    this.advance(count)
    return this
  }

  byte(): number {
    return this.view.getUint8(this.advance(1))
  }

  short(): number {
    return this.view.getUint16(this.advance(2), true)
  }

  word(): number {
    return this.view.getUint32(this.advance(4), true)
  }

  /** An unsigned number of 1, 2, 4 or 8 bytes; one beyond the exact integers comes out too large for anything. */
  number(width: number): number {
    if (width === 1) return this.byte()
    if (width === 2) return this.short()
    if (width === 4) return this.word()
    return Number(this.view.getBigUint64(this.advance(8), true))
  }

  length(): number {
    return this.number(this.source.lengthBytes)
  }

  /** The address of something in the file; undefined when there is nothing. */
  address(): number | undefined {
    const width = this.source.offsetBytes
    const value = this.number(width)
    if (value >= (width === 8 ? 2 ** 63 : 2 ** (8 * width) - 1)) return undefined
    return value
  }

  take(count: number): Uint8Array {
    const begin = this.advance(count)
    return this.source.bytes.subarray(begin, begin + count)
  }

  /** Four letters that say what follows. Throws `bad-file` for others. */
  signature(expected: string): this {
    const found = String.fromCharCode(...this.take(4))
    if (found === expected) return this
    throw badFile(
      this.source.name,
      `it is damaged: ${expected} is missing at byte ${this.at - 4}, a part of an HDF5 file`,
    )
  }
}

/** The bytes of a file and what its superblock says of numbers in it. */
export interface Hdf5Source {
  readonly bytes: Uint8Array
  /** For messages. */
  readonly name: string
  readonly offsetBytes: number
  readonly lengthBytes: number
}

/** Text up to the first zero. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
}
