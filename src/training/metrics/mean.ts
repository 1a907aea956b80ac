import { operations, type Tensor } from '../../graph/index.js'
import { integer, optional } from '../../options.js'
import { createLoss } from '../losses/index.js'
import type { Loss, RowLosses, RowOptions } from '../losses/loss.js'
import { fromLogits, labelSmoothing } from '../losses/probabilities.js'
import { cosine } from '../losses/regression.js'
import { rowCount } from '../losses/shapes.js'
import { defineMetric, type Metric, type MetricBody, metricOf, ratio, type Totals } from './metric.js'

interface MeanOptions {
  /** Rows that do not count on their own account are left out: never, where rows are weighted, or always. */
  readonly leaveOut?: 'never' | 'weighted' | 'always'
  readonly ignoresMask?: boolean
  readonly finish?: (mean: number) => number
}

/**
 * The mean of a value per row, as Keras's MeanMetricWrapper forms it: of a batch [N, T, F] each of the N samples counts
 * once, its T rows share that.
 */
export function meanBody(
  ofRows: (predictions: Tensor, targets: Tensor) => RowLosses,
  { leaveOut = 'never', ignoresMask = false, finish = (mean) => mean }: MeanOptions = {},
): MetricBody {
  return {
    tensors(predictions, targets, rows) {
      const { multiply, sum, scale, fill, reshape } = operations
      const count = rowCount(predictions.shape)
      const perSample = predictions.shape[0]! / count
      const { losses, valid } = ofRows(predictions, targets)
      const values = reshape(losses, [count])
      const given = weightsOf(ignoresMask ? { ...rows, mask: undefined } : rows, count)
      const countsOnly = leaveOut === 'always' || (leaveOut === 'weighted' && given) ? valid : undefined
      const weights = product(given, countsOnly && reshape(countsOnly, [count]))
      if (!weights) {
        return {
          sum: scale(sum(values, 0, true), perSample),
          count: fill(values.graph, [1], predictions.shape[0]!),
        }
      }
      return {
        sum: scale(sum(multiply(values, weights), 0, true), perSample),
        count: scale(sum(weights, 0, true), perSample),
      }
    },
    result: (totals) => (totals('count')[0] === 0 ? 0 : finish(meanOf(totals))),
  }
}

const meanOf = (totals: Totals): number => ratio(totals('sum')[0]!, totals('count')[0]!)

function product(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  return a && b ? operations.multiply(a, b) : (a ?? b)
}

/** Sample weight times mask of each row [rows]; undefined when all rows count the same. */
export function weightsOf({ sampleWeights, mask }: RowOptions, rows: number): Tensor | undefined {
  const flat = (tensor: Tensor | undefined) => tensor && operations.reshape(tensor, [rows])
  return product(flat(sampleWeights), flat(mask))
}

/** The mean of a loss over rows, as a metric. */
export function lossMetric(loss: Loss, name = loss.name): Metric {
  const { name: kind, ...config } = loss.toConfig()
  return metricOf(kind, loss.targets, meanBody(loss.rowLosses), config, name)
}

const crossentropyFields = {
  fromLogits,
  ignoreClass: optional(integer('targets of this class do not count')),
} as const

const crossentropyRows = (options: object) =>
  createLoss({ name: 'sparseCategoricalCrossentropy', ...options }).rowLosses

/** Mean −log p[target]; as in Keras `ignoreClass` takes rows out of the count only where rows have weights or a mask. */
export const sparseCategoricalCrossentropy = defineMetric(
  'sparseCategoricalCrossentropy',
  'int32',
  { ...crossentropyFields, labelSmoothing },
  (options) =>
    meanBody(crossentropyRows(options), {
      leaveOut: options.ignoreClass === undefined ? 'never' : 'weighted',
    }),
)

/** e^(mean −log p[target]): how many equally likely classes would be as hard. Targets below 0 or `ignoreClass` do not count. */
export const perplexity = defineMetric('perplexity', 'int32', crossentropyFields, (options) =>
  meanBody(crossentropyRows(options), { leaveOut: 'always', finish: Math.exp }),
)

/** √ of the mean of (prediction − target)². */
export const rootMeanSquaredError = defineMetric('rootMeanSquaredError', 'float32', {}, () =>
  meanBody(createLoss('meanSquaredError').rowLosses, { ignoresMask: true, finish: Math.sqrt }),
)

/** Mean cosine of the angle between prediction and target along the last axis: 1 is the same direction, unlike the loss. */
export const cosineSimilarity = defineMetric('cosineSimilarity', 'float32', {}, () =>
  meanBody((predictions, targets) => ({ losses: cosine(predictions, targets) })),
)
