import type { Seeded } from '../graph/graph.js'
import {
  concatenate,
  dropoutMask,
  matmul,
  multiply,
  type RecurrentInputs,
  reshape,
  slice,
  split,
} from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import type { Tensor } from '../graph/tensor.js'
import { boolean, choice, custom, type Fields, integer, number, optional, type Resolved } from '../options.js'
import { activation, activationField, type ResolvedActivation } from './activations.js'
import type {
  Cell,
  RecurrentState,
  SequenceOptions,
  SequenceResult,
  StepResult,
  WeightMaker,
} from './cell.js'
import { constraintField } from './constraints.js'
import { type InitializerLike, initializer, initializerField } from './initializers.js'
import { regularizerField } from './regularizers.js'
import { savedOptions } from './saved-options.js'
import { weightOptions } from './weight-options.js'

/** Options every gate cell has; names, defaults and meanings are Keras 3's. */
export const gateFields = {
  units: integer('hidden units', undefined, { min: 1 }),
  activation: activationField('of the candidate and the output', 'tanh'),
  useBias: boolean('add biases', true),
  kernelInitializer: initializerField('initial input weights', 'glorotUniform'),
  recurrentInitializer: initializerField('initial recurrent weights', 'orthogonal'),
  biasInitializer: initializerField('initial bias', 'zeros'),
  kernelRegularizer: regularizerField('penalty on the input weights'),
  recurrentRegularizer: regularizerField('penalty on the recurrent weights'),
  biasRegularizer: regularizerField('penalty on the bias'),
  kernelConstraint: constraintField('what the input weights become after an update'),
  recurrentConstraint: constraintField('what the recurrent weights become after an update'),
  biasConstraint: constraintField('what the bias becomes after an update'),
  dropout: number('dropout of the input', 0, { min: 0, below: 1 }),
  recurrentDropout: number('dropout of the recurrent input', 0, { min: 0, below: 1 }),
  seed: optional(integer('of dropout: its draws do not depend on other layers', undefined, { min: 0 })),
  lockedDropoutMask: choice(
    'dropout masks of the gates (the mask is always the same at every step); auto is Keras’s rule: a mask per gate when there is recurrent dropout, else one shared',
    ['auto', 'shared', 'perGate'],
    'auto',
  ),
} as const satisfies Fields

/** Further options of the cells with gates proper. */
export const gatedFields = {
  ...gateFields,
  recurrentActivation: activationField('of the gates', 'sigmoid'),
  implementation: custom<1 | 2>('accepted for Keras: 1 means a dropout mask per gate', '1|2', 2, (value) =>
    value === 1 || value === 2 ? { value } : { expected: '1 or 2' },
  ),
} as const satisfies Fields

type GateOptions = Resolved<typeof gateFields> & Partial<Resolved<typeof gatedFields>>

/** What is drawn or cut once per sequence. Masks [G or 1, N, ·]; weights cut by gate only when masks differ by gate. */
export interface GateConstants {
  readonly inputDropout: Tensor | undefined
  readonly recurrentDropout: Tensor | undefined
  readonly inputMasks: readonly Tensor[]
  readonly recurrentMasks: readonly Tensor[]
  readonly kernel: Tensor
  readonly recurrentKernel: Tensor
  readonly kernels: readonly Tensor[]
  readonly recurrentKernels: readonly Tensor[]
  readonly bias: Tensor | undefined
}

/** The common part of the simple, LSTM and GRU cells: weights with gates side by side, and dropout masks. */
export abstract class GateCell implements Cell<GateConstants> {
  abstract readonly kind: string
  abstract readonly gates: number
  abstract readonly stateSizes: Readonly<Record<string, number>>
  protected readonly activation: ResolvedActivation
  private kernel: Parameter | undefined
  private recurrentKernel: Parameter | undefined
  private bias: Parameter | undefined
  private readonly seeded: Seeded | undefined

  constructor(protected readonly resolved: GateOptions) {
    this.activation = activation(resolved.activation)
    this.seeded = resolved.seed === undefined ? undefined : { seed: resolved.seed }
  }

  get units(): number {
    return this.resolved.units
  }

  protected biasShape(): readonly number[] {
    return [this.gates * this.units]
  }

