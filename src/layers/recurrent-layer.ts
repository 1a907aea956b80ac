import { RepriseError, unknownName } from '../errors.js'
import { maximumOf, reshape, reverse, slice } from '../graph/operations/index.js'
import { formatShape, type Shape, type Tensor } from '../graph/tensor.js'
import { boolean, choice, custom, type Fields, type Resolved } from '../options.js'
import type { Cell, RecurrentState } from './cell.js'
import type { CommonOptions } from './common-options.js'
import { type BuildContext, type CallOptions, Layer, type LayerOutputs, type Mask } from './layer.js'
import { addActivityLoss, regularizerField } from './regularizers.js'
import type { CallArguments, SymbolicTensor } from './symbolic.js'
import { unroll } from './unroll.js'

/** Options of the loop, the same for every cell; names, defaults and meanings are Keras 3's. */
export const sequenceFields = {
  returnSequences: boolean('give the output of every step, not of the last alone', false),
  returnState: boolean('give the final state too', false),
  goBackwards: boolean('walk from the last step to the first and give the outputs in that order', false),
  stateful: boolean('start each batch from the state the previous one ended in', false),
  unroll: boolean('accepted for Keras; nothing changes', false),
  zeroOutputForMask: boolean('output zeros at masked steps instead of the previous output', false),
  activityRegularizer: regularizerField('penalty on the output, and on the final state with returnState'),
  fused: choice(
    'run as one command: auto when there is one for the cell, always = an error when there is none',
    ['auto', 'always', 'never'],
    'auto',
  ),
} as const satisfies Fields

/** An option of the layers cuDNN knows. */
export const useCudnnField = custom<boolean | 'auto'>(
  'accepted for Keras; nothing changes',
  'auto|true|false',
  'auto',
  (value) =>
    value === 'auto' || typeof value === 'boolean' ? { value } : { expected: '"auto", true or false' },
)

export interface RecurrentCallOptions extends CallOptions {
  /** State before the first step, { h } or { h, c }, each [N, units]; what is missing is zero. */
  readonly state?: RecurrentState | undefined
  /** int32 [N]: steps t ≥ lengths[n] do not count. */
  readonly lengths?: Tensor | undefined
  /** float32 [N, T]: non-zero empties the row's state before that step. */
  readonly resets?: Tensor | undefined
  /** Instead of the option `zeroOutputForMask`. */
  readonly zeroOutputForMask?: boolean | undefined
  /** Outputs of a backward walk at the places of their steps, not in the order they were made. */
  readonly inPlace?: boolean | undefined
}

export interface RecurrentResult {
  /** [N, T, H] with `returnSequences`, else [N, H]. */
  readonly output: Tensor
  /** State after the last walked step. */
  readonly state: RecurrentState
}

/** Whether a recurrent layer runs as one command, and why not. */
export type Fusion = { readonly fused: true } | { readonly fused: false; readonly reason: string }

/** A cell and the loop around it: sequences, masks, direction, carried state. x is [N, T, I]. */
export abstract class RecurrentLayer extends Layer {
  private features = 0
  private readonly held = new Set<string>()

  /** `given` are all options the layer was made with. */
  constructor(
    private readonly given: CommonOptions,
    readonly cell: Cell,
    readonly sequence: Resolved<typeof sequenceFields>,
  ) {
    super(given)
  }

  /** A layer of the same options but for the changes, without weights. */
  copy(changes: CommonOptions & Partial<Resolved<typeof sequenceFields>>): RecurrentLayer {
    const Same = this.constructor as new (given: CommonOptions) => RecurrentLayer
    return new Same({ ...this.given, ...changes })
  }

  /** Names of the states that `stateful` keeps in a session, of the calls so far. */
  override get heldStates(): readonly string[] {
    return [...this.held]
  }

  protected createWeights(context: BuildContext, inputShape: Shape): void {
    if (inputShape.length !== 3) throw this.shapeError('input [N, T, features]', inputShape)
    this.fusion // an impossible `fused: "always"` is told before training starts
    this.features = inputShape[2]!
    this.cell.build(
      (name, shape, initializer, options) => context.weight(this.name, name, shape, initializer, options),
      this.features,
    )
  }

