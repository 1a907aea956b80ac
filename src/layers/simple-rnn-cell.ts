import { add, recurrent } from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import { type Given, resolve } from '../options.js'
import type { RecurrentState, SequenceOptions, SequenceResult, StepResult } from './cell.js'
import { GateCell, type GateConstants, gateFields, gateProduct } from './gate-cell.js'

export const simpleRnnCellFields = gateFields
export type SimpleRnnCellOptions = Given<typeof simpleRnnCellFields>

/** h′ = f(x·W + h·U + b) (Elman 1990). */
export class SimpleRnnCell extends GateCell {
  readonly kind = 'simpleRnn'
  readonly gates = 1
  readonly stateSizes: { readonly h: number }

  constructor(given: SimpleRnnCellOptions) {
    super(resolve('simpleRnn', simpleRnnCellFields, given))
    this.stateSizes = { h: this.units }
  }

  step(x: Tensor, { h }: RecurrentState, constants: GateConstants): StepResult {
    const input = gateProduct(x, constants.kernel, constants.kernels, constants.inputMasks)
    const memory = gateProduct(
      h!,
      constants.recurrentKernel,
      constants.recurrentKernels,
      constants.recurrentMasks,
    )
    const sum = add(input, memory)
    const next = this.activation.apply(constants.bias ? add(sum, constants.bias) : sum)
    return { output: next, state: { h: next } }
  }

  sequence(x: Tensor, options: SequenceOptions, constants: GateConstants): SequenceResult {
    const { y, hT } = recurrent('simpleRnn', this.sequenceInputs(x, options, constants), {
      activation: this.activation.fused ?? 'linear',
      reverse: options.reverse ?? false,
      zeroOutput: options.zeroOutput ?? false,
    })
    return { outputs: y, state: { h: hT } }
  }
}
