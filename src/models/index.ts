export type { Callback, CallbackParams, History, Logs } from './callback.js'
export type { CompileOptions, LossFunction, LossLike, MetricLike } from './compile-options.js'
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
export { Model, type ModelOptions } from './model.js'
export type { ModelOptimizer } from './model-optimizer.js'
export type { Verbose } from './progress-bar.js'
export type { Scores } from './scores.js'
export { setRandomSeed } from './seed.js'
export { Sequential, sequential } from './sequential.js'
