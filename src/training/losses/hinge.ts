import { operations, type Tensor } from '../../graph/index.js'
import { defineLoss } from './loss.js'
import { complement } from './probabilities.js'
import { rowMeans, rowSums } from './shapes.js'

const { add, equal, maximum, maximumOf, minimumOf, multiply, scalar, square, subtract } = operations

/** Labels −1 and 1: when all of a batch are 0 or 1, 2t − 1, else as they are. */
function signs(targets: Tensor): Tensor {
  const one = scalar(targets, 1)
  const isBit = add(equal(targets, scalar(targets, 0)), equal(targets, one))
  return add(targets, multiply(minimumOf(isBit), subtract(targets, one)))
}

const positivePart = (values: Tensor) => maximum(values, scalar(values, 0))
const margins = (predictions: Tensor, targets: Tensor) =>
  positivePart(complement(multiply(signs(targets), predictions)))

/** Mean over the last axis of max(1 − t·p, 0); targets −1 and 1, or a batch of 0 and 1. */
export const hinge = defineLoss('hinge', 'float32', {}, (predictions, targets) => ({
  losses: rowMeans(margins(predictions, targets)),
}))

/** Mean over the last axis of max(1 − t·p, 0)²; targets −1 and 1, or a batch of 0 and 1. */
export const squaredHinge = defineLoss('squaredHinge', 'float32', {}, (predictions, targets) => ({
  losses: rowMeans(square(margins(predictions, targets))),
}))

/** max(largest prediction of the other classes − that of the target + 1, 0); targets one-hot. */
export const categoricalHinge = defineLoss('categoricalHinge', 'float32', {}, (predictions, targets) => {
  const wanted = rowSums(multiply(targets, predictions))
  const other = maximumOf(multiply(complement(targets), predictions), -1)
  return { losses: positivePart(add(subtract(other, wanted), scalar(wanted, 1))) }
})
