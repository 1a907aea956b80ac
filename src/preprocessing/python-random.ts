import { RepriseError } from '../errors.js'
import { MersenneTwister } from './mersenne-twister.js'

/** The part of Python's `random.Random(seed)` that `skipgrams` draws with: the same seed, the same numbers. */
export class PythonRandom {
  private readonly twister: MersenneTwister

  /** `seed` is an integer whose size is below 2⁵³; its sign does not count. Throws `option` for anything else. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed))
      throw new RepriseError('option', `seed: expected an integer, got ${seed}`)
    const size = Math.abs(seed)
    const high = Math.floor(size / 2 ** 32)
    this.twister = new MersenneTwister(high > 0 ? [size >>> 0, high] : [size >>> 0])
  }

  /** Uniform in [0, 1), 53 random bits. */
  random(): number {
    const high = this.twister.word() >>> 5
    return (high * 2 ** 26 + (this.twister.word() >>> 6)) / 2 ** 53
  }

  /** An integer in low … high, both possible. */
  integer(low: number, high: number): number {
    const below = high - low + 1
    const shift = Math.clz32(below)
    let value = this.twister.word() >>> shift
    while (value >= below) value = this.twister.word() >>> shift
    return low + value
  }

  /** Shuffles in place. */
  shuffle(values: unknown[]): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(0, i)
      const kept = values[i]
      values[i] = values[j]
      values[j] = kept
    }
  }
}
