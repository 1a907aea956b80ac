import { learningRateSchedules } from './learning-rate-schedules.js'
import { adadelta, adagrad, adam, adamax, adamW, lion, nadam, rmsprop, sgd } from './optimizers/index.js'

/** Makers of optimizers by Keras's names in camelCase, and of their learning-rate schedules. */
export const optimizers = {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  lion,
  nadam,
  rmsprop,
  sgd,
  schedules: learningRateSchedules,
} as const
