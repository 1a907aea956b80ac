import { operations, type Tensor } from '../../graph/index.js'
import { boolean, number } from '../../options.js'

/** Keras's `backend.epsilon()`. */
export const epsilon = 1e-7

export const fromLogits = boolean('predictions are logits, not probabilities', false)
export const labelSmoothing = number('part of the probability spread over all classes', 0, { min: 0, max: 1 })

/** Values held between two numbers. */
export function clip(values: Tensor, low: number, high: number): Tensor {
  const { maximum, minimum, scalar } = operations
  return minimum(maximum(values, scalar(values, low)), scalar(values, high))
}

/** Keeps probabilities away from 0 and 1. */
export const clipped = (probabilities: Tensor): Tensor => clip(probabilities, epsilon, 1 - epsilon)

/** Divides by the sum over the last axis, as Keras does with what should be probabilities already. */
export function normalized(probabilities: Tensor): Tensor {
  return operations.divide(probabilities, operations.sum(probabilities, -1, true))
}

/** 1 − x. */
export const complement = (values: Tensor): Tensor =>
  operations.subtract(operations.scalar(values, 1), values)

/** targets · (1 − smoothing) + share. */
export function smoothed(targets: Tensor, smoothing: number, share: number): Tensor {
  if (smoothing === 0) return targets
  const { add, scale, scalar } = operations
  return add(scale(targets, 1 - smoothing), scalar(targets, share))
}
