export type { Callback as TrainingCallback } from '../../training/index.js'
export { languageCheckpointPieces, readLanguageCheckpoint } from './checkpoint-file.js'
export { chooseSettings, type TextSize } from './choose.js'
export type { EvaluationOptions, LanguageScores } from './evaluator.js'
export { inspectLanguageModel, type LayerReport, type ModelReport } from './inspect.js'
export {
  type GenerateOptions,
  LanguageModel,
  type SentenceScore,
  type TextScores,
  type TokenScore,
  type WeightOptions,
} from './language-model.js'
export { languageModelTask, type TrainingRecord } from './model-file.js'
export type { StatePart } from './network.js'
export { type QuantizationReport, quantizeLanguageModel } from './quantize.js'
export {
  type LanguageModelOptions,
  type LanguageModelSettings,
  languageModelFields,
  networkFields,
  textFields,
  trainingFields,
} from './settings.js'
export { LanguageModelState } from './stepper.js'
export {
  type LanguageCheckpoint,
  type LanguageModelTrainingOptions,
  type PreparedTraining,
  type TrainedLanguageModel,
  trainLanguageModel,
} from './train.js'
