import { operations, type Tensor } from '../../graph/index.js'
import { number } from '../../options.js'
import { defineLoss } from './loss.js'
import { clip, epsilon } from './probabilities.js'
import { rowMeans, rowSums } from './shapes.js'

const { absolute, activation, add, divide, log, maximum, minimum, multiply } = operations
const { negate, scalar, scale, sqrt, square, subtract } = operations

/** A loss that is the mean of something over the last axis: predictions and targets [..., F] or [N]. */
const meanLoss = (name: string, ofElement: (predictions: Tensor, targets: Tensor) => Tensor) =>
  defineLoss(name, 'float32', {}, (predictions, targets) => ({
    losses: rowMeans(ofElement(predictions, targets)),
  }))

const atLeast = (values: Tensor, low: number) => maximum(values, scalar(values, low))

/** Mean over the last axis of (prediction − target)². */
export const meanSquaredError = meanLoss('meanSquaredError', (p, t) => square(subtract(p, t)))

/** Mean over the last axis of |prediction − target|. */
export const meanAbsoluteError = meanLoss('meanAbsoluteError', (p, t) => absolute(subtract(p, t)))

/** 100 times the mean over the last axis of |prediction − target| / max(|target|, 1e-7). */
export const meanAbsolutePercentageError = meanLoss('meanAbsolutePercentageError', (p, t) =>
  scale(absolute(divide(subtract(t, p), atLeast(absolute(t), epsilon))), 100),
)

/** Mean over the last axis of (log(prediction + 1) − log(target + 1))², values below 1e-7 taken as 1e-7. */
export const meanSquaredLogarithmicError = meanLoss('meanSquaredLogarithmicError', (p, t) => {
  const ofValue = (x: Tensor) => log(add(atLeast(x, epsilon), scalar(x, 1)))
  return square(subtract(ofValue(p), ofValue(t)))
})

/** Mean over the last axis of log cosh(prediction − target). */
export const logCosh = meanLoss('logCosh', (p, t) => {
  const x = subtract(p, t)
  return add(x, add(activation(scale(x, -2), 'softplus'), scalar(x, -Math.LN2)))
})

/** Mean over the last axis of prediction − target · log(prediction + 1e-7). */
export const poisson = meanLoss('poisson', (p, t) =>
  subtract(p, multiply(t, log(add(p, scalar(p, epsilon))))),
)

/** Mean over the last axis of ½e² where |e| ≤ delta, δ|e| − ½δ² beyond; e = prediction − target. */
export const huber = defineLoss(
  'huber',
  'float32',
  { delta: number('error where the square turns into a line', 1, { above: 0 }) },
  (predictions, targets, { delta }) => {
    const error = absolute(subtract(predictions, targets))
    const near = minimum(error, scalar(error, delta))
    return { losses: rowMeans(multiply(near, subtract(error, scale(near, 0.5)))) }
  },
)

/** Σ t·log(t / p) over the last axis, in nats; both are first held between 1e-7 and 1. */
export const klDivergence = defineLoss('klDivergence', 'float32', {}, (predictions, given) => {
  const targets = clip(given, epsilon, 1)
  const ratio = divide(targets, clip(predictions, epsilon, 1))
  return { losses: rowSums(multiply(targets, log(ratio))) }
})

/** Cosine of the angle between vectors along the last axis; 0 where one of them is zero. */
export function cosine(predictions: Tensor, targets: Tensor): Tensor {
  const unit = (x: Tensor) => divide(x, sqrt(atLeast(operations.sum(square(x), -1, true), epsilon ** 2)))
  return operations.sum(multiply(unit(predictions), unit(targets)), -1)
}

/** Minus the cosine of the angle between prediction and target along the last axis: −1 is the same direction. */
export const cosineSimilarity = defineLoss('cosineSimilarity', 'float32', {}, (predictions, targets) => ({
  losses: negate(cosine(predictions, targets)),
}))
