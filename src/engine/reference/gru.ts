import { gruForwardSavedLength } from '../commands.generated.js'
import { activationOf, slopeOf } from './functions.js'
import { map, plus, times } from './gates.js'
import type { ReferenceKernels } from './kernels.js'
import {
  type Cell,
  type Family,
  recurrentBackward,
  recurrentForward,
  type SequenceArguments,
} from './recurrent.js'

type GruArguments = SequenceArguments & { readonly recurrentActivation: number; readonly resetAfter: number }

/**
 * z, r = rec(x̂·W + ĥ·U + b); h = z⊙hp + (1−z)⊙ĉ. Gate order z, r, h.
 *
 * With resetAfter ĉ = act(x̂·Wh + bh + r⊙(ĥ·Uh + bUh)) and a second row of biases; else ĉ = act(x̂·Wh + bh + (r⊙ĥ)·Uh).
 */
export const gru: Family<GruArguments> = {
  gates: 3,
  biasGates: ({ resetAfter }) => (resetAfter ? 6 : 3),
  cellState: false,
  savedLength: gruForwardSavedLength,
  cell({ activation, recurrentActivation, resetAfter }, { kernel, recurrentKernel, bias }): Cell {
    const act = activationOf(activation)
    const actSlope = slopeOf(activation)
    const rec = activationOf(recurrentActivation)
    const recSlope = slopeOf(recurrentActivation)
    return {
      forward({ x, h, previous }) {
        const input = (gate: number) => plus(kernel.apply(gate, x[gate]!), bias.of(gate))
        const recurrent = (gate: number, v = h[gate]!) => {
          const product = recurrentKernel.apply(gate, v)
          return resetAfter ? plus(product, bias.of(3 + gate)) : product
        }
        const z = map(rec, plus(input(0), recurrent(0)))
        const r = map(rec, plus(input(1), recurrent(1)))
        const resetH = times(r, h[2]!)
        const afterH = resetAfter ? recurrent(2) : recurrent(2, resetH)
        const candidate = map(act, plus(input(2), resetAfter ? times(r, afterH) : afterH))
        return {
          next: {
            h: map((zj, p, cj) => zj * p + (1 - zj) * cj, z, previous.h, candidate),
            c: previous.c,
          },
          backward({ h: dh, c }) {
            const dz = map((d, zj, p, cj) => d * (p - cj) * recSlope(zj), dh, z, previous.h, candidate)
            const dCandidate = map((d, zj, cj) => d * (1 - zj) * actSlope(cj), dh, z, candidate)
            let dr: Float64Array
            let dh2: Float64Array
            if (resetAfter) {
              const dAfter = times(dCandidate, r)
              dr = times(dCandidate, afterH)
              dh2 = recurrentKernel.back(2, h[2]!, dAfter)
              bias.back(5, dAfter)
            } else {
              const dResetH = recurrentKernel.back(2, resetH, dCandidate)
              dr = times(dResetH, h[2]!)
              dh2 = times(dResetH, r)
            }
            const drSum = map((d, rj) => d * recSlope(rj), dr, r)
            const dSums = [dz, drSum, dCandidate]
            dSums.forEach((d, gate) => {
              bias.back(gate, d)
              if (resetAfter && gate < 2) bias.back(3 + gate, d)
            })
            return {
              x: dSums.map((d, gate) => kernel.back(gate, x[gate]!, d)),
              h: [recurrentKernel.back(0, h[0]!, dz), recurrentKernel.back(1, h[1]!, drSum), dh2],
              previous: { h: times(dh, z), c },
            }
          },
        }
      },
    }
  },
}

export const gruKernels: ReferenceKernels<'gruForward' | 'gruBackward'> = {
  gruForward: (a) => recurrentForward(gru, a),
  gruBackward: (a) => recurrentBackward(gru, a),
}
