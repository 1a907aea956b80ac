/**
 * A hash table from words, given as code points, to the order in which they were added.
 *
 * Words are compared where they lie, so looking one up makes no string: several times faster than a `Map`.
 */
export class WordTable {
  size = 0
  private slots = new Int32Array(1 << 12).fill(-1)
  private hashes = new Int32Array(1 << 11)
  /** Word `i` is `letters[starts[i] … starts[i + 1])`. */
  private starts = new Float64Array((1 << 11) + 1)
  private letters = new Uint32Array(1 << 14)

  /** The number of the word `block[begin, end)`, or −1. */
  find(block: Uint32Array, begin: number, end: number): number {
    return this.slots[this.slotOf(block, begin, end, hash(block, begin, end))]!
  }

  /** The number of the word; a new one gets the next number. */
  add(block: Uint32Array, begin: number, end: number): number {
    const code = hash(block, begin, end)
    const slot = this.slotOf(block, begin, end, code)
    const found = this.slots[slot]!
    if (found >= 0) return found
    const number = this.size++
    if (number >= this.hashes.length) this.growWords()
    const start = this.starts[number]!
    const stop = start + end - begin
    if (stop > this.letters.length) {
      const larger = new Uint32Array(Math.max(this.letters.length * 2, stop))
      larger.set(this.letters.subarray(0, start))
      this.letters = larger
    }
    this.letters.set(block.subarray(begin, end), start)
    this.starts[number + 1] = stop
    this.hashes[number] = code
    this.slots[slot] = number
    if (this.size * 2 > this.slots.length) this.growSlots()
    return number
  }

  addString(word: string): number {
    const points = Uint32Array.from(word, (character) => character.codePointAt(0)!)
    return this.add(points, 0, points.length)
  }

  /** The code points of a word; a view that the next `add` may make stale. */
  wordAt(number: number): Uint32Array {
    return this.letters.subarray(this.starts[number]!, this.starts[number + 1]!)
  }

  private slotOf(block: Uint32Array, begin: number, end: number, code: number): number {
    const { slots, hashes, starts, letters } = this
    const mask = slots.length - 1
    let slot = code & mask
    for (;;) {
      const number = slots[slot]!
      if (number < 0) return slot
      if (hashes[number] === code) {
        const start = starts[number]!
        if (starts[number + 1]! - start === end - begin) {
          let i = begin
          let j = start
          while (i < end && block[i] === letters[j]) {
            i++
            j++
          }
          if (i === end) return slot
        }
      }
      slot = (slot + 1) & mask
    }
  }

  private growWords(): void {
    const hashes = new Int32Array(this.hashes.length * 2)
    hashes.set(this.hashes)
    this.hashes = hashes
    const starts = new Float64Array(hashes.length + 1)
    starts.set(this.starts)
    this.starts = starts
  }

  private growSlots(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (let number = 0; number < this.size; number++) {
      let slot = this.hashes[number]! & mask
      while (slots[slot]! >= 0) slot = (slot + 1) & mask
      slots[slot] = number
    }
    this.slots = slots
  }
}

/** FNV-1a over code points, its high bits folded into the low ones that choose the slot. */
function hash(block: Uint32Array, begin: number, end: number): number {
  let code = 0x811c9dc5 | 0
  for (let i = begin; i < end; i++) code = Math.imul(code ^ block[i]!, 0x01000193)
  code = Math.imul(code ^ (code >>> 15), 0x2c1b3c6d)
  return code ^ (code >>> 13)
}
