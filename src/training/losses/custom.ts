import { RepriseError } from '../../errors.js'
import { formatShape, operations, type Tensor } from '../../graph/index.js'
import { type Loss, lossOf } from './loss.js'
import { rowCount, rowMeans } from './shapes.js'

/**
 * A loss of your own, in Keras's order of arguments: gets targets and predictions [..., F] and gives the loss of each row
 * [...], of each element [..., F] (their mean over the last axis is taken), or one number for the whole batch.
 *
 * @example
 * const cubed: LossFunction = (targets, predictions) => {
 *   const error = operations.absolute(operations.subtract(predictions, targets))
 *   return operations.mean(operations.multiply(error, operations.square(error)), -1)
 * }
 * model.compile({ loss: cubed })
 */
export type LossFunction = (targets: Tensor, predictions: Tensor) => Tensor

/** A loss from a function; `targets` says what it wants to get. */
export function customLoss(
  compute: LossFunction,
  {
    name = compute.name || 'customLoss',
    targets = 'float32',
  }: { name?: string; targets?: Loss['targets'] } = {},
): Loss {
  return lossOf(name, targets, (predictions, wanted) => ({
    losses: perRow(name, compute(wanted, predictions), predictions),
  }))
}

/** One number per row from what a function of the user's gave. */
export function perRow(name: string, values: Tensor, predictions: Tensor): Tensor {
  const rows = rowCount(predictions.shape)
  if (values.size === rows) return values
  if (values.size === predictions.size) return rowMeans(operations.reshape(values, predictions.shape))
  if (values.size === 1) return operations.broadcastTo(operations.reshape(values, [1]), [rows])
  throw new RepriseError(
    'shape',
    `${name}: predictions ${formatShape(predictions.shape)} need one loss per row ${formatShape(predictions.shape.slice(0, -1))}, the function gave ${formatShape(values.shape)}`,
  )
}
