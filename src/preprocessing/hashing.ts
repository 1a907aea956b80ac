import { RepriseError, unknownName } from '../errors.js'
import { md5 } from './md5.js'
import { checkText, type WordSequenceOptions, wordSplitter } from './text-to-words.js'

/** The number of a word, any whole number; a bigint where 2⁵³ is too small. */
export type WordHash = (word: string) => number | bigint

export interface HashingOptions extends WordSequenceOptions {
  /**
   * `md5` gives the numbers Keras gives with `hash_function="md5"`. The default, `fnv1a`, is fast and the same in every
   * run; Keras's default is Python's `hash`, which differs from run to run, so no one can give its numbers again.
   */
  readonly hashFunction?: 'fnv1a' | 'md5' | WordHash | undefined
  /** Cuts the text into words instead of `filters`, `lower` and `split`. */
  readonly analyzer?: ((text: string) => readonly string[]) | null | undefined
}

/**
 * The words of a text as numbers in 1 … size−1 without a vocabulary: hash(word) mod (size − 1) + 1. Different words may
 * meet in one number. Throws `option` for a `size` below 2.
 *
 * @example
 * hashingTrick('the cat and the dog', 50, { hashFunction: 'md5' })
 */
export function hashingTrick(text: string, size: number, options: HashingOptions = {}): number[] {
  const { hashFunction = 'fnv1a', analyzer, ...split } = options
  if (!Number.isInteger(size) || size < 2 || size > 2 ** 40) {
    throw new RepriseError('option', `hashingTrick: the size must be a whole number from 2, got ${size}`)
  }
  const hash = hashOf(hashFunction, size - 1)
  const words = (analyzer ?? wordSplitter(split))(checkText('hashingTrick', text))
  return words.map((word) => hash(word) + 1)
}

/**
 * Keras's `one_hot`, which is not one-hot: the words of a text as numbers in 1 … size−1, by `hashingTrick` with its
 * default hash. For rows of zeros and a one, see `toCategorical`.
 */
export function oneHot(
  text: string,
  size: number,
  options: Omit<HashingOptions, 'hashFunction'> = {},
): number[] {
  return hashingTrick(text, size, options)
}

function hashOf(hash: 'fnv1a' | 'md5' | WordHash, modulus: number): (word: string) => number {
  if (typeof hash === 'function') return (word) => remainder(hash(word), modulus)
  const encoder = new TextEncoder()
  if (hash === 'md5') {
    return (word) => md5(encoder.encode(word)).reduce((rest, byte) => (rest * 256 + byte) % modulus, 0)
  }
  if (hash !== 'fnv1a') throw unknownName('hash function', String(hash), ['fnv1a', 'md5'])
  return (word) => {
    let value = 0x811c9dc5
    for (const byte of encoder.encode(word)) value = Math.imul(value ^ byte, 0x01000193)
    return (value >>> 0) % modulus
  }
}

/** Python's `%`: never negative. */
function remainder(value: number | bigint, modulus: number): number {
  if (typeof value === 'number' && !Number.isInteger(value)) {
    throw new RepriseError('option', `hashFunction must give whole numbers, got ${value}`)
  }
  const rest = BigInt(value) % BigInt(modulus)
  return Number(rest < 0n ? rest + BigInt(modulus) : rest)
}
