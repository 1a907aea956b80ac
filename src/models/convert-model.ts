import { NdArray } from '../nd-array.js'
import { largestDifference } from './compare-models.js'
import type { Model } from './model.js'
import { endingOf } from './model-files.js'

export interface Conversion {
  readonly from: string
  readonly to: string
  /** Layers of the model. */
  readonly layers: number
  /** Between outputs of the original and of what was written, on random inputs; null for .onnx, which is not read again. */
  readonly maxDifference: number | null
}

/**
 * Reads a model, writes it in the format of the other name's ending, reads that again and runs both on the same random
 * inputs. `load` reads a model of any format.
 */
export async function convertModel(
  load: (path: string) => Promise<Model>,
  from: string,
  to: string,
  seed = 0,
): Promise<Conversion> {
  endingOf(to) // a wrong ending is told before anything is read
  const model = await load(from)
  const conversion = { from, to, layers: model.layers.length }
  if (/\.onnx$/i.test(to)) {
    await model.save(to)
    return { ...conversion, maxDifference: null }
  }
  if (!/\.weights\.h5$/i.test(to)) {
    await model.save(to)
    return { ...conversion, maxDifference: await largestDifference(model, await load(to), seed) }
  }
  await model.saveWeights(to)
  const copy = await load(from)
  // Other values than the original's, so that weights that are not read show.
  copy.setWeights(copy.getWeights().map(({ shape }) => NdArray.zeros(shape)))
  await copy.loadWeights(to)
  return { ...conversion, maxDifference: await largestDifference(model, copy, seed) }
}
