/** Bytes that grow at the end; places that were reserved can be filled later. */
export class ByteWriter {
  private buffer = new Uint8Array(1 << 16)
  private view = new DataView(this.buffer.buffer)
  private at = 0
  private end = 0

  /** Where the next byte goes. */
  get length(): number {
    return this.at
  }

  private advance(count: number): number {
    const begin = this.at
    this.at += count
    if (this.at > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.at, 2 * this.buffer.length))
      larger.set(this.buffer.subarray(0, this.end))
      this.buffer = larger
      this.view = new DataView(larger.buffer)
    }
    this.end = Math.max(this.end, this.at)
    return begin
  }

  byte(value: number): this {
    const at = this.advance(1)
    this.view.setUint8(at, value)
    return this
  }

  short(value: number): this {
    const at = this.advance(2)
    this.view.setUint16(at, value, true)
    return this
  }

  word(value: number): this {
    const at = this.advance(4)
    this.view.setUint32(at, value, true)
    return this
  }

  /** Eight bytes: an address or a length; undefined is HDF5's "nowhere". */
  address(value: number | undefined): this {
    const at = this.advance(8)
    this.view.setBigUint64(at, value === undefined ? 2n ** 64n - 1n : BigInt(value), true)
    return this
  }

  bytes(content: Uint8Array): this {
    const at = this.advance(content.length)
    this.buffer.set(content, at)
    return this
  }

  text(ascii: string): this {
    return this.bytes(new TextEncoder().encode(ascii))
  }

  /** Zeros up to a place. */
  padTo(place: number): this {
    this.advance(place - this.at)
    return this
  }

  /** Zeros up to a multiple of 8. */
  align(): this {
    return this.padTo(Math.ceil(this.at / 8) * 8)
  }

  /** Leaves room, and gives its place for `within`. */
  reserve(count: number): number {
    return this.advance(count)
  }

  /** Writes at a place that was reserved. */
  within(place: number, write: () => void): void {
    const { at } = this
    this.at = place
    write()
    this.at = at
  }

  finish(): Uint8Array {
    return this.buffer.slice(0, this.end)
  }
}
