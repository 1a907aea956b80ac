import { simpleRnnForwardSavedLength } from '../commands.generated.js'
import { activationOf, slopeOf } from './functions.js'
import { map, plus } from './gates.js'
import type { ReferenceKernels } from './kernels.js'
import {
  type Cell,
  type Family,
  recurrentBackward,
  recurrentForward,
  type SequenceArguments,
} from './recurrent.js'

/** h = act(x̂·W + ĥ·U + b). */
export const simpleRnn: Family<SequenceArguments> = {
  gates: 1,
  biasGates: () => 1,
  cellState: false,
  savedLength: simpleRnnForwardSavedLength,
  cell({ activation }, { kernel, recurrentKernel, bias }): Cell {
    const act = activationOf(activation)
    const slope = slopeOf(activation)
    return {
      forward({ x, h, previous }) {
        const next = map(act, plus(kernel.apply(0, x[0]!), recurrentKernel.apply(0, h[0]!), bias.of(0)))
        return {
          next: { h: next, c: previous.c },
          backward(gradient) {
            const d = map((dh, y) => dh * slope(y), gradient.h, next)
            bias.back(0, d)
            return {
              x: [kernel.back(0, x[0]!, d)],
              h: [recurrentKernel.back(0, h[0]!, d)],
              previous: { h: new Float64Array(d.length), c: gradient.c },
            }
          },
        }
      },
    }
  },
}

export const simpleRnnKernels: ReferenceKernels<'simpleRnnForward' | 'simpleRnnBackward'> = {
  simpleRnnForward: (a) => recurrentForward(simpleRnn, a),
  simpleRnnBackward: (a) => recurrentBackward(simpleRnn, a),
}
