export type { BatchSource } from './batch-source.js'
export type { Callback, HistoryEntry, Scores, StepReport, TrainingContext } from './callbacks.js'
export {
  captureState,
  isTrainingTensor,
  restoreState,
  type StateTensor,
  type TrainerState,
} from './checkpoint.js'
export { type BestWeights, DivergedError, firstNonFiniteLayer, layerOutputs } from './divergence.js'
export type { EarlyStoppingOptions } from './early-stopping.js'
export { fit } from './fit.js'
export type { CheckpointOptions, DivergenceOptions, FitOptions, FitResult } from './fit-options.js'
export type { JsonObject, JsonValue } from './json.js'
export { optimizers } from './keras-names.js'
export {
  createLearningRateSchedule,
  type LearningRateSchedule,
  learningRateScheduleNames,
  learningRateSchedules,
} from './learning-rate-schedules.js'
export * from './losses/index.js'
export * from './metrics/index.js'
export * from './optimizers/index.js'
export { type LayerRatesOptions, layerRates, type ParameterRates } from './parameter-rates.js'
export type { Spec } from './registry.js'
export * as schedules from './schedules/index.js'
export { createSchedule, type Progress, type Schedule, scheduleNames } from './schedules/index.js'
export type { TrainingModel } from './training-model.js'
