import { add, multiply, recurrent } from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import { boolean, type Given, type Resolved, resolve } from '../options.js'
import { activation, type ResolvedActivation } from './activations.js'
import type { RecurrentState, SequenceOptions, SequenceResult, StepResult } from './cell.js'
import { GateCell, type GateConstants, gatedFields, gateProduct } from './gate-cell.js'
import { type InitializerLike, initializer } from './initializers.js'

export const lstmCellFields = {
  ...gatedFields,
  unitForgetBias: boolean('start the forget gate’s bias at 1 (Jozefowicz et al. 2015)', true),
}
export type LstmCellOptions = Given<typeof lstmCellFields>

/** i, f, o = σ(x·W + h·U + b); c′ = f ⊙ c + i ⊙ g; h′ = o ⊙ tanh(c′). Gates side by side: i, f, c, o. */
export class LstmCell extends GateCell {
  readonly kind = 'lstm'
  readonly gates = 4
  readonly stateSizes: { readonly h: number; readonly c: number }
  declare protected readonly resolved: Resolved<typeof lstmCellFields>
  private readonly gateActivation: ResolvedActivation

  constructor(given: LstmCellOptions) {
    const resolved = resolve('lstm', lstmCellFields, given)
    super(resolved)
    this.stateSizes = { h: this.units, c: this.units }
    this.gateActivation = activation(resolved.recurrentActivation)
  }

  protected override biasInitializer(): InitializerLike {
    const base = initializer(this.resolved.biasInitializer)
    if (!this.resolved.unitForgetBias) return base
    return ([length], random) => {
      const H = length! / 4
      const values = new Float32Array(4 * H).fill(1)
      values.set(base([H], random), 0)
      values.set(base([2 * H], random), 2 * H)
      return values
    }
  }

  step(x: Tensor, { h, c }: RecurrentState, constants: GateConstants): StepResult {
    const input = gateProduct(x, constants.kernel, constants.kernels, constants.inputMasks)
    const memory = gateProduct(
      h!,
      constants.recurrentKernel,
      constants.recurrentKernels,
      constants.recurrentMasks,
    )
    const sum = add(input, memory)
    const z = this.byGate(constants.bias ? add(sum, constants.bias) : sum)
    const inputGate = this.gateActivation.apply(z[0]!)
    const forgetGate = this.gateActivation.apply(z[1]!)
    const outputGate = this.gateActivation.apply(z[3]!)
    const cell = add(multiply(forgetGate, c!), multiply(inputGate, this.activation.apply(z[2]!)))
    const next = multiply(outputGate, this.activation.apply(cell))
    return { output: next, state: { h: next, c: cell } }
  }

  sequence(x: Tensor, options: SequenceOptions, constants: GateConstants): SequenceResult {
    const { y, hT, cT } = recurrent('lstm', this.sequenceInputs(x, options, constants), {
      activation: this.activation.fused ?? 'linear',
      recurrentActivation: this.gateActivation.fused ?? 'linear',
      reverse: options.reverse ?? false,
      zeroOutput: options.zeroOutput ?? false,
    })
    return { outputs: y, state: { h: hT, c: cT } }
  }

  protected override activations(): readonly ResolvedActivation[] {
    return [this.activation, this.gateActivation]
  }
}
