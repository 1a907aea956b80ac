const length = 624
const middle = 397

/**
 * MT19937, the generator behind NumPy's `RandomState` and Python's `random`: with it an order that Keras draws from a seed
 * can be drawn again, number for number. Everything of Reprise's own uses `RandomStream`.
 *
 * Matsumoto and Nishimura, “Mersenne twister”, ACM TOMACS 8(1), 1998.
 */
export class MersenneTwister {
  private readonly state = new Uint32Array(length)
  private position = length

  /** Seeded with one 32-bit number, or with an array of them. */
  constructor(seed: number | readonly number[]) {
    if (typeof seed === 'number') this.seed(seed)
    else this.seedArray(seed)
  }

  private seed(seed: number): void {
    const { state } = this
    state[0] = seed
    for (let i = 1; i < length; i++) {
      const before = state[i - 1]!
      state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i
    }
  }

  private seedArray(key: readonly number[]): void {
    this.seed(19650218)
    const { state } = this
    let i = 1
    let j = 0
    const next = () => {
      if (++i < length) return
      state[0] = state[length - 1]!
      i = 1
    }
    for (let k = Math.max(length, key.length); k > 0; k--) {
      const before = state[i - 1]!
      state[i] = (state[i]! ^ Math.imul(before ^ (before >>> 30), 1664525)) + key[j]! + j
      j = (j + 1) % key.length
      next()
    }
    for (let k = length - 1; k > 0; k--) {
      const before = state[i - 1]!
      state[i] = (state[i]! ^ Math.imul(before ^ (before >>> 30), 1566083941)) - i
      next()
    }
    state[0] = 0x80000000
  }

  /** The next 32 random bits, unsigned. */
  word(): number {
    if (this.position === length) this.twist()
    let y = this.state[this.position++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  private twist(): void {
    const { state } = this
    for (let i = 0; i < length; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % length]! & 0x7fffffff)
      state[i] = state[(i + middle) % length]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
    }
    this.position = 0
  }
}