  /** Features of the output. */
  get outputSize(): number {
    return this.cell.outputSize ?? Object.values(this.cell.stateSizes)[0]!
  }

  /** Features of each part of the state, to allocate and save it. */
  get stateSizes(): Readonly<Record<string, number>> {
    return this.cell.stateSizes
  }

  /** Throws `not-fused` when the option `fused` is "always" and the layer cannot. */
  get fusion(): Fusion {
    const { cell } = this
    if (this.sequence.fused === 'never') return { fused: false, reason: 'option fused is "never"' }
    const reason = cell.sequence
      ? cell.whyNotFused?.()
      : `cell "${cell.kind}" is written with graph operations`
    if (reason === undefined) return { fused: true }
    if (this.sequence.fused === 'always') {
      throw new RepriseError('not-fused', `layer "${this.name}" cannot run as one command: ${reason}`)
    }
    return { fused: false, reason }
  }

  outputShape(inputShape: Shape): Shape {
    this.checkInput(inputShape)
    const [N, T] = inputShape as [number, number]
    return this.sequence.returnSequences ? [N, T, this.outputSize] : [N, this.outputSize]
  }

  /** Inputs: the sequence, then the parts of an initial state, if any; with `returnState` the final state follows. */
  override outputShapes(inputShapes: readonly Shape[]): readonly Shape[] {
    const [x, ...states] = inputShapes
    const output = this.outputShape(x!)
    const sizes = Object.entries(this.stateSizes)
    if (states.length !== 0 && states.length !== sizes.length) {
      throw this.shapeError(`1 input or ${1 + sizes.length} with the initial state`, [inputShapes.length])
    }
    for (const [index, state] of states.entries()) {
      const [name, size] = sizes[index]!
      if (state.length !== 2 || state[1] !== size) throw this.shapeError(`state ${name} [N, ${size}]`, state)
    }
    if (!this.sequence.returnState) return [output]
    return [output, ...sizes.map(([, size]) => [x![0]!, size])]
  }

  /**
   * With an initial state among the inputs every step counts, whatever the mask of the sequence, which is only passed on:
   * Keras 3 does so, and models trained there expect it. `call` heeds both.
   */
  override run(inputs: readonly Tensor[], masks: readonly Mask[] = []): LayerOutputs {
    const [x, ...initial] = inputs
    const names = Object.keys(this.stateSizes)
    const state = initial.length
      ? Object.fromEntries(names.map((name, index) => [name, initial[index]!]))
      : undefined
    const outputs = this.callAll(x!, { mask: state ? undefined : masks[0], state })
    return { outputs, masks: [this.outputMask(x!, masks[0])] }
  }

  /** Call argument `initialState`: symbolic tensors, one for each part of the state; or give them as further inputs. */
  override applyAll(
    inputs: SymbolicTensor | readonly SymbolicTensor[],
    { initialState, ...rest }: CallArguments = {},
  ): readonly SymbolicTensor[] {
    return super.applyAll(withInitialState(inputs, initialState), rest)
  }

  /** The mask of the input, as in Keras also when the outputs come in reverse order. */
  override outputMask(_x: Tensor, mask: Mask): Mask {
    return this.sequence.returnSequences ? mask : undefined
  }

  override call(x: Tensor, options: RecurrentCallOptions = {}): Tensor {
    return super.call(x, options)
  }

  protected forward(x: Tensor, options: RecurrentCallOptions): Tensor {
    return this.walk(x, options).output
  }

  override callAll(x: Tensor, options: RecurrentCallOptions = {}): readonly Tensor[] {
    const { output, state } = this.callWithState(x, options)
    return this.sequence.returnState
      ? [output, ...Object.keys(this.stateSizes).map((key) => state[key]!)]
      : [output]
  }

  /** Like `call`, with explicit state in and out. Operations are attributed to the layer's name. */
  callWithState(x: Tensor, options: RecurrentCallOptions = {}): RecurrentResult {
    this.checkBuilt()
    return x.graph.scope(this.name, () => this.walk(x, options))
  }

