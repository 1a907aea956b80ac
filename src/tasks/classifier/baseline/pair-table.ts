/**
 * Numbers pairs of word numbers 0, 1, 2 … in the order in which they are added: an open-addressing table over two
 * 32-bit integers, several times faster than a Map of strings.
 */
export class PairTable {
  private slots = new Int32Array(1 << 12).fill(-1)
  private firsts = new Int32Array(1 << 11)
  private seconds = new Int32Array(1 << 11)
  size = 0

  /** The number of a pair, −1 when it is not there. */
  find(first: number, second: number): number {
    const { slots, firsts, seconds } = this
    const mask = slots.length - 1
    for (let slot = hash(first, second) & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot]!
      if (number < 0 || (firsts[number] === first && seconds[number] === second)) return number
    }
  }

  /** The number of a pair, a new one when it is not there. */
  add(first: number, second: number): number {
    const known = this.find(first, second)
    if (known >= 0) return known
    if (this.size === this.firsts.length) this.grow()
    const number = this.size++
    this.firsts[number] = first
    this.seconds[number] = second
    this.put(number)
    return number
  }

  first(number: number): number {
    return this.firsts[number]!
  }

  second(number: number): number {
    return this.seconds[number]!
  }

  private put(number: number): void {
    const { slots } = this
    const mask = slots.length - 1
    let slot = hash(this.firsts[number]!, this.seconds[number]!) & mask
    while (slots[slot]! >= 0) slot = (slot + 1) & mask
    slots[slot] = number
  }

  private grow(): void {
    const firsts = new Int32Array(this.size * 2)
    const seconds = new Int32Array(this.size * 2)
    firsts.set(this.firsts)
    seconds.set(this.seconds)
    this.firsts = firsts
    this.seconds = seconds
    this.slots = new Int32Array(this.slots.length * 2).fill(-1)
    for (let number = 0; number < this.size; number++) this.put(number)
  }
}

function hash(first: number, second: number): number {
  let h = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  return h ^ (h >>> 13)
}
