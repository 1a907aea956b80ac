/** A growing list of ids; `take` hands them over and starts again. */
export class IdBuffer {
  data = new Int32Array(1024)
  length = 0

  push(id: number): void {
    if (this.length === this.data.length) this.reserve(1)
    this.data[this.length++] = id
  }

  /** Makes room for `more` ids to be written into `data` directly. */
  reserve(more: number): void {
    if (this.length + more <= this.data.length) return
    const larger = new Int32Array(Math.max(this.data.length * 2, this.length + more))
    larger.set(this.data.subarray(0, this.length))
    this.data = larger
  }

  take(): Int32Array {
    const ids = this.data.slice(0, this.length)
    this.length = 0
    return ids
  }
}
