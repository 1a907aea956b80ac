export { readTaggerCheckpoint, taggerCheckpointPieces } from './checkpoint.js'
export { chooseTaggerSettings, type TaggedSize } from './choose.js'
export { inspectTagger, type TaggerReport } from './inspect.js'
export type { LabellingOptions } from './labeller.js'
export { type TaggerTrainingRecord, taggerTask } from './model-file.js'
export type { TaggerNote } from './notes.js'
export { readTaggerData, type TaggerColumns, type TaggerFileData } from './read-data.js'
export type { TaggerScores, TokenScores } from './scorer.js'
export type { RepeatedSentences } from './seen-sentences.js'
export { type TaggerOptions, type TaggerSettings, taggerFields } from './settings.js'
export type { PrecisionRecall, TypeScores } from './span-scores.js'
export { type Span, spansOf, type TagScheme, tagSchemes } from './tag-scheme.js'
export {
  type TaggedSpan,
  type TaggedText,
  Tagger,
  type TaggerEvaluation,
  type TaggerInput,
  type TaggerLoadOptions,
} from './tagger.js'
export {
  type PreparedTagger,
  type TaggerCheckpoint,
  type TaggerTrainingOptions,
  type TrainedTagger,
  trainTagger,
} from './train.js'
export type { TaggerExample, VectorSource } from './vocabulary.js'
