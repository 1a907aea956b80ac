/** A buffer to be placed: its size in elements and the first and last command index at which it must hold its values. */
export interface Lifetime {
  readonly size: number
  readonly first: number
  readonly last: number
}

export interface Plan {
  /** Offset of each buffer, in elements. */
  readonly offsets: readonly number[]
  /** Elements of the whole arena. */
  readonly length: number
}

const alignment = 16 // elements: 64 bytes

/**
 * Places buffers in one arena so that those alive at the same time never overlap: largest first, each in the smallest gap
 * that fits (greedy by size, as in Pisarchyk & Lee 2020).
 */
export function planArena(buffers: readonly Lifetime[]): Plan {
  const offsets = new Array<number>(buffers.length).fill(0)
  const order = buffers.map((_, index) => index)
  order.sort((p, q) => buffers[q]!.size - buffers[p]!.size || buffers[p]!.first - buffers[q]!.first || p - q)
  const placed = new PlacedBuffers(buffers.length)
  let length = 0
  for (const index of order) {
    const buffer = buffers[index]!
    const size = Math.ceil(buffer.size / alignment) * alignment
    const begin = placed.place(size, buffer.first, buffer.last)
    offsets[index] = begin
    length = Math.max(length, begin + size)
  }
  return { offsets, length }
}

/**
 * Buffers by offset. Each new one looks at all before it, which an unrolled network has ten thousands of: in typed arrays
 * side by side a look costs a nanosecond, a fifth of what it costs in objects.
 */
class PlacedBuffers {
  private count = 0
  private readonly begins: Float64Array
  private readonly ends: Float64Array
  private readonly firsts: Int32Array
  private readonly lasts: Int32Array

  constructor(capacity: number) {
    this.begins = new Float64Array(capacity)
    this.ends = new Float64Array(capacity)
    this.firsts = new Int32Array(capacity)
    this.lasts = new Int32Array(capacity)
  }

  /** Takes the smallest gap that fits among buffers alive from `first` to `last`, the lowest of equal ones; returns it. */
  place(size: number, first: number, last: number): number {
    const { begins, ends, firsts, lasts, count } = this
    let best = -1
    let bestGap = Number.POSITIVE_INFINITY
    let cursor = 0
    for (let k = 0; k < count; k++) {
      if (lasts[k]! < first || firsts[k]! > last) continue
      const gap = begins[k]! - cursor
      if (gap >= size && gap < bestGap) {
        best = cursor
        bestGap = gap
      }
      const end = ends[k]!
      if (end > cursor) cursor = end
    }
    const begin = best >= 0 ? best : cursor
    this.insert(begin, begin + size, first, last)
    return begin
  }

  private insert(begin: number, end: number, first: number, last: number): void {
    const { begins, ends, firsts, lasts } = this
    const count = this.count++
    let low = 0
    let high = count
    while (low < high) {
      const middle = (low + high) >> 1
      if (begins[middle]! > begin) high = middle
      else low = middle + 1
    }
    for (const values of [begins, ends, firsts, lasts]) values.copyWithin(low + 1, low, count)
    begins[low] = begin
    ends[low] = end
    firsts[low] = first
    lasts[low] = last
  }
}
