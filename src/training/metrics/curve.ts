import type { Tensor } from '../../graph/index.js'
import { operations } from '../../graph/index.js'
import type { RowOptions } from '../losses/loss.js'
import { rowCount } from '../losses/shapes.js'
import type { FetchedValues, Totals } from './metric.js'

/** How to count predictions above many thresholds. */
export interface Thresholds {
  /** Ascending. */
  readonly values: readonly number[]
  /** They divide 0 … 1 evenly, so that a prediction finds its place by a multiplication. */
  readonly even: boolean
  /** The first lies below 0, so that every prediction is above it. */
  readonly openBelow: boolean
}

/** Counts for each threshold, and each label where those are kept apart: entry [threshold · labels + label]. */
export interface CurveCounts {
  readonly labels: number
  readonly truePositives: Float64Array
  readonly falsePositives: Float64Array
  readonly trueNegatives: Float64Array
  readonly falseNegatives: Float64Array
}

/** What to fetch for counting on the host. */
export function curveTensors(predictions: Tensor, targets: Tensor, rows: RowOptions): Record<string, Tensor> {
  const { reshape } = operations
  const count = rowCount(predictions.shape)
  const flat = (tensor: Tensor) => reshape(tensor, [count, -1])
  return {
    predictions: flat(predictions),
    targets: flat(targets),
    labels: operations.fill(predictions.graph, [1], predictions.size / count),
    ...(rows.sampleWeights ? { weights: reshape(rows.sampleWeights, [count]) } : {}),
  }
}

/**
 * Positives and negatives above each threshold, and their sums, of one batch. The labels of a row are counted together
 * unless `apart`; `labelWeights` weigh them.
 */
export function collectCurve(
  { predictions, targets, weights, labels }: FetchedValues,
  thresholds: Thresholds,
  { apart = false, labelWeights }: { apart?: boolean; labelWeights?: readonly number[] | undefined } = {},
): Record<string, Float64Array> {
  const T = thresholds.values.length
  const features = labels![0]!
  const columns = apart ? features : 1
  const above = { positives: new Float64Array(T * columns), negatives: new Float64Array(T * columns) }
  const sums = { allPositives: new Float64Array(columns), allNegatives: new Float64Array(columns) }
  for (let e = 0; e < predictions!.length; e++) {
    const feature = e % features
    const weight = (weights?.[Math.floor(e / features)] ?? 1) * (labelWeights?.[feature] ?? 1)
    const column = apart ? feature : 0
    const isTrue = targets![e] !== 0
    sums[isTrue ? 'allPositives' : 'allNegatives'][column]! += weight
    // Entered at the last threshold it is above, and summed up from the end below.
    const last = countBelow(predictions![e]!, thresholds) - 1
    if (last >= 0) above[isTrue ? 'positives' : 'negatives'][last * columns + column]! += weight
  }
  for (const counts of Object.values(above)) {
    for (let k = (T - 1) * columns - 1; k >= 0; k--) counts[k]! += counts[k + columns]!
  }
  return { ...above, ...sums }
}

/** How many thresholds a prediction is above. In float32 like Keras, which decides about predictions on a threshold. */
function countBelow(prediction: number, { values, even, openBelow }: Thresholds): number {
  if (even) {
    const p = Math.min(Math.max(prediction, 0), 1)
    const bucket = Math.ceil(Math.fround(p * (values.length - 1)))
    return openBelow ? Math.max(bucket, 1) : bucket
  }
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (prediction > Math.fround(values[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}

/** The four counts from what was summed over all batches. */
export function curveCounts(totals: Totals): CurveCounts {
  const [truePositives, falsePositives] = [totals('positives'), totals('negatives')]
  const [allPositives, allNegatives] = [totals('allPositives'), totals('allNegatives')]
  const labels = allPositives.length
  return {
    labels,
    truePositives,
    falsePositives,
    trueNegatives: falsePositives.map((count, k) => allNegatives[k % labels]! - count),
    falseNegatives: truePositives.map((count, k) => allPositives[k % labels]! - count),
  }
}
