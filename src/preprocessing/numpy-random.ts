import { RepriseError } from '../errors.js'
import { MersenneTwister } from './mersenne-twister.js'

/**
 * The part of NumPy's legacy `numpy.random.RandomState(seed)` that Keras shuffles with. The same seed gives the same order
 * as in Python, so a split or an order published with Keras can be had again.
 *
 * @example
 * const order = Int32Array.from({ length: 5 }, (_, i) => i)
 * new NumpyRandom(113).shuffle(order) // as numpy.random.RandomState(113).shuffle(order)
 */
export class NumpyRandom {
  private readonly twister: MersenneTwister

  /** `seed` is an integer in 0 … 2³²−1. Throws `option` for anything else. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
      throw new RepriseError('option', `seed: expected an integer from 0 to 2^32 - 1, got ${seed}`)
    }
    this.twister = new MersenneTwister(seed)
  }

  /** An integer in 0 … `largest`, each equally likely; `largest` is below 2³². */
  interval(largest: number): number {
    if (largest === 0) return 0
    const mask = 0xffffffff >>> Math.clz32(largest)
    let value = (this.twister.word() & mask) >>> 0
    while (value > largest) value = (this.twister.word() & mask) >>> 0
    return value
  }

  /** Shuffles in place; returns what it was given. */
  shuffle<Values extends unknown[] | Int32Array>(values: Values): Values {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.interval(i)
      const kept = values[i]!
      values[i] = values[j]!
      values[j] = kept
    }
    return values
  }

  /** The integers 0 … count−1, shuffled. */
  permutation(count: number): Int32Array {
    return this.shuffle(Int32Array.from({ length: count }, (_, i) => i))
  }
}

/** A seed nobody chose; Keras draws below a million as well. */
export function unseeded(): number {
  return Math.floor(Math.random() * 1e6)
}
