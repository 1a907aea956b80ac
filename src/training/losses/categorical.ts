import { operations, type Tensor } from '../../graph/index.js'
import { integer, number, optional } from '../../options.js'
import { defineLoss, type RowLosses } from './loss.js'
import { clipped, complement, fromLogits, labelSmoothing, normalized, smoothed } from './probabilities.js'
import { rowSums } from './shapes.js'

/** log p of every class. Probabilities are first divided by their sum, as in Keras. */
function logProbabilities(predictions: Tensor, logits: boolean): Tensor {
  return logits ? operations.logSoftmax(predictions) : operations.log(clipped(normalized(predictions)))
}

/**
 * −Σ t·log p over the last axis, in nats: predictions and targets [..., V], the targets one-hot or probabilities.
 *
 * @example
 * createLoss({ name: 'categoricalCrossentropy', labelSmoothing: 0.1 })
 */
export const categoricalCrossentropy = defineLoss(
  'categoricalCrossentropy',
  'float32',
  { fromLogits, labelSmoothing },
  (predictions, given, options) => {
    const targets = smoothed(given, options.labelSmoothing, options.labelSmoothing / given.shape.at(-1)!)
    const logs = logProbabilities(predictions, options.fromLogits)
    return { losses: operations.negate(rowSums(operations.multiply(targets, logs))) }
  },
)

/** −Σ α·(1 − p)^γ·t·log p over the last axis (Lin et al. 2017): predictions and targets [..., V]. */
export const categoricalFocalCrossentropy = defineLoss(
  'categoricalFocalCrossentropy',
  'float32',
  {
    alpha: number('weight of all classes', 0.25),
    gamma: number('how much less sure predictions count', 2),
    fromLogits,
    labelSmoothing,
  },
  (predictions, given, options) => {
    const { multiply, power, scalar, negate, log, scale } = operations
    const targets = smoothed(given, options.labelSmoothing, options.labelSmoothing / given.shape.at(-1)!)
    const probabilities = options.fromLogits ? operations.softmax(predictions) : predictions
    const sure = clipped(normalized(probabilities))
    const factor = scale(power(complement(sure), scalar(sure, options.gamma)), options.alpha)
    return { losses: negate(rowSums(multiply(factor, multiply(targets, log(sure))))) }
  },
)

/**
 * −log p[target] in nats: predictions [..., V], targets int32 [...]. A negative target, or one that is `ignoreClass`, is
 * ignored and does not count. `labelSmoothing` is not in Keras.
 */
export const sparseCategoricalCrossentropy = defineLoss(
  'sparseCategoricalCrossentropy',
  'int32',
  {
    fromLogits,
    ignoreClass: optional(integer('targets of this class do not count')),
    labelSmoothing,
  },
  (predictions, targets, { fromLogits, ignoreClass, labelSmoothing }): RowLosses => {
    const V = predictions.shape.at(-1)!
    const valid = counts(targets, V, ignoreClass)
    if (fromLogits && ignoreClass === undefined) {
      return {
        losses: operations.softmaxCrossEntropy(predictions, targets, undefined, labelSmoothing),
        valid,
      }
    }
    const wanted = operations.oneHot(targets, V)
    const logs =
      fromLogits || labelSmoothing > 0
        ? rowSums(
            operations.multiply(
              smoothed(wanted, labelSmoothing, labelSmoothing / V),
              logProbabilities(predictions, fromLogits),
            ),
          )
        : logOfTarget(predictions, wanted)
    return { losses: operations.multiply(operations.negate(logs), valid), valid }
  },
)

/** The same as −Σ one-hot · log p with one logarithm per row. */
function logOfTarget(probabilities: Tensor, wanted: Tensor): Tensor {
  const { divide, multiply, log } = operations
  return log(clipped(divide(rowSums(multiply(probabilities, wanted)), rowSums(probabilities))))
}

/** 1 for each id in 0 … V−1 that is not to be ignored, else 0. */
export function counts(ids: Tensor, V: number, ignoreClass?: number): Tensor {
  const { fill, concatenate, embedding, reshape } = operations
  const constant = (length: number, value: number) =>
    length > 0 ? [fill(ids.graph, [length, 1], value)] : []
  const ignored = ignoreClass !== undefined && ignoreClass >= 0 && ignoreClass < V
  const table = ignored
    ? concatenate([...constant(ignoreClass, 1), ...constant(1, 0), ...constant(V - ignoreClass - 1, 1)], 0)
    : fill(ids.graph, [V, 1], 1)
  return reshape(embedding(table, ids), ids.shape)
}
