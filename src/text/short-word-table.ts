/**
 * A hash table from words of 1 to 12 ASCII characters to numbers.
 *
 * A word is three integers of four characters each, the first in the lowest byte, 0 where it has ended. It lies in the
 * table as it is, beside its number: most looks at it take one line of the processor's cache, and no letters are compared
 * one by one. NUL cannot be in a word.
 */
export class ShortWordTable {
  private size = 0
  /** Of each slot the three integers and the number; the first integer is 0 where there is no word. */
  private slots = new Int32Array(slotLength << 11)

  /** The number of the word, or −1. */
  find(first: number, second: number, third: number): number {
    const { slots } = this
    const mask = slots.length - 1
    let slot = (hash(first, second, third) << slotBits) & mask
    for (;;) {
      const found = slots[slot]!
      if (found === first && slots[slot + 1] === second && slots[slot + 2] === third) return slots[slot + 3]!
      if (found === 0) return -1
      slot = (slot + slotLength) & mask
    }
  }

  /** Puts in a word that is not there yet. */
  insert(first: number, second: number, third: number, number: number): void {
    // Two thirds: frequent words come first and lie where their hash says, however full the table is.
    if (++this.size * 3 * slotLength > this.slots.length * 2) this.grow()
    put(this.slots, first, second, third, number)
  }

  private grow(): void {
    const before = this.slots
    this.slots = new Int32Array(before.length * 2)
    for (let old = 0; old < before.length; old += slotLength) {
      if (before[old] === 0) continue
      put(this.slots, before[old]!, before[old + 1]!, before[old + 2]!, before[old + 3]!)
    }
  }
}

/** Characters a word of this table may have. */
export const longestShortWord = 12

const slotLength = 4
const slotBits = 2

function put(slots: Int32Array, first: number, second: number, third: number, number: number): void {
  const mask = slots.length - 1
  let slot = (hash(first, second, third) << slotBits) & mask
  while (slots[slot] !== 0) slot = (slot + slotLength) & mask
  slots[slot] = first
  slots[slot + 1] = second
  slots[slot + 2] = third
  slots[slot + 3] = number
}

/** Products with odd numbers carry every bit up; the shifts bring it down to those that choose the slot. */
function hash(first: number, second: number, third: number): number {
  let code = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b) ^ Math.imul(third, 0xc2b2ae35)
  code = Math.imul(code ^ (code >>> 15), 0x2c1b3c6d)
  return code ^ (code >>> 13)
}
