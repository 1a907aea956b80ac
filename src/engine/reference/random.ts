import { philox, uniform } from '../../random.js'
import type { ReferenceKernels } from './kernels.js'

export const randomKernels: ReferenceKernels<'dropout' | 'dropoutMask'> = {
  dropout({ x, y, rng, stream, N, T, F, locked, rate }) {
    for (let n = 0; n < N; n++) {
      for (let t = 0; t < T; t++) {
        for (let f = 0; f < F; f++) {
          const place = (n * T + t) * F + f
          y[place] = kept(rng, stream, locked ? n * F + f : place, rate) ? x[place]! / (1 - rate) : 0
        }
      }
    }
  },

  dropoutMask({ y, rng, stream, count, rate }) {
    for (let e = 0; e < count; e++) y[e] = kept(rng, stream, e, rate) ? 1 / (1 - rate) : 0
  },
}

/** Whether element e of a draw is kept. */
function kept(rng: Uint32Array, stream: number, e: number, rate: number): boolean {
  const block = philox([Math.floor(e / 4), stream, rng[2]!, rng[3]!], [rng[0]!, rng[1]!])
  return uniform(block[e % 4]!) >= rate
}
