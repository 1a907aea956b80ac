import { RepriseError } from '../../errors.js'
import { formatShape, operations, type Tensor } from '../../graph/index.js'
import { choice, number, optional } from '../../options.js'
import { epsilon } from '../losses/probabilities.js'
import { defineMetric, type MetricBody } from './metric.js'

const averages = ['micro', 'macro', 'weighted'] as const

const fields = {
  average: optional(choice('average', averages, 'macro')),
  threshold: optional(
    number('predictions above are positive; without, the largest of each row', undefined, {
      above: 0,
      max: 1,
    }),
  ),
} as const

interface FScore {
  readonly average: (typeof averages)[number] | undefined
  readonly threshold: number | undefined
  readonly beta: number
}

/** Positive where above the threshold; without one, where largest in its row and not zero. */
function positives(predictions: Tensor, threshold: number | undefined): Tensor {
  const { absolute, greater, greaterEqual, maximumOf, multiply, scalar } = operations
  if (threshold !== undefined) return greater(predictions, scalar(predictions, threshold))
  const notZero = greater(absolute(predictions), scalar(predictions, 1e-9))
  return multiply(greaterEqual(predictions, maximumOf(predictions, -1, true)), notZero)
}

function body(name: string, { average, threshold, beta }: FScore): MetricBody {
  return {
    tensors(predictions, targets, { sampleWeights }) {
      const { multiply, sum, reshape, scalar, subtract } = operations
      if (predictions.rank !== 2) {
        throw new RepriseError(
          'shape',
          `metric ${name}: predictions must be [N, classes], got ${formatShape(predictions.shape)} with ${predictions.rank} axes`,
        )
      }
      const chosen = positives(predictions, threshold)
      const no = (mask: Tensor) => subtract(scalar(mask, 1), mask)
      const perClass = (values: Tensor) => {
        const weighted = sampleWeights ? multiply(values, reshape(sampleWeights, [-1, 1])) : values
        return average === 'micro' ? reshape(sum(weighted), [1]) : sum(weighted, 0)
      }
      return {
        truePositives: perClass(multiply(chosen, targets)),
        falsePositives: perClass(multiply(chosen, no(targets))),
        falseNegatives: perClass(multiply(no(chosen), targets)),
        support: perClass(targets),
      }
    },
    result(totals) {
      const [misses, alarms] = [totals('falseNegatives'), totals('falsePositives')]
      const scores = totals('truePositives').map((hits, k) => {
        const precision = hits / (hits + alarms[k]! + epsilon)
        const recall = hits / (hits + misses[k]! + epsilon)
        return ((precision * recall) / (beta ** 2 * precision + recall + epsilon)) * (1 + beta ** 2)
      })
      if (average === undefined) return scores
      if (average !== 'weighted') return scores.reduce((p, q) => p + q, 0) / scores.length
      const support = totals('support')
      const all = support.reduce((p, q) => p + q, 0) + epsilon
      return scores.reduce((total, score, k) => total + (score * support[k]!) / all, 0)
    },
  }
}

/** 2·precision·recall / (precision + recall) of predictions and targets [N, classes]: a vector over the classes, or their average. */
export const f1Score = defineMetric('f1Score', 'float32', fields, (options) =>
  body('f1Score', { ...options, beta: 1 }),
)

/** (1 + β²)·precision·recall / (β²·precision + recall), for the classes or their average. */
export const fBetaScore = defineMetric(
  'fBetaScore',
  'float32',
  { ...fields, beta: number('weight of recall', 1, { above: 0 }) },
  (options) => body('fBetaScore', options),
)
