export { type HashingOptions, hashingTrick, oneHot, type WordHash } from './hashing.js'
export { normalize } from './normalize.js'
export { NumpyRandom } from './numpy-random.js'
export { type PaddedType, type PadSequencesOptions, padSequences } from './pad-sequences.js'
export { makeSamplingTable } from './sampling-table.js'
export { type SkipgramsOptions, skipgrams } from './skipgrams.js'
export { type SlidingWindowsOptions, slidingWindows, type Windows } from './sliding-windows.js'
export type { Split, Standardize } from './text-steps.js'
export { defaultFilters, textToWordSequence, type WordSequenceOptions } from './text-to-words.js'
export { type Texts, TextVectorization, type TextVectorizationOptions } from './text-vectorization.js'
export {
  TimeseriesDataset,
  type TimeseriesOptions,
  timeseriesDatasetFromArray,
} from './timeseries-dataset.js'
export { toCategorical } from './to-categorical.js'
export { type MatrixMode, type TextOrTokens, Tokenizer, type TokenizerOptions } from './tokenizer.js'
export { tokenizerFromJson } from './tokenizer-from-json.js'
