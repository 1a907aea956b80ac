import type { ReferenceKernels } from './kernels.js'

export const rowsKernels: ReferenceKernels<
  'uniqueRows' | 'clusterRows' | 'rowsDenseForward' | 'rowsDenseBackward'
> = {
  uniqueRows({ ids, rows, count, place, M, V, R }) {
    const seen = new Map<number, number>()
    for (let m = 0; m < M; m++) {
      const id = ids[m]!
      if (id >= 0 && id < V && !seen.has(id) && seen.size < R) seen.set(id, seen.size)
      place[m] = seen.get(id) ?? -1
    }
    rows.fill(-1, 0, R)
    for (const [id, r] of seen) rows[r] = id
    count[0] = seen.size
  },

  clusterRows({ targets, labels, rows, local, count, relabelled, M, low, high, label }) {
    let found = 0
    rows.fill(-1, 0, M)
    local.fill(-1, 0, M)
    for (let m = 0; m < M; m++) {
      const target = targets[m]!
      const inside = target >= low && target < high
      relabelled[m] = inside ? label : labels[m]!
      if (!inside) continue
      rows[found] = m
      local[found++] = target - low
    }
    count[0] = found
  },

  rowsDenseForward({ x, rows, count, w, y, M, N, K }) {
    y.fill(0, 0, M * N)
    for (let r = 0; r < Math.min(count[0]!, M); r++) {
      for (let n = 0; n < N; n++) {
        let sum = 0
        for (let k = 0; k < K; k++) sum += x[rows[r]! * K + k]! * w[k * N + n]!
        y[r * N + n] = sum
      }
    }
  },

  rowsDenseBackward({ x, rows, count, w, dy, dx, dw, L, M, N, K }) {
    dx.fill(0, 0, L * K)
    const sums = new Float64Array(K * N)
    for (let r = 0; r < Math.min(count[0]!, M); r++) {
      const row = rows[r]! * K
      for (let k = 0; k < K; k++) {
        let sum = 0
        for (let n = 0; n < N; n++) {
          sum += dy[r * N + n]! * w[k * N + n]!
          sums[k * N + n]! += x[row + k]! * dy[r * N + n]!
        }
        dx[row + k] = sum
      }
    }
    dw.set(sums)
  },
}
