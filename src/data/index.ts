export type { SpoolOptions } from './byte-spool.js'
export { buildCorpus, type CorpusOptions, type EncodedCorpus, encodeCorpus } from './corpus.js'
export { type HeldOutSplit, splitHeldOut } from './held-out.js'
export {
  type StreamBatch,
  StreamBatches,
  type StreamBatchesOptions,
  type StreamPosition,
} from './stream-batches.js'
export {
  type TextChunk,
  type TextDocument,
  type TextInput,
  type TextSource,
  textSource,
} from './text-source.js'
export { type TokenSequence, TokenStore, tokenSequence, tokenView } from './token-store.js'
