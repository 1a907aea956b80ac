export {
  type LabelledFormat,
  type LabelledText,
  type LabelledTexts,
  type LabelledTextsOptions,
  type LabelledTextsReport,
  readLabelledTexts,
} from '../data/labelled-texts.js'
export {
  readTaggedSentences,
  type TaggedSentence,
  type TaggedSentences,
  type TaggedSentencesOptions,
  type TaggedSentencesReport,
} from '../data/tagged-sentences.js'
export {
  readWordVectors,
  type WordVectors,
  type WordVectorsFormat,
  type WordVectorsOptions,
} from '../formats/vectors/word-vectors.js'
export type { DivergedError } from '../training/index.js'
export type { RunFiles, TaskCheckpoint } from './checkpoint-file.js'
export * from './classifier/index.js'
export * from './language-model/index.js'
export { type EncoderShape, type PretrainedEncoder, readPretrainedEncoder } from './pretrained-encoder.js'
export * from './tagger/index.js'
