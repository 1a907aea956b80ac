import { boolean, integer, number, optional } from '../../options.js'
import { pureSchedule } from './schedule.js'

/** The learning rate as it is. */
export const constant = pureSchedule('constant', {}, (_progress, learningRate) => learningRate)

/**
 * Multiplies the rate by `factor` when `from` epochs are done and after every further `every`: `{ factor: 0.5, from: 4 }`
 * halves it for the fifth epoch and each one after.
 */
export const step = pureSchedule(
  'step',
  {
    factor: number('factor of each drop', 0.5, { above: 0, max: 1 }),
    every: integer('epochs between drops', 1, { min: 1 }),
    from: optional(
      integer('epochs before the first drop; default: as many as between drops', undefined, { min: 0 }),
    ),
  },
  ({ epoch }, learningRate, { factor, every, from = every }) =>
    epoch < from ? learningRate : learningRate * factor ** (Math.floor((epoch - from) / every) + 1),
)

/** rate^(epochs done / every), by the step, or in stairs of whole periods. */
export const exponential = pureSchedule(
  'exponential',
  {
    rate: number('factor per period', 0.95, { above: 0, max: 1 }),
    every: number('period in epochs', 1, { above: 0 }),
    staircase: boolean('change only after whole periods', false),
  },
  ({ step, stepsPerEpoch }, learningRate, { rate, every, staircase }) => {
    const periods = step / stepsPerEpoch / every
    return learningRate * rate ** (staircase ? Math.floor(periods) : periods)
  },
)

/**
 * Half a cosine from the learning rate down to `finalFactor` of it, after a linear warm-up over the first part of all
 * steps (Loshchilov & Hutter 2017).
 */
export const cosine = pureSchedule(
  'cosine',
  {
    finalFactor: number('rate at the end, as a part of the learning rate', 0, { min: 0, max: 1 }),
    warmup: number('part of all steps that warm up', 0, { min: 0, below: 1 }),
    warmupSteps: optional(integer('steps that warm up, instead of a part', undefined, { min: 0 })),
  },
  (
    { step, totalSteps },
    learningRate,
    { finalFactor, warmup, warmupSteps = Math.round(warmup * totalSteps) },
  ) => {
    if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps
    return learningRate * anneal(1, finalFactor, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps))
  },
)

/**
 * One cycle: up to the learning rate and then far below where it began, along half cosines (Smith & Topin 2018). Defaults
 * are those PyTorch took from fastai.
 */
export const oneCycle = pureSchedule(
  'oneCycle',
  {
    warmup: number('part of all steps that goes up', 0.3, { min: 0, max: 1 }),
    initialFactor: number('rate at the first step, as a part of the learning rate', 0.04, { min: 0, max: 1 }),
    finalFactor: number('rate at the last step, as a part of the learning rate', 4e-6, { min: 0, max: 1 }),
  },
  ({ step, totalSteps }, learningRate, { warmup, initialFactor, finalFactor }) => {
    const last = Math.max(1, totalSteps - 1)
    const peak = warmup * last
    const factor =
      step < peak
        ? anneal(initialFactor, 1, step / peak)
        : anneal(1, finalFactor, (step - peak) / Math.max(1e-9, last - peak))
    return learningRate * factor
  },
)

/**
 * Slanted triangle: a short linear rise over the first part of all steps, then a long linear fall, from 1/`ratio` of the
 * learning rate and back to it (Howard & Ruder 2018).
 */
export const slanted = pureSchedule(
  'slanted',
  {
    cut: number('part of all steps that goes up', 0.1, { min: 0, max: 1 }),
    ratio: number('how much smaller the lowest rate is than the learning rate', 32, { min: 1 }),
  },
  ({ step, totalSteps }, learningRate, { cut, ratio }) => {
    const peak = Math.floor(totalSteps * cut)
    const part = step < peak ? step / peak : 1 - (step - peak) / Math.max(1, totalSteps - peak)
    return (learningRate * (1 + Math.max(0, part) * (ratio - 1))) / ratio
  },
)

/** Linear warm-up, then falling with one over the square root of the step (Vaswani et al. 2017). */
export const inverseSquareRoot = pureSchedule(
  'inverseSquareRoot',
  { warmupSteps: integer('steps that warm up', 1000, { min: 1 }) },
  ({ step }, learningRate, { warmupSteps }) =>
    learningRate * Math.min((step + 1) / warmupSteps, Math.sqrt(warmupSteps / (step + 1))),
)

/** Half a cosine from `begin` to `end` as `part` goes from 0 to 1; `end` beyond. */
function anneal(begin: number, end: number, part: number): number {
  return end + ((begin - end) * (1 + Math.cos(Math.PI * Math.min(1, part)))) / 2
}
