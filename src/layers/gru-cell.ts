import {
  add,
  matmul,
  multiply,
  recurrent,
  reshape,
  scalar,
  slice,
  subtract,
} from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import { boolean, type Given, type Resolved, resolve } from '../options.js'
import { activation, type ResolvedActivation } from './activations.js'
import type { RecurrentState, SequenceOptions, SequenceResult, StepResult } from './cell.js'
import { GateCell, type GateConstants, gatedFields, gateProduct } from './gate-cell.js'

export const gruCellFields = {
  ...gatedFields,
  resetAfter: boolean('apply the reset gate after the recurrent product (cuDNN, PyTorch), not before', true),
}
export type GruCellOptions = Given<typeof gruCellFields>

/**
 * z, r = σ(x·W + h·U + b); h′ = z ⊙ h + (1−z) ⊙ ĉ (Cho et al. 2014). With `resetAfter` ĉ = tanh(x·W + b + r ⊙ (h·U + b′)) and
 * the bias is [2, 3H]; without, ĉ = tanh(x·W + b + (r ⊙ h)·U). Gates side by side: z, r, h.
 */
export class GruCell extends GateCell {
  readonly kind = 'gru'
  readonly gates = 3
  readonly stateSizes: { readonly h: number }
  declare protected readonly resolved: Resolved<typeof gruCellFields>
  private readonly gateActivation: ResolvedActivation

  constructor(given: GruCellOptions) {
    const resolved = resolve('gru', gruCellFields, given)
    super(resolved)
    this.stateSizes = { h: this.units }
    this.gateActivation = activation(resolved.recurrentActivation)
  }

  protected override biasShape(): readonly number[] {
    return this.resolved.resetAfter ? [2, 3 * this.units] : [3 * this.units]
  }

  step(x: Tensor, { h }: RecurrentState, constants: GateConstants): StepResult {
    const { kernel, kernels, recurrentKernel, recurrentKernels, inputMasks, recurrentMasks } = constants
    const bias = this.biases(constants)
    const biased = (sum: Tensor, own: Tensor | undefined) => (own ? add(sum, own) : sum)
    const input = this.byGate(biased(gateProduct(x, kernel, kernels, inputMasks), bias.input))
    const memory = this.byGate(
      biased(gateProduct(h!, recurrentKernel, recurrentKernels, recurrentMasks), bias.recurrent),
    )
    const update = this.gateActivation.apply(add(input[0]!, memory[0]!))
    const reset = this.gateActivation.apply(add(input[1]!, memory[1]!))
    const inner = this.resolved.resetAfter
      ? multiply(reset, memory[2]!)
      : matmul(multiply(reset, maskedState(h!, recurrentMasks)), recurrentKernels[2]!)
    const candidate = this.activation.apply(add(input[2]!, inner))
    const fresh = multiply(subtract(scalar(update, 1), update), candidate)
    const next = add(multiply(update, h!), fresh)
    return { output: next, state: { h: next } }
  }

  private biases({ bias }: GateConstants) {
    if (!bias) return { input: undefined, recurrent: undefined }
    if (!this.resolved.resetAfter) return { input: bias, recurrent: undefined }
    const row = (k: number) => reshape(slice(bias, 0, k, 1), [3 * this.units])
    return { input: row(0), recurrent: row(1) }
  }

  sequence(x: Tensor, options: SequenceOptions, constants: GateConstants): SequenceResult {
    const { y, hT } = recurrent('gru', this.sequenceInputs(x, options, constants), {
      activation: this.activation.fused ?? 'linear',
      recurrentActivation: this.gateActivation.fused ?? 'linear',
      resetAfter: this.resolved.resetAfter,
      reverse: options.reverse ?? false,
      zeroOutput: options.zeroOutput ?? false,
    })
    return { outputs: y, state: { h: hT } }
  }

  protected override activations(): readonly ResolvedActivation[] {
    return [this.activation, this.gateActivation]
  }
}

/** h with the candidate's dropout mask. */
function maskedState(h: Tensor, masks: readonly Tensor[]): Tensor {
  const mask = masks.at(-1)
  return mask ? multiply(h, mask) : h
}
