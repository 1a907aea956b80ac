import type { LossFunction } from '../losses/custom.js'
import { perRow } from '../losses/custom.js'
import { meanBody } from './mean.js'
import { type Metric, metricOf } from './metric.js'

/**
 * The mean of a function of your own over the rows; gets targets and predictions as a loss function does, and gives one
 * number for each row or each element.
 *
 * @example
 * const bias: LossFunction = (targets, predictions) => operations.subtract(predictions, targets)
 * model.compile({ metrics: [bias] })
 */
export function customMetric(
  compute: LossFunction,
  {
    name = compute.name || 'customMetric',
    targets = 'float32',
  }: { name?: string; targets?: Metric['targets'] } = {},
): Metric {
  const body = meanBody((predictions, wanted) => ({
    losses: perRow(name, compute(wanted, predictions), predictions),
  }))
  return metricOf(name, targets, body, {})
}
