import { longestShortWord, ShortWordTable } from './short-word-table.js'

/**
 * A hash table from words, given as code points, to the order in which they were added.
 *
 * Words are compared where they lie, so looking one up makes no string: several times faster than a `Map`. Short words of
 * ASCII, nearly all of an English text, have a table of their own, see `ShortWordTable`.
 */
export class WordTable {
  size = 0
  private readonly short = new ShortWordTable()
  /** What `pack` made of a word. */
  private first = 0
  private second = 0
  private third = 0
  /** Words that are not in `short`. */
  private long = 0
  /** Of each slot the hash of such a word and where its record begins, −1 for none: one line of cache tells most words apart. */
  private slots = new Int32Array(1 << 13).fill(-1)
  /** Of every word: a record is its number, its length and its letters, so that a hit reads one place. */
  private records = new Uint32Array(1 << 14)
  private recordsLength = 0
  /** Where the record of word `i` begins. */
  private starts = new Int32Array(1 << 11)

  /** The number of the word `block[begin, end)`, or −1. */
  find(block: Uint32Array, begin: number, end: number): number {
    if (this.pack(block, begin, end)) return this.short.find(this.first, this.second, this.third)
    const code = hash(block, begin, end)
    const record = this.slots[this.slotOf(block, begin, end, code) + 1]!
    return record < 0 ? -1 : this.records[record]!
  }

  /** The number of the word; a new one gets the next number. */
  add(block: Uint32Array, begin: number, end: number): number {
    if (this.pack(block, begin, end)) return this.addShort(this.first, this.second, this.third)
    const code = hash(block, begin, end)
    const slot = this.slotOf(block, begin, end, code)
    const found = this.slots[slot + 1]!
    return found >= 0 ? this.records[found]! : this.insert(block, begin, end, code, slot)
  }

  /** `find` for a word of up to 12 ASCII characters, packed as `ShortWordTable` has it. */
  findShort(first: number, second: number, third: number): number {
    return this.short.find(first, second, third)
  }

  /** `add` for such a word. */
  addShort(first: number, second: number, third: number): number {
    const found = this.short.find(first, second, third)
    return found >= 0 ? found : this.insertShort(first, second, third)
  }

  addString(word: string): number {
    const points = Uint32Array.from(word, (character) => character.codePointAt(0)!)
    return this.add(points, 0, points.length)
  }

  /** The code points of a word; a view that the next `add` may make stale. */
  wordAt(number: number): Uint32Array {
    const letters = this.starts[number]! + headLength
    return this.records.subarray(letters, letters + this.records[letters - 1]!)
  }

  /** Packs a short word of ASCII into `first`, `second` and `third`; false for any other. */
  private pack(block: Uint32Array, begin: number, end: number): boolean {
    const length = end - begin
    if (length > longestShortWord || length === 0) return false
    let all = 0
    let packed = 0
    for (let i = end - 1; i >= begin; i--) {
      const c = block[i]!
      // All bits for NUL, which a packed word cannot have.
      all |= c | (c - 1)
      packed = (packed << 8) | c
      const place = i - begin
      if (place === 8) {
        this.third = packed
        packed = 0
      } else if (place === 4) {
        this.second = packed
        packed = 0
      }
    }
    this.first = packed
    if (length <= 8) this.third = 0
    if (length <= 4) this.second = 0
    return (all & ~0x7f) === 0
  }

  private insertShort(first: number, second: number, third: number): number {
    const letters = new Uint32Array(longestShortWord)
    let length = 0
    for (const packed of [first, second, third]) {
      for (let rest = packed; rest !== 0; rest >>>= 8) letters[length++] = rest & 0xff
    }
    this.short.insert(first, second, third, this.size)
    this.store(letters, 0, length)
    return this.size - 1
  }

  /** The place in `slots` of the word, or where it would go. */
  private slotOf(block: Uint32Array, begin: number, end: number, code: number): number {
    const { slots, records } = this
    const mask = slots.length - 1
    const length = end - begin
    for (let slot = (code << 1) & mask; ; slot = (slot + 2) & mask) {
      const record = slots[slot + 1]!
      if (record < 0) return slot
      if (slots[slot] !== code || records[record + 1] !== length) continue
      let i = begin
      let j = record + headLength
      while (i < end && block[i] === records[j]) {
        i++
        j++
      }
      if (i === end) return slot
    }
  }

  private insert(block: Uint32Array, begin: number, end: number, code: number, slot: number): number {
    const record = this.store(block, begin, end)
    this.slots[slot] = code
    this.slots[slot + 1] = record
    if (++this.long * 4 > this.slots.length) this.growSlots()
    return this.size - 1
  }

  /** Writes the record of a new word; gives its place. */
  private store(block: Uint32Array, begin: number, end: number): number {
    const number = this.size++
    const record = this.recordsLength
    this.recordsLength += headLength + end - begin
    if (this.recordsLength > this.records.length) {
      const larger = new Uint32Array(Math.max(this.records.length * 2, this.recordsLength))
      larger.set(this.records.subarray(0, record))
      this.records = larger
    }
    this.records[record] = number
    this.records[record + 1] = end - begin
    this.records.set(block.subarray(begin, end), record + headLength)
    if (number >= this.starts.length) {
      const larger = new Int32Array(this.starts.length * 2)
      larger.set(this.starts)
      this.starts = larger
    }
    this.starts[number] = record
    return record
  }

  private growSlots(): void {
    const before = this.slots
    const slots = new Int32Array(before.length * 2).fill(-1)
    const mask = slots.length - 1
    for (let old = 0; old < before.length; old += 2) {
      if (before[old + 1]! < 0) continue
      let slot = (before[old]! << 1) & mask
      while (slots[slot + 1]! >= 0) slot = (slot + 2) & mask
      slots[slot] = before[old]!
      slots[slot + 1] = before[old + 1]!
    }
    this.slots = slots
  }
}

/** Number and length. */
const headLength = 2

/** FNV-1a over code points, its high bits folded into the low ones that choose the slot. */
function hash(block: Uint32Array, begin: number, end: number): number {
  let code = 0x811c9dc5 | 0
  for (let i = begin; i < end; i++) code = Math.imul(code ^ block[i]!, 0x01000193)
  code = Math.imul(code ^ (code >>> 15), 0x2c1b3c6d)
  return code ^ (code >>> 13)
}
