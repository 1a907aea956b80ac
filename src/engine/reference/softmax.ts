import type { Floats, ReferenceKernels } from './kernels.js'

export const softmaxKernels: ReferenceKernels<
  'softmax' | 'softmaxBackward' | 'softmaxCrossEntropyForward' | 'softmaxCrossEntropyBackward'
> = {
  softmax({ x, y, M, V, log }) {
    for (let m = 0; m < M; m++) {
      // Their sum would lose the second where the first is huge.
      const { largest, logSum } = logSumExp(x, m * V, V)
      for (let p = m * V; p < (m + 1) * V; p++) {
        const y0 = x[p]! - largest - logSum
        y[p] = log ? y0 : Math.exp(y0)
      }
    }
  },

  softmaxBackward({ y, dy, dx, M, V, log }) {
    for (let m = 0; m < M; m++) {
      let sum = 0
      for (let p = m * V; p < (m + 1) * V; p++) sum += log ? dy[p]! : dy[p]! * y[p]!
      for (let p = m * V; p < (m + 1) * V; p++) {
        dx[p] = log ? dy[p]! - Math.exp(y[p]!) * sum : y[p]! * (dy[p]! - sum)
      }
    }
  },

  softmaxCrossEntropyForward({ logits, targets, weights, loss, lse, M, V, smoothing }) {
    for (let m = 0; m < M; m++) {
      const target = targets[m]!
      const { largest, logSum } = logSumExp(logits, m * V, V)
      const row = largest + logSum
      lse[m] = row
      if (target < 0) {
        loss[m] = 0
        continue
      }
      let mean = 0
      for (let v = 0; v < V; v++) mean += logits[m * V + v]! / V
      const weight = weights ? weights[m]! : 1
      loss[m] = weight * ((1 - smoothing) * (row - logits[m * V + target]!) + smoothing * (row - mean))
    }
  },

  softmaxCrossEntropyBackward({ logits, lse, targets, weights, dLoss, dLogits, M, V, smoothing }) {
    for (let m = 0; m < M; m++) {
      const target = targets[m]!
      const scale = dLoss[m]! * (weights ? weights[m]! : 1)
      for (let v = 0; v < V; v++) {
        const p = m * V + v
        const wanted = (v === target ? 1 - smoothing : 0) + smoothing / V
        dLogits[p] = target < 0 ? 0 : scale * (Math.exp(logits[p]! - lse[m]!) - wanted)
      }
    }
  },
}

/** log Σ exp x[start … start+V−1] = largest + logSum; shifted by the largest element so that nothing overflows. */
function logSumExp(x: Floats, start: number, V: number): { largest: number; logSum: number } {
  let largest = Number.NEGATIVE_INFINITY
  for (let p = start; p < start + V; p++) largest = Math.max(largest, x[p]!)
  let sum = 0
  for (let p = start; p < start + V; p++) sum += Math.exp(x[p]! - largest)
  return { largest, logSum: Math.log(sum) }
}
