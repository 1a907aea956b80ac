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
  const placed: { begin: number; end: number; buffer: Lifetime }[] = [] // sorted by begin
  let length = 0
  for (const index of order) {
    const buffer = buffers[index]!
    const size = Math.ceil(buffer.size / alignment) * alignment
    let best = -1
    let bestGap = Number.POSITIVE_INFINITY
    let cursor = 0
    for (const other of placed) {
      if (other.buffer.last < buffer.first || other.buffer.first > buffer.last) continue
      const gap = other.begin - cursor
      if (gap >= size && gap < bestGap) {
        best = cursor
        bestGap = gap
      }
      cursor = Math.max(cursor, other.end)
    }
    const begin = best >= 0 ? best : cursor
    offsets[index] = begin
    length = Math.max(length, begin + size)
    let at = placed.length
    while (at > 0 && placed[at - 1]!.begin > begin) at--
    placed.splice(at, 0, { begin, end: begin + size, buffer })
  }
  return { offsets, length }
}
