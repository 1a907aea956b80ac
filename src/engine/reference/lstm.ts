import { lstmForwardSavedLength } from '../commands.generated.js'
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

type LstmArguments = SequenceArguments & { readonly recurrentActivation: number }

/** i, f, o = rec(x̂·W + ĥ·U + b), g = act(·); c = f⊙cp + i⊙g; h = o⊙act(c). Gate order i, f, c (here g), o. */
export const lstm: Family<LstmArguments> = {
  gates: 4,
  biasGates: () => 4,
  cellState: true,
  savedLength: lstmForwardSavedLength,
  cell({ activation, recurrentActivation }, { kernel, recurrentKernel, bias }): Cell {
    const act = activationOf(activation)
    const actSlope = slopeOf(activation)
    const rec = activationOf(recurrentActivation)
    const recSlope = slopeOf(recurrentActivation)
    return {
      forward({ x, h, previous }) {
        const sum = (gate: number) =>
          plus(kernel.apply(gate, x[gate]!), recurrentKernel.apply(gate, h[gate]!), bias.of(gate))
        const i = map(rec, sum(0))
        const f = map(rec, sum(1))
        const g = map(act, sum(2))
        const o = map(rec, sum(3))
        const c = plus(times(f, previous.c), times(i, g))
        const output = map(act, c)
        return {
          next: { h: times(o, output), c },
          backward({ h: dh, c: dcLater }) {
            const dc = plus(
              dcLater,
              map((d, oj, yj) => d * oj * actSlope(yj), dh, o, output),
            )
            const dSums = [
              map((d, gj, ij) => d * gj * recSlope(ij), dc, g, i),
              map((d, cj, fj) => d * cj * recSlope(fj), dc, previous.c, f),
              map((d, ij, gj) => d * ij * actSlope(gj), dc, i, g),
              map((d, yj, oj) => d * yj * recSlope(oj), dh, output, o),
            ]
            dSums.forEach((d, gate) => {
              bias.back(gate, d)
            })
            return {
              x: dSums.map((d, gate) => kernel.back(gate, x[gate]!, d)),
              h: dSums.map((d, gate) => recurrentKernel.back(gate, h[gate]!, d)),
              previous: { h: new Float64Array(dh.length), c: times(dc, f) },
            }
          },
        }
      },
    }
  },
}

export const lstmKernels: ReferenceKernels<'lstmForward' | 'lstmBackward'> = {
  lstmForward: (a) => recurrentForward(lstm, a),
  lstmBackward: (a) => recurrentBackward(lstm, a),
}
