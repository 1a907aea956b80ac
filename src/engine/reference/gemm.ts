import { operand } from './bfloat16.js'
import { activationOf } from './functions.js'
import type { ReferenceKernels } from './kernels.js'

export const gemmKernels: ReferenceKernels<'matmul' | 'dense'> = {
  matmul({ c, batch, M, N, K, round, ...options }) {
    const [a, b] = [operand(options.a, round), operand(options.b, round)]
    const { transposeA, transposeB, aBatchStride, bBatchStride, cBatchStride, accumulate } = options
    for (let matrix = 0; matrix < batch; matrix++) {
      const aStart = matrix * aBatchStride
      const bStart = matrix * bBatchStride
      for (let m = 0; m < M; m++) {
        for (let n = 0; n < N; n++) {
          let sum = 0
          for (let k = 0; k < K; k++) {
            const left = a[aStart + (transposeA ? k * M + m : m * K + k)]!
            const right = b[bStart + (transposeB ? n * K + k : k * N + n)]!
            sum += left * right
          }
          const place = matrix * cBatchStride + m * N + n
          c[place] = accumulate ? c[place]! + sum : sum
        }
      }
    }
  },

  dense({ bias, y, M, N, K, transposeW, activation, round, ...operands }) {
    const [x, w] = [operand(operands.x, round), operand(operands.w, round)]
    const f = activationOf(activation)
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        let sum = bias ? bias[n]! : 0
        for (let k = 0; k < K; k++) sum += x[m * K + k]! * w[transposeW ? n * K + k : k * N + n]!
        y[m * N + n] = f(sum)
      }
    }
  },
}
