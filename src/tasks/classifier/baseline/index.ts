export { baselineKind } from './model-file.js'
export { type BaselineOptions, type BaselineSettings, baselineFields } from './settings.js'
export { type BaselinePredictionOptions, TextBaseline } from './text-baseline.js'
export type { BaselineRecord, BaselineTrainingOptions } from './train.js'
