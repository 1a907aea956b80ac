import type { RandomStream } from '../random.js'

/** Fills a tensor of a test. An `Int32Array` is taken as raw words, for values that are no numbers. */
export type Draw = (length: number, random: RandomStream) => ArrayLike<number>

/** Distinct values spread evenly over low … high, in random order. */
export const range =
  (low: number, high: number): Draw =>
  (length, random) =>
    Array.from(random.permutation(length), (k) => low + ((high - low) * (k + 0.37)) / length)

/** Integers low … high−1, with repetition. */
export const integers =
  (low: number, high: number): Draw =>
  (length, random) =>
    Array.from({ length }, () => low + random.integer(high - low))

/** The given values over and over. */
export const cycle =
  (...values: readonly number[]): Draw =>
  (length) =>
    Array.from({ length }, (_, k) => values[k % values.length]!)

/** The given values with random choice. */
export const oneOf =
  (...values: readonly number[]): Draw =>
  (length, random) =>
    Array.from({ length }, () => values[random.integer(values.length)]!)

/** Any 32-bit pattern, among them infinities, signalling NaNs and subnormal numbers. */
export const words: Draw = (length, random) =>
  Int32Array.from({ length }, (_, k) => [0x7f800001, -8388607, 1, -1][k] ?? random.word() | 0)