  private walk(x: Tensor, options: RecurrentCallOptions): RecurrentResult {
    this.checkInput(x.shape)
    const { cell } = this
    const { returnSequences, returnState, goBackwards, stateful, activityRegularizer } = this.sequence
    const held = stateful ? this.heldState(x) : undefined
    const { lengths, resets } = options
    const mask = this.stepMask(x, options.mask)
    const walkOptions = {
      state: this.checkState(x, options.state) ?? held?.before,
      mask,
      lengths,
      resets,
      reverse: goBackwards,
      zeroOutput: options.zeroOutputForMask ?? this.sequence.zeroOutputForMask,
    }
    const constants = cell.begin?.(x)
    const { outputs, state } =
      cell.sequence && this.fusion.fused
        ? cell.sequence(x, walkOptions, constants)
        : unroll(cell, x, walkOptions, constants)
    held?.keep(state)
    const reversed = goBackwards && !options.inPlace
    // Without masked steps the last output of these cells is their h, and the sequence need not be kept.
    const last = mask || lengths || this.fusion.fused === false ? undefined : state.h
    const output = returnSequences
      ? reversed
        ? reverse(outputs, 1)
        : outputs
      : (last ?? this.lastOutput(outputs))
    addActivityLoss(activityRegularizer, returnState ? [output, ...Object.values(state)] : [output])
    return { output, state }
  }

  /** The mask [N, T]: with more axes a step counts when anything in it does. */
  private stepMask(x: Tensor, mask: Mask): Mask {
    if (!mask) return undefined
    let own = mask
    while (own.rank > 2) own = maximumOf(own, -1)
    const [N, T] = x.shape
    if (own.shape[0] !== N || own.shape[1] !== T) throw this.shapeError(`mask [${N}, ${T}]`, mask.shape)
    return own
  }

  private lastOutput(outputs: Tensor): Tensor {
    const [N, T, H] = outputs.shape as [number, number, number]
    return reshape(slice(outputs, 1, this.sequence.goBackwards ? 0 : T - 1, 1), [N, H])
  }

  /** State kept by the session between runs; a second call in one model goes on where the first ended. */
  private heldState({ graph, shape }: Tensor) {
    const kept = Object.entries(this.stateSizes).map(([key, size]): [string, Tensor] => {
      const name = `${graph.currentScope}/${key}`
      this.held.add(name)
      return [key, graph.state(name, [shape[0]!, size])]
    })
    return {
      before: Object.fromEntries(kept.map(([key, state]) => [key, graph.assignments.get(state) ?? state])),
      keep: (after: RecurrentState) => {
        for (const [key, state] of kept) graph.assign(state, after[key]!)
      },
    }
  }

  private checkInput(shape: Shape): void {
    if (shape.length === 3 && (this.features === 0 || shape[2] === this.features)) return
    const hint = shape.length === 2 ? 'a recurrent layer before it needs returnSequences: true' : ''
    throw this.shapeError(`input [N, T, ${this.features || 'features'}]`, shape, hint)
  }

  private checkState(x: Tensor, state: RecurrentState | undefined): RecurrentState | undefined {
    for (const [name, tensor] of Object.entries(state ?? {})) {
      const size = this.stateSizes[name]
      if (size === undefined)
        throw unknownName(`state of layer "${this.name}"`, name, Object.keys(this.stateSizes))
      const expected = formatShape([x.shape[0]!, size])
      if (formatShape(tensor.shape) !== expected)
        throw this.shapeError(`state ${name} ${expected}`, tensor.shape)
    }
    return state
  }
}

/** The inputs of a call followed by its argument `initialState`: one symbolic tensor or a list. */
export function withInitialState(
  inputs: SymbolicTensor | readonly SymbolicTensor[],
  initialState: unknown,
): readonly SymbolicTensor[] {
  const list = (value: unknown) =>
    (value === undefined || value === null
      ? []
      : Array.isArray(value)
        ? value.flat()
        : [value]) as readonly SymbolicTensor[]
  return [...list(inputs), ...list(initialState)]
}
