/** What is asked of the scores of a row: one of K labels, or each of K labels by itself (K = 1: yes or no). */
export type Link = 'softmax' | 'sigmoid'

/**
 * Sum of the losses of all rows (−ln of the probability of what holds, times the weight of the row), and into `residuals`
 * its derivative by each score: weight · (probability − target).
 * scores, targets (0 or 1), residuals [N, K] flat; weights [N].
 */
export function logisticLoss(
  link: Link,
  scores: Float64Array,
  targets: Uint8Array,
  weights: Float64Array,
  K: number,
  residuals: Float64Array,
): number {
  return link === 'softmax'
    ? softmaxLoss(scores, targets, weights, K, residuals)
    : sigmoidLoss(scores, targets, weights, K, residuals)
}

function sigmoidLoss(
  scores: Float64Array,
  targets: Uint8Array,
  weights: Float64Array,
  K: number,
  residuals: Float64Array,
): number {
  let total = 0
  for (let at = 0; at < scores.length; at++) {
    const weight = weights[K === 1 ? at : Math.floor(at / K)]!
    const score = targets[at] === 1 ? scores[at]! : -scores[at]!
    // p of what does not hold; ln(1 + e^−s) without overflow
    const small = Math.exp(-Math.abs(score))
    total += weight * ((score < 0 ? -score : 0) + Math.log1p(small))
    const wrong = score < 0 ? 1 / (1 + small) : small / (1 + small)
    residuals[at] = targets[at] === 1 ? -weight * wrong : weight * wrong
  }
  return total
}

function softmaxLoss(
  scores: Float64Array,
  targets: Uint8Array,
  weights: Float64Array,
  K: number,
  residuals: Float64Array,
): number {
  let total = 0
  for (let row = 0, i = 0; row < scores.length; row += K, i++) {
    const weight = weights[i]!
    let highest = scores[row]!
    for (let k = 1; k < K; k++) highest = Math.max(highest, scores[row + k]!)
    let sum = 0
    for (let k = 0; k < K; k++) {
      const part = Math.exp(scores[row + k]! - highest)
      residuals[row + k] = part
      sum += part
    }
    const logSum = highest + Math.log(sum)
    for (let k = 0; k < K; k++) {
      const target = targets[row + k]!
      residuals[row + k] = weight * (residuals[row + k]! / sum - target)
      if (target === 1) total += weight * (logSum - scores[row + k]!)
    }
  }
  return total
}