  /** The bias initializer as it applies to the whole bias. */
  protected biasInitializer(): InitializerLike {
    return this.resolved.biasInitializer
  }

  build(weight: WeightMaker, features: number): void {
    const given = this.resolved
    const { units } = given
    const columns = this.gates * units
    this.kernel = weight(
      'kernel',
      [features, columns],
      initializer(given.kernelInitializer),
      weightOptions(given.kernelRegularizer, given.kernelConstraint),
    )
    this.recurrentKernel = weight(
      'recurrentKernel',
      [units, columns],
      initializer(given.recurrentInitializer),
      weightOptions(given.recurrentRegularizer, given.recurrentConstraint),
    )
    if (!given.useBias) return
    this.bias = weight('bias', this.biasShape(), initializer(this.biasInitializer()), {
      ...weightOptions(given.biasRegularizer, given.biasConstraint),
      decay: false,
    })
  }

  begin(x: Tensor): GateConstants {
    const { graph } = x
    const { dropout, recurrentDropout, lockedDropoutMask, implementation, units } = this.resolved
    const perGate =
      lockedDropoutMask === 'auto'
        ? recurrentDropout > 0 || implementation === 1
        : lockedDropoutMask === 'perGate'
    const count = perGate ? this.gates : 1
    const [N, , I] = x.shape as [number, number, number]
    const inputMask = dropoutMask(graph, [count, N, I], dropout, this.seeded)
    const recurrentMask = dropoutMask(graph, [count, N, units], recurrentDropout, this.seeded)
    const kernel = graph.parameter(this.kernel!)
    const recurrentKernel = graph.parameter(this.recurrentKernel!)
    return {
      inputDropout: inputMask,
      recurrentDropout: recurrentMask,
      inputMasks: masksOf(inputMask),
      recurrentMasks: masksOf(recurrentMask),
      kernel,
      recurrentKernel,
      kernels: this.byGate(kernel),
      recurrentKernels: this.byGate(recurrentKernel),
      bias: this.bias && graph.parameter(this.bias),
    }
  }

  /** Columns of each gate: [..., G·H] → G × [..., H]. */
  protected byGate(tensor: Tensor): readonly Tensor[] {
    return split(tensor, -1, new Array<number>(this.gates).fill(this.units))
  }

  abstract step(x: Tensor, state: RecurrentState, constants: GateConstants): StepResult
  abstract sequence(x: Tensor, options: SequenceOptions, constants: GateConstants): SequenceResult

  /** Activations a fused command would need. */
  protected activations(): readonly ResolvedActivation[] {
    return [this.activation]
  }

  whyNotFused(): string | undefined {
    const foreign = this.activations().filter(({ fused }) => fused === undefined)
    if (foreign.length === 0) return undefined
    return `activation ${foreign.map(({ name }) => name).join(' and ')} is not among those of the fused command`
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`cell ${this.kind}`, this.resolved)
  }

  copy(): Cell<GateConstants> {
    const Same = this.constructor as new (given: GateOptions) => GateCell
    return new Same(this.resolved)
  }

  /** Inputs of the whole-sequence command. */
  protected sequenceInputs(x: Tensor, options: SequenceOptions, constants: GateConstants): RecurrentInputs {
    const { kernel, recurrentKernel, bias, inputDropout, recurrentDropout } = constants
    const { state, mask, lengths, resets } = options
    const weights = { kernel, recurrentKernel, bias, inputDropout, recurrentDropout }
    return { x, ...weights, h0: state?.h, c0: state?.c, mask, lengths, resets }
  }
}

function masksOf(masks: Tensor | undefined): readonly Tensor[] {
  if (!masks) return []
  const [count, N, features] = masks.shape as [number, number, number]
  return Array.from({ length: count }, (_, gate) => reshape(slice(masks, 0, gate, 1), [N, features]))
}

/** x · weights with the dropout mask of each gate on x: [N, I] → [N, G·H]. */
export function gateProduct(
  x: Tensor,
  whole: Tensor,
  parts: readonly Tensor[],
  masks: readonly Tensor[],
): Tensor {
  if (masks.length === 0) return matmul(x, whole)
  if (masks.length === 1) return matmul(multiply(x, masks[0]!), whole)
  return concatenate(
    parts.map((part, gate) => matmul(multiply(x, masks[gate]!), part)),
    1,
  )
}
