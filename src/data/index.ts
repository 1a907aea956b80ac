export type { SpoolOptions } from './byte-spool.js'
export { buildCorpus, type CorpusOptions, type EncodedCorpus, encodeCorpus } from './corpus.js'
export { datasets } from './datasets.js'
export { type HeldOutSplit, splitHeldOut } from './held-out.js'
export type { ImdbOptions, ImdbTexts, Reviews } from './imdb.js'
export type { EncodingOptions, LoadedData } from './keras-encoding.js'
export {
  type LabelledFormat,
  type LabelledText,
  type LabelledTexts,
  type LabelledTextsOptions,
  type LabelledTextsReport,
  readLabelledTexts,
} from './labelled-texts.js'
export type { Newswires } from './raw-texts.js'
export type { DatasetPlace } from './remote-files.js'
export type { ReutersEncoding, ReutersOptions, ReutersTexts } from './reuters.js'
export { reversedIds, reversedTokens } from './reversed-tokens.js'
export {
  type StreamBatch,
  StreamBatches,
  type StreamBatchesOptions,
  type StreamPosition,
} from './stream-batches.js'
export {
  readTaggedSentences,
  type TaggedSentence,
  type TaggedSentences,
  type TaggedSentencesOptions,
  type TaggedSentencesReport,
} from './tagged-sentences.js'
export { type LabelMode, type TextBatch, TextDataset } from './text-dataset.js'
export { type TextDirectoryOptions, textDatasetFromDirectory } from './text-dataset-from-directory.js'
export {
  type TextChunk,
  type TextDocument,
  type TextInput,
  type TextSource,
  textSource,
} from './text-source.js'
export { type TokenSequence, TokenStore, tokenSequence, tokenView } from './token-store.js'
export type { TextsAndLabels, WordIndex } from './word-ranking.js'
