import { RepriseError } from './errors.js'

/** Four 32-bit words: the block a counter and a key give. */
export type PhiloxBlock = readonly [number, number, number, number]

const multiplier0 = 0xd2511f53
const multiplier1 = 0xcd9e8d57
const weyl0 = 0x9e3779b9
const weyl1 = 0xbb67ae85
const rounds = 10

/** The upper 32 bits (signed) of the 64-bit product of two 32-bit integers taken as unsigned. Integer arithmetic only. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  // Neither sum passes 2³², and the product of two halves modulo 2³² is the product.
  const middle = Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)
  const carry = Math.imul(aLow, bHigh) + (middle & 0xffff)
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0
}

/**
 * Philox4x32-10: a counter of four words and a key of two give four random words (unsigned).
 *
 * Salmon, Moraes, Dror, Shaw, “Parallel random numbers: as easy as 1, 2, 3”, SC 2011.
 */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): PhiloxBlock {
  const [c0, c1, c2, c3] = counter
  const block = new Uint32Array(4)
  fillBlock(block, c0, c1, c2, c3, key)
  return [block[0]!, block[1]!, block[2]!, block[3]!]
}

/** `philox` without a new array for each block: large layers draw a million. */
function fillBlock(
  block: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  key: readonly [number, number],
): void {
  let [k0, k1] = key
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(multiplier0, c0)
    const high1 = multiplyHigh(multiplier1, c2)
    const low0 = Math.imul(multiplier0, c0)
    const low1 = Math.imul(multiplier1, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + weyl0) | 0
    k1 = (k1 + weyl1) | 0
  }
  block[0] = c0
  block[1] = c1
  block[2] = c2
  block[3] = c3
}

/** The uniform number in [0, 1) of one random word: its upper 24 bits, so that float32 holds it exactly. */
export function uniform(word: number): number {
  return (word >>> 8) * 2 ** -24
}

/** Everything needed to go on drawing where a stream stopped; plain JSON. */
export interface RandomState {
  readonly seed: number
  readonly name: string
  /** Random words drawn so far. */
  readonly position: number
}

/**
 * A named stream of random numbers: the same seed and name always give the same sequence, and streams of different
 * names are independent, so that drawing more in one place never changes another.
 *
 * Word e is word e % 4 of the Philox block with key = seed and counter = (⌊e/4⌋, stream, ⌊e/2³⁴⌋, 0), where stream is
 * a hash of the name with its top bit set: commands of a program number their draws from 0 and never meet it.
 *
 * ```ts
 * const random = new RandomStream(7, 'shuffle')
 * const order = random.permutation(1000)
 * const later = RandomStream.from(random.state())
 * ```
 */
export class RandomStream {
  private readonly key: readonly [number, number]
  private readonly stream: number
  private readonly block = new Uint32Array(4)
  private blockIndex = -1

  /** `seed` is an integer in 0 … 2⁵³−1. Throws `RepriseError` code `option` for anything else. */
  constructor(
    readonly seed: number,
    readonly name: string,
    private position = 0,
  ) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RepriseError('option', `seed: expected an integer from 0 to 2^53 - 1, got ${seed}.`)
    }
    this.key = [seed >>> 0, Math.floor(seed / 2 ** 32)]
    this.stream = (hashName(name) | 0x80000000) >>> 0
  }

  static from(state: RandomState): RandomStream {
    return new RandomStream(state.seed, state.name, state.position)
  }

  state(): RandomState {
    return { seed: this.seed, name: this.name, position: this.position }
  }

  /** The next random word, an integer in 0 … 2³²−1. */
  word(): number {
    const index = Math.floor(this.position / 4)
    if (index !== this.blockIndex) {
      fillBlock(this.block, index >>> 0, this.stream, Math.floor(index / 2 ** 32), 0, this.key)
      this.blockIndex = index
    }
    return this.block[this.position++ % 4]!
  }

  /** Uniform in [low, high), 24 random bits. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * uniform(this.word())
  }

  /** Normal with the given mean and standard deviation (Box–Muller, two words a number). */
  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Integer in 0 … below−1, each equally likely. Throws `RangeError` unless 1 ≤ below ≤ 2³². */
  integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) {
      throw new RangeError(`RandomStream.integer: expected a bound from 1 to 2^32, got ${below}`)
    }
    const accepted = 2 ** 32 - (2 ** 32 % below)
    let word = this.word()
    while (word >= accepted) word = this.word()
    return word % below
  }

  /** The integers 0 … length−1 in random order (Fisher–Yates). */
  permutation(length: number): Uint32Array {
    const order = Uint32Array.from({ length }, (_, i) => i)
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const kept = order[i]!
      order[i] = order[j]!
      order[j] = kept
    }
    return order
  }
}

/** FNV-1a over the UTF-16 units of a name. */
function hashName(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
