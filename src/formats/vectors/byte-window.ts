/** Bytes that arrive in pieces, seen through a window that grows as long as it must and no longer. */
export class ByteWindow {
  private buffer = new Uint8Array(1 << 19)
  private begin = 0
  private end = 0
  private consumed = 0
  private readonly chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>

  constructor(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
    this.chunks = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  }

  /** What is there and was not taken. Valid until the next `fill`. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(this.begin, this.end)
  }

  get length(): number {
    return this.end - this.begin
  }

  /** Bytes taken since the beginning. */
  get position(): number {
    return this.consumed
  }

  take(count: number): void {
    this.begin += count
    this.consumed += count
  }

  /** Adds the next piece; false when there is none. */
  async fill(): Promise<boolean> {
    const { done, value } = await this.chunks.next()
    if (done) return false
    const length = this.length
    if (this.end + value.length > this.buffer.length) {
      const roomy =
        length + value.length > this.buffer.length / 2
          ? new Uint8Array(2 * (length + value.length))
          : this.buffer
      if (roomy === this.buffer) roomy.copyWithin(0, this.begin, this.end)
      else roomy.set(this.bytes)
      this.buffer = roomy
      this.begin = 0
      this.end = length
    }
    this.buffer.set(value, this.end)
    this.end += value.length
    return true
  }

  /** Waits until `count` bytes are there; false when the end comes before. */
  async ensure(count: number): Promise<boolean> {
    while (this.length < count) if (!(await this.fill())) return false
    return true
  }

  /** Lets go of the source before its end. */
  async close(): Promise<void> {
    await this.chunks.return?.()
  }
}
