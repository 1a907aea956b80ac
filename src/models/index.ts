export { formatImportReport, type ImportReport } from '../formats/import-report.js'
export type { ModelConfig, ModelDescription } from '../formats/model-description.js'
export type { Callback, CallbackParams, History, Logs } from './callback.js'
export type { CompileOptions, LossFunction, LossLike, MetricLike } from './compile-options.js'
export { type Conversion, convertModel } from './convert-model.js'
export { defaultEngine, setEngine } from './default-engine.js'
export type { ClassWeights } from './example-set.js'
export type {
  BatchIterable,
  BatchTuple,
  EvaluateOptions,
  ModelFitOptions,
  PredictOptions,
} from './fit-options.js'
export { Functional, type FunctionalOptions, model } from './functional.js'
export type { DataLike } from './host-data.js'
export { type InputOptions, input } from './input-layer.js'
export { inspectModel, type ModelInspection, type ModelLayerReport } from './inspect-model.js'
export { type LoadModelOptions, loadModel, loadModelFromBytes } from './load-model.js'
export { Model, type ModelOptions } from './model.js'
export { modelFromConfig } from './model-from-config.js'
export type { ModelOptimizer } from './model-optimizer.js'
export type { Verbose } from './progress-bar.js'
export type { Scores } from './scores.js'
export { setRandomSeed } from './seed.js'
export { Sequential, sequential } from './sequential.js'
