import { philox } from '../../random.js'
import type { Floats, ReferenceKernels } from './kernels.js'

export const vocabularyKernels: ReferenceKernels<
  | 'linearCrossEntropyForward'
  | 'linearCrossEntropyBackward'
  | 'sampleClasses'
  | 'logExpectedCount'
  | 'sampledCrossEntropyForward'
  | 'sampledCrossEntropyBackward'
> = {
  linearCrossEntropyForward(a) {
    const { targets, count, loss, lse, M } = a
    const rows = count ? Math.min(count[0]!, M) : M
    loss.fill(0, 0, M)
    lse.fill(0, 0, M)
    for (let m = 0; m < rows; m++) {
      const logits = logitsOf(a, m)
      lse[m] = logSumExp(logits)
      const target = targets[m]!
      loss[m] = target < 0 ? 0 : lse[m]! - logits[target]!
    }
  },

  linearCrossEntropyBackward(a) {
    const { x, w, targets, count, lse, dLoss, dx, dw, dBias, M, V, K, transposeW } = a
    const rows = count ? Math.min(count[0]!, M) : M
    const inputs = new Float64Array(M * K)
    const weights = new Float64Array(V * K)
    const biases = new Float64Array(V)
    for (let m = 0; m < rows; m++) {
      const target = targets[m]!
      if (target < 0) continue
      const logits = logitsOf(a, m)
      for (let v = 0; v < V; v++) {
        const g = dLoss[m]! * (Math.exp(logits[v]! - lse[m]!) - (v === target ? 1 : 0))
        biases[v]! += g
        for (let k = 0; k < K; k++) {
          const place = transposeW ? v * K + k : k * V + v
          inputs[m * K + k]! += g * w[place]!
          weights[place]! += g * x[m * K + k]!
        }
      }
    }
    dx.set(inputs)
    dw.set(weights)
    dBias?.set(biases)
  },

  sampleClasses({ rng, classes, tries, stream, S, V }) {
    if (S >= V) {
      for (let k = 0; k < S; k++) classes[k] = k
      tries[0] = 0
      return
    }
    const taken = new Set<number>()
    const take = (k: number) => {
      if (!taken.has(k)) classes[taken.size] = k
      taken.add(k)
    }
    let draws = 0
    for (; taken.size < S && draws < 64 * S + 1024; draws++) {
      const block = philox([Math.floor(draws / 2), stream, rng[2]!, rng[3]!], [rng[0]!, rng[1]!])
      const at = 2 * (draws % 2)
      const uniform = (block[at]! * 2 ** 21 + (block[at + 1]! >>> 11)) * 2 ** -53
      take(Math.min(V, Math.floor(Math.exp(uniform * Math.log(V + 1)))) - 1)
    }
    tries[0] = draws
    for (let k = 0; taken.size < S; k++) take(k)
  },

  logExpectedCount({ ids, tries, y, M, V }) {
    for (let m = 0; m < M; m++) {
      const id = ids[m]!
      const known = tries[0]! > 0 && id >= 0 && id < V
      const missed = known ? tries[0]! * Math.log1p(-Math.log1p(1 / (id + 1)) / Math.log(V + 1)) : 0
      y[m] = known ? Math.log(-Math.expm1(missed)) : 0
    }
  },

  sampledCrossEntropyForward({ logits, offsets, classes, targets, trueLogits, loss, lse, M, S }) {
    for (let m = 0; m < M; m++) {
      const row = [trueLogits[m]!]
      for (let s = 0; s < S; s++) {
        const isHit = targets[m]! >= 0 && classes[s] === targets[m]
        if (!isHit) row.push(logits[m * S + s]! + offsets[s]!)
      }
      lse[m] = logSumExp(row)
      loss[m] = targets[m]! < 0 ? 0 : lse[m]! - trueLogits[m]!
    }
  },

  sampledCrossEntropyBackward(a) {
    const { logits, offsets, classes, targets, trueLogits, lse, dLoss, dLogits, dTrueLogits, M, S } = a
    for (let m = 0; m < M; m++) {
      const target = targets[m]!
      for (let s = 0; s < S; s++) {
        const p = m * S + s
        const counts = target >= 0 && classes[s] !== target
        dLogits[p] = counts ? dLoss[m]! * Math.exp(logits[p]! + offsets[s]! - lse[m]!) : 0
      }
      dTrueLogits[m] = target < 0 ? 0 : dLoss[m]! * Math.expm1(trueLogits[m]! - lse[m]!)
    }
  },
}

interface Linear {
  readonly x: Floats
  readonly w: Floats
  readonly bias: Floats | undefined
  readonly V: number
  readonly K: number
  readonly transposeW: number
}

function logitsOf({ x, w, bias, V, K, transposeW }: Linear, m: number): Float64Array {
  return Float64Array.from({ length: V }, (_, v) => {
    let sum = bias ? bias[v]! : 0
    for (let k = 0; k < K; k++) sum += x[m * K + k]! * w[transposeW ? v * K + k : k * V + v]!
    return sum
  })
}

function logSumExp(x: ArrayLike<number>): number {
  let largest = Number.NEGATIVE_INFINITY
  for (let v = 0; v < x.length; v++) largest = Math.max(largest, x[v]!)
  let sum = 0
  for (let v = 0; v < x.length; v++) sum += Math.exp(x[v]! - largest)
  return largest + Math.log(sum)
}
