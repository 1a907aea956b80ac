import { operations, type Tensor } from '../../graph/index.js'
import { integer, number } from '../../options.js'
import { rowMeans, rowSums } from '../losses/shapes.js'
import { meanBody } from './mean.js'
import { defineMetric } from './metric.js'

const { argmax, equal, greater, less, multiply, oneHot, scalar } = operations

/** How often prediction and target are the very same number. For the choice Keras makes for `'accuracy'`, give shapes to `createMetric`. */
export const accuracy = defineMetric('accuracy', 'float32', {}, () =>
  meanBody((predictions, targets) => ({ losses: rowMeans(equal(predictions, targets)) })),
)

/** How often prediction > threshold is what the target, 0 or 1, says. */
export const binaryAccuracy = defineMetric(
  'binaryAccuracy',
  'float32',
  { threshold: number('predictions above are taken as 1', 0.5) },
  ({ threshold }) =>
    meanBody((predictions, targets) => ({
      losses: rowMeans(equal(targets, greater(predictions, scalar(predictions, threshold)))),
    })),
)

const classOf = (x: Tensor) => oneHot(argmax(x), x.shape.at(-1)!)

/** How often the largest prediction and the largest target have one place. */
export const categoricalAccuracy = defineMetric('categoricalAccuracy', 'float32', {}, () =>
  meanBody((predictions, targets) => ({
    losses: rowSums(multiply(classOf(targets), classOf(predictions))),
  })),
)

/** How often the largest prediction is that of the target's class. */
export const sparseCategoricalAccuracy = defineMetric('sparseCategoricalAccuracy', 'int32', {}, () =>
  meanBody((predictions, targets) => ({
    losses: rowSums(multiply(oneHot(targets, predictions.shape.at(-1)!), classOf(predictions))),
  })),
)

const topKFields = { k: integer('how many classes may be named', 5, { min: 1 }) } as const

/** 1 for rows where fewer than k classes have a larger prediction than the wanted one; a row of zeros is never right. */
function inTopK(predictions: Tensor, wanted: Tensor, k: number): Tensor {
  const own = operations.sum(multiply(predictions, wanted), -1, true)
  const larger = rowSums(greater(predictions, own))
  return multiply(less(larger, scalar(larger, k)), rowSums(wanted))
}

/** How often the target's class is among the k with the largest predictions; ties are in its favour. Targets one-hot. */
export const topKCategoricalAccuracy = defineMetric(
  'topKCategoricalAccuracy',
  'float32',
  topKFields,
  ({ k }) => meanBody((predictions, targets) => ({ losses: inTopK(predictions, classOf(targets), k) })),
)

/** How often the target's class is among the k with the largest predictions; ties are in its favour. */
export const sparseTopKCategoricalAccuracy = defineMetric(
  'sparseTopKCategoricalAccuracy',
  'int32',
  topKFields,
  ({ k }) =>
    meanBody((predictions, targets) => ({
      losses: inTopK(predictions, oneHot(targets, predictions.shape.at(-1)!), k),
    })),
)
