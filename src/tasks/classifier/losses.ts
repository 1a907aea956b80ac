import { operations, type Tensor } from '../../graph/index.js'

/**
 * −ln p of the right label of each text in nats, times the weight of the text: logits [N, L], targets int32 [N] (−1 = no
 * text: 0), weights [N] → [N].
 */
export function labelLosses(logits: Tensor, targets: Tensor, weights: Tensor, smoothing: number): Tensor {
  return logits.graph.scope('loss', () => operations.softmaxCrossEntropy(logits, targets, weights, smoothing))
}

/**
 * −ln p of having each label or not, summed over labels: logits [N, L], targets [N, L] of 0 and 1, weights [N, L] → [N].
 * With smoothing a share of every target moves halfway between.
 */
export function labelSetLosses(logits: Tensor, targets: Tensor, weights: Tensor, smoothing: number): Tensor {
  const { add, absolute, exp, log1p, maximum, multiply, negate, scalar, scale, subtract, sum } = operations
  return logits.graph.scope('loss', () => {
    const wanted =
      smoothing === 0 ? targets : add(scale(targets, 1 - smoothing), scalar(targets, smoothing / 2))
    const positive = maximum(logits, scalar(logits, 0))
    const losses = add(subtract(positive, multiply(logits, wanted)), log1p(exp(negate(absolute(logits)))))
    return sum(multiply(losses, weights), 1)
  })
}
