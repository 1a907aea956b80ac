import { RepriseError } from '../errors.js'

const gamma = 0.577 // Euler–Mascheroni, as coarse as Keras has it

/**
 * The probability of keeping the word of each rank, so that frequent words come up less often: min(1, √(factor / f(rank)))
 * with the frequency f that Zipf's law gives. Rank 0 has the value of rank 1.
 *
 * Mikolov et al., “Distributed representations of words and phrases”, 2013. Throws `option`.
 *
 * @example
 * skipgrams(sequence, 10_000, { samplingTable: makeSamplingTable(10_000) })
 */
export function makeSamplingTable(size: number, samplingFactor = 1e-5): Float64Array {
  if (!Number.isInteger(size) || size < 1) {
    throw new RepriseError('option', `makeSamplingTable: size must be a whole number from 1, got ${size}`)
  }
  return Float64Array.from({ length: size }, (_, index) => {
    const rank = Math.max(1, index)
    const inverseFrequency = rank * (Math.log(rank) + gamma) + 0.5 - 1 / (12 * rank)
    return Math.min(1, Math.sqrt(samplingFactor * inverseFrequency))
  })
}
