import { RepriseError } from '../errors.js'

let seed = 0

/**
 * Seed of the models made from now on (initial weights, dropout, shuffling) that have none of their own; 0 until it is called.
 * The same seed, code and data give the same result. Throws `option`.
 */
export function setRandomSeed(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RepriseError('option', `setRandomSeed: expected a whole number of at least 0, got ${value}`)
  }
  seed = value
}

export const defaultSeed = (): number => seed
