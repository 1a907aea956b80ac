export { CSVLogger } from './csv-logger.js'
export { EarlyStopping } from './early-stopping.js'
export { LearningRateScheduler } from './learning-rate-scheduler.js'
export { ModelCheckpoint } from './model-checkpoint.js'
export { ReduceLROnPlateau } from './reduce-lr-on-plateau.js'
export { TerminateOnNaN } from './terminate-on-nan.js'

import { CSVLogger } from './csv-logger.js'
import { EarlyStopping } from './early-stopping.js'
import { LearningRateScheduler } from './learning-rate-scheduler.js'
import { ModelCheckpoint } from './model-checkpoint.js'
import { ReduceLROnPlateau } from './reduce-lr-on-plateau.js'
import { TerminateOnNaN } from './terminate-on-nan.js'

// Without `new`, as layers and optimizers are made.
export const csvLogger = (...args: ConstructorParameters<typeof CSVLogger>) => new CSVLogger(...args)
export const earlyStopping = (...args: ConstructorParameters<typeof EarlyStopping>) =>
  new EarlyStopping(...args)
export const learningRateScheduler = (...args: ConstructorParameters<typeof LearningRateScheduler>) =>
  new LearningRateScheduler(...args)
export const modelCheckpoint = (...args: ConstructorParameters<typeof ModelCheckpoint>) =>
  new ModelCheckpoint(...args)
export const reduceLROnPlateau = (...args: ConstructorParameters<typeof ReduceLROnPlateau>) =>
  new ReduceLROnPlateau(...args)
export const terminateOnNaN = () => new TerminateOnNaN()
