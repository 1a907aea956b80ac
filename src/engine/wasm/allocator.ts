/** A stretch of addresses nobody uses. */
interface Gap {
  address: number
  bytes: number
}

const alignment = 64

/**
 * Hands out 64-byte aligned stretches of the addresses from `start` to a limit that may move up. Best fit over a sorted
 * list of gaps; neighbouring gaps are merged. It knows addresses only and touches no memory.
 */
export class Allocator {
  private readonly gaps: Gap[] = []
  private readonly sizes = new Map<number, number>()
  private limit: number
  private used = 0

  /** `extend(bytes)` is asked for at least that many more addresses at the end and returns how many it got. */
  constructor(
    start: number,
    limit: number,
    private readonly extend: (bytes: number) => number,
  ) {
    const address = Math.ceil(start / alignment) * alignment
    this.limit = limit
    if (limit > address) this.gaps.push({ address, bytes: limit - address })
  }

  /** Bytes handed out at present, after rounding. */
  get usedBytes(): number {
    return this.used
  }

  /** Returns the address of `bytes` free bytes, or undefined when there is no room and none can be got. */
  allocate(bytes: number): number | undefined {
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment)
    let best = this.bestFit(size)
    if (best < 0) {
      if (!this.grow(size)) return undefined
      best = this.bestFit(size)
      if (best < 0) return undefined
    }
    const gap = this.gaps[best]!
    const address = gap.address
    gap.address += size
    gap.bytes -= size
    if (gap.bytes === 0) this.gaps.splice(best, 1)
    this.sizes.set(address, size)
    this.used += size
    return address
  }

  /** Gives back what `allocate` returned. Throws when `address` is not in use. */
  free(address: number): void {
    const bytes = this.sizes.get(address)
    if (bytes === undefined) throw new Error(`address ${address} is not allocated`)
    this.sizes.delete(address)
    this.used -= bytes
    this.insert(address, bytes)
  }

  private bestFit(size: number): number {
    let best = -1
    for (const [index, gap] of this.gaps.entries()) {
      if (gap.bytes >= size && (best < 0 || gap.bytes < this.gaps[best]!.bytes)) best = index
    }
    return best
  }

  private grow(size: number): boolean {
    const last = this.gaps.at(-1)
    const tail = last && last.address + last.bytes === this.limit ? last.bytes : 0
    const got = this.extend(size - tail)
    if (got <= 0) return false
    this.insert(this.limit, got)
    this.limit += got
    return true
  }

  private insert(address: number, bytes: number): void {
    const after = this.gaps.findIndex((gap) => gap.address > address)
    const index = after < 0 ? this.gaps.length : after
    const previous = this.gaps[index - 1]
    const next = this.gaps[index]
    const joinsPrevious = previous !== undefined && previous.address + previous.bytes === address
    const joinsNext = next !== undefined && address + bytes === next.address
    if (joinsPrevious) {
      previous.bytes += bytes
      if (joinsNext) {
        previous.bytes += next.bytes
        this.gaps.splice(index, 1)
      }
    } else if (joinsNext) {
      next.address = address
      next.bytes += bytes
    } else {
      this.gaps.splice(index, 0, { address, bytes })
    }
  }
}
