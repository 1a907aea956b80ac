/** Counts pairs of numbers: a hash table in typed arrays, several times smaller and faster than a `Map` for millions of them. */
export class PairCounter {
  private size = 0
  private first = new Int32Array(1 << 14)
  private second = new Int32Array(1 << 14)
  private counts = new Uint32Array(1 << 14)

  add(first: number, second: number): void {
    const slot = this.slotOf(first, second)
    if (this.counts[slot] === 0) {
      this.first[slot] = first
      this.second[slot] = second
      this.size++
    }
    this.counts[slot]!++
    if (this.size * 2 > this.counts.length) this.grow()
  }

  /** Pairs seen at least `least` times, the most frequent first, equals by their numbers; `most` of them. */
  frequent(least: number, most: number): [first: number, second: number][] {
    const { first, second, counts } = this
    const found: number[] = []
    for (let slot = 0; slot < counts.length; slot++) if (counts[slot]! >= least) found.push(slot)
    found.sort((a, b) => counts[b]! - counts[a]! || first[a]! - first[b]! || second[a]! - second[b]!)
    return found.slice(0, most).map((slot) => [first[slot]!, second[slot]!])
  }

  /** Where the pair is, or where it would go. */
  private slotOf(first: number, second: number): number {
    const mask = this.counts.length - 1
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)
    hash ^= hash >>> 15
    let slot = Math.imul(hash, 0x2c1b3c6d) & mask
    while (this.counts[slot] !== 0 && (this.first[slot] !== first || this.second[slot] !== second))
      slot = (slot + 1) & mask
    return slot
  }

  private grow(): void {
    const { first, second, counts } = this
    this.first = new Int32Array(counts.length * 2)
    this.second = new Int32Array(counts.length * 2)
    this.counts = new Uint32Array(counts.length * 2)
    for (let old = 0; old < counts.length; old++) {
      if (counts[old] === 0) continue
      const slot = this.slotOf(first[old]!, second[old]!)
      this.first[slot] = first[old]!
      this.second[slot] = second[old]!
      this.counts[slot] = counts[old]!
    }
  }
}
