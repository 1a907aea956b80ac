export { loadClassifier, type TextClassifier } from './any-classifier.js'
export {
  type BaselineOptions,
  type BaselinePredictionOptions,
  type BaselineRecord,
  type BaselineSettings,
  type BaselineTrainingOptions,
  baselineFields,
  TextBaseline,
} from './baseline/index.js'
export {
  type ClassifierCheckpoint,
  classifierCheckpointPieces,
  readClassifierCheckpoint,
} from './checkpoint-file.js'
export { Classifier, type PredictionOptions } from './classifier.js'
export type { ClassifierExample, ExampleCounts } from './examples.js'
export { type Explanation, strongestWords, type WordContribution } from './explanation.js'
export { type ClassifierReport, inspectClassifier, isRecurrent } from './inspect.js'
export { type ClassifierRecord, classifierTask, type ValidationScores } from './model-file.js'
export type { ClassPrediction } from './prediction.js'
export type { BaselineScores, ClassificationReport } from './report.js'
export {
  type ClassificationScores,
  classificationScores,
  type LabelNumbers,
  labelNumbers,
  type ScoreOptions,
} from './scores.js'
export type { SeenReport } from './seen-examples.js'
export { type ClassifierOptions, type ClassifierSettings, classifierFields } from './settings.js'
export {
  type ClassifierTrainingOptions,
  type PreparedClassifier,
  type TrainedClassifier,
  trainClassifier,
} from './train.js'
