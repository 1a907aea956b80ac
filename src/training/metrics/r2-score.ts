import { RepriseError } from '../../errors.js'
import { formatShape, operations } from '../../graph/index.js'
import { choice, integer } from '../../options.js'
import { defineMetric } from './metric.js'

const aggregations = ['uniformAverage', 'varianceWeightedAverage', 'none'] as const

/**
 * 1 − Σ(t − p)² / Σ(t − mean t)², the part of the variance that is explained, of predictions and targets [N, outputs];
 * averaged over the outputs, with `numRegressors` adjusted for that many.
 */
export const r2Score = defineMetric(
  'r2Score',
  'float32',
  {
    classAggregation: choice('class aggregation', aggregations, 'uniformAverage'),
    numRegressors: integer('independent regressors, for the adjusted score', 0, { min: 0 }),
  },
  ({ classAggregation, numRegressors }) => ({
    tensors(predictions, targets, { sampleWeights }) {
      const { broadcastTo, fill, multiply, reshape, square, subtract, sum } = operations
      if (predictions.rank !== 2) {
        throw new RepriseError(
          'shape',
          `metric r2Score: predictions must be [N, outputs], got ${formatShape(predictions.shape)} with ${predictions.rank} axes`,
        )
      }
      const weights = sampleWeights
        ? broadcastTo(reshape(sampleWeights, [-1, 1]), predictions.shape)
        : fill(predictions.graph, predictions.shape, 1)
      const weighted = multiply(targets, weights)
      return {
        sum: sum(weighted, 0),
        squares: sum(multiply(targets, weighted), 0),
        residual: sum(multiply(square(subtract(targets, predictions)), weights), 0),
        count: sum(weights, 0),
        elements: fill(predictions.graph, [1], predictions.size),
      }
    },
    result(totals) {
      const [sums, counts, residual] = [totals('sum'), totals('count'), totals('residual')]
      const spread = totals('squares').map((squares, k) => squares - sums[k]! ** 2 / counts[k]!)
      const scores = spread.map((total, k) => {
        const score = 1 - residual[k]! / total
        return Math.abs(score) === Infinity ? 0 : score
      })
      // Keras counts elements, not samples, here.
      const n = totals('elements')[0]!
      const adjust = (score: number) =>
        numRegressors === 0 || numRegressors >= n - 1
          ? score
          : 1 - ((1 - score) * (n - 1)) / (n - numRegressors - 1)
      if (classAggregation === 'none') return scores.map(adjust)
      const weights = classAggregation === 'uniformAverage' ? spread.map(() => 1) : spread
      const all = weights.reduce((p, q) => p + q, 0)
      return adjust(scores.reduce((total, score, k) => total + score * weights[k]!, 0) / all)
    },
  }),
)
