import { NdArray } from '../nd-array.js'
import { RandomStream } from '../random.js'
import type { Model } from './model.js'

/** What a length is taken for that the model leaves open. */
const openBatch = 3
const openLength = 7

/**
 * The largest absolute difference between outputs of two models of the same inputs, on random ones: numbers in ±1, ids below
 * what the layers take. NaN when one of them gives no number where the other does.
 *
 * @example
 * if ((await largestDifference(model, copy)) > 1e-5) throw new Error('not the same model')
 */
export async function largestDifference(a: Model, b: Model, seed = 0): Promise<number> {
  const random = new RandomStream(seed, 'compare-models')
  const inputs = a.inputs.map((input) => {
    const shape = input.shape.map((length, axis) =>
      Number.isNaN(length) ? (axis === 0 ? openBatch : openLength) : length,
    )
    const size = shape.reduce((product, length) => product * length, 1)
    const drawn = Float32Array.from({ length: size }, () => random.uniform())
    const limit = a.currentNetwork?.integerLimit(input) ?? 2
    return input.dtype === 'int32'
      ? new NdArray(
          Int32Array.from(drawn, (value) => Math.floor(value * limit)),
          shape,
        )
      : new NdArray(
          drawn.map((value) => 2 * value - 1),
          shape,
        )
  })
  const x = inputs.length === 1 ? inputs[0]! : inputs
  for (const model of [a, b]) model.resetStates()
  const [own, other] = [await a.predictAll(x), await b.predictAll(x)]
  let largest = 0
  for (const [k, { data }] of own.entries()) {
    for (const [i, value] of data.entries()) {
      const second = other[k]?.data[i] ?? Number.NaN
      if (Object.is(value, second)) continue
      const difference = Math.abs(value - second)
      if (!(difference <= largest)) largest = difference
      if (Number.isNaN(difference)) return Number.NaN
    }
  }
  return largest
}
