import { operations, type Tensor } from '../../graph/index.js'
import { boolean, number } from '../../options.js'
import { defineLoss } from './loss.js'
import { clipped, complement, fromLogits, labelSmoothing, smoothed } from './probabilities.js'
import { rowMeans } from './shapes.js'

/** −t·log p − (1−t)·log(1−p) of every element. */
function crossentropy(ifTrue: Tensor, ifFalse: Tensor, targets: Tensor): Tensor {
  const { add, multiply } = operations
  return add(multiply(targets, ifTrue), multiply(complement(targets), ifFalse))
}

function ofProbabilities(predictions: Tensor, targets: Tensor): Tensor {
  const { negate, log } = operations
  const sure = clipped(predictions)
  return crossentropy(negate(log(sure)), negate(log(complement(sure))), targets)
}

/** Mean over the last axis of −t·log p − (1−t)·log(1−p): predictions and targets [..., F] or [N]. */
export const binaryCrossentropy = defineLoss(
  'binaryCrossentropy',
  'float32',
  { fromLogits, labelSmoothing },
  (predictions, given, { fromLogits, labelSmoothing }) => {
    const { activation, negate } = operations
    const targets = smoothed(given, labelSmoothing, labelSmoothing / 2)
    if (!fromLogits) return { losses: rowMeans(ofProbabilities(predictions, targets)) }
    const ifTrue = activation(negate(predictions), 'softplus')
    return { losses: rowMeans(crossentropy(ifTrue, activation(predictions, 'softplus'), targets)) }
  },
)

/**
 * Binary cross-entropy times (1 − p of the target)^γ, so that what is easy counts less (Lin et al. 2017); with
 * `applyClassBalancing` also times α for ones and 1 − α for zeros. Mean over the last axis.
 */
export const binaryFocalCrossentropy = defineLoss(
  'binaryFocalCrossentropy',
  'float32',
  {
    applyClassBalancing: boolean('weigh ones by alpha and zeros by 1 − alpha', false),
    alpha: number('weight of the ones', 0.25),
    gamma: number('how much less sure predictions count', 2),
    fromLogits,
    labelSmoothing,
  },
  (predictions, given, { applyClassBalancing, alpha, gamma, fromLogits, labelSmoothing }) => {
    const { add, multiply, power, scalar, scale, sigmoid } = operations
    const targets = smoothed(given, labelSmoothing, labelSmoothing / 2)
    const p = fromLogits ? sigmoid(predictions) : predictions
    const ofTarget = add(multiply(targets, p), multiply(complement(targets), complement(p)))
    const factor = power(complement(ofTarget), scalar(p, gamma))
    const losses = multiply(factor, ofProbabilities(p, targets))
    if (!applyClassBalancing) return { losses: rowMeans(losses) }
    const weight = add(scale(targets, alpha), scale(complement(targets), 1 - alpha))
    return { losses: rowMeans(multiply(weight, losses)) }
  },
)
