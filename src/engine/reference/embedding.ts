import type { ReferenceKernels } from './kernels.js'

export const embeddingKernels: ReferenceKernels<'embeddingForward' | 'embeddingBackward'> = {
  embeddingForward({ table, ids, y, M, V, E }) {
    for (let m = 0; m < M; m++) {
      const id = ids[m]!
      const known = id >= 0 && id < V
      for (let e = 0; e < E; e++) y[m * E + e] = known ? table[id * E + e]! : 0
    }
  },

  embeddingBackward({ dy, ids, dTable, M, V, E, accumulate }) {
    const sums = new Float64Array(V * E)
    for (let m = 0; m < M; m++) {
      const id = ids[m]!
      if (id < 0 || id >= V) continue
      for (let e = 0; e < E; e++) sums[id * E + e]! += dy[m * E + e]!
    }
    for (let p = 0; p < V * E; p++) dTable[p] = accumulate ? dTable[p]! + sums[p]! : sums[p]!
  },
}
