import { RepriseError } from '../errors.js'
import { add, concatenate, multiply, reverse, scale } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { custom, type Field, type Given, optional } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { type BuildContext, type CallOptions, Layer, type LayerOutputs, type Mask } from './layer.js'
import { RecurrentLayer, withInitialState } from './recurrent-layer.js'
import { savedOptions } from './saved-options.js'
import { type CallArguments, mayEqual, type SymbolicTensor } from './symbolic.js'

const mergeModes = ['concat', 'sum', 'mul', 'ave', null] as const
export type MergeMode = (typeof mergeModes)[number]

const recurrentLayer = (doc: string): Field<RecurrentLayer> => ({
  doc,
  hint: 'layer',
  check: (value) =>
    value instanceof RecurrentLayer
      ? { value }
      : { expected: 'a recurrent layer: simpleRnn, lstm, gru or rnn' },
  parse: (text) => text,
})

const fields = {
  layer: recurrentLayer('walks forward; the wrapper takes its options, not its weights'),
  mergeMode: custom<MergeMode>(
    'how the two outputs become one; null = they stay two',
    'concat|sum|mul|ave|null',
    'concat',
    (value) =>
      mergeModes.includes(value as MergeMode)
        ? { value: value as MergeMode }
        : { expected: '"concat", "sum", "mul", "ave" or null' },
  ),
  backwardLayer: optional(recurrentLayer('walks backward; by default like the other with goBackwards')),
}

export type BidirectionalOptions = Given<typeof fields> & CommonOptions

/** As `layer.call`, with the initial state: the parts for the forward layer, then those for the backward one. */
export interface BidirectionalCallOptions extends CallOptions {
  readonly initialState?: readonly Tensor[] | undefined
}

/**
 * Two recurrent layers over one sequence, one from each end (Schuster & Paliwal 1997): [N, T, I] → [N, T, 2·units] with
 * `returnSequences`, else [N, 2·units]; units of one layer unless `mergeMode` is "concat". At each step of the output stand
 * the outputs of both for that step; masked steps give zeros. With `returnState` follow the state of the forward layer,
 * then that of the backward one, and an initial state comes in that order. Weights: forward_NAME/…, backward_NAME/….
 *
 * @example
 * layers.bidirectional(layers.lstm(64, { returnSequences: true }), { mergeMode: 'sum' })
 */
export class Bidirectional extends Layer {
  static readonly fields = fields
  readonly kind = 'bidirectional'
  readonly mergeMode: MergeMode
  readonly forwardLayer: RecurrentLayer
  readonly backwardLayer: RecurrentLayer
  private features = Number.NaN

  /** Throws `option` when the two layers differ where they must not. */
  constructor(given: BidirectionalOptions) {
    super(given)
    const { layer, mergeMode, backwardLayer } = resolveOwn('bidirectional', fields, given)
    this.mergeMode = mergeMode
    this.forwardLayer = layer.copy({ name: `forward_${layer.name.replace(/^forward_/, '')}` })
    this.backwardLayer =
      backwardLayer ??
      layer.copy({ name: `backward_${layer.name.replace(/^backward_/, '')}`, goBackwards: true })
    this.checkDirections()
  }

  private checkDirections(): void {
    const [forward, backward] = [this.forwardLayer.sequence, this.backwardLayer.sequence]
    if (forward.goBackwards === backward.goBackwards) {
      throw new RepriseError(
        'option',
        `bidirectional: layer and backwardLayer both have goBackwards ${forward.goBackwards}; one must walk each way`,
      )
    }
    for (const option of ['stateful', 'returnSequences', 'returnState'] as const) {
      if (forward[option] === backward[option]) continue
      throw new RepriseError(
        'option',
        `bidirectional: layer has ${option} ${forward[option]}, backwardLayer ${backward[option]}; they must agree`,
      )
    }
  }

  override get sublayers(): readonly RecurrentLayer[] {
    return [this.forwardLayer, this.backwardLayer]
  }

  protected createWeights(context: BuildContext, inputShape: Shape): void {
    if (inputShape.length !== 3) throw this.shapeError('input [N, T, features]', inputShape)
    this.features = inputShape[2]!
    const inside = context.inside(this)
    for (const layer of this.sublayers) layer.build(inside, inputShape)
  }

  outputShape(inputShape: Shape): Shape {
    return this.outputShapes([inputShape])[0]!
  }

  /** Inputs: the sequence, then the parts of an initial state, if any. */
  override outputShapes(inputShapes: readonly Shape[]): readonly Shape[] {
    const [x, ...states] = inputShapes as readonly [Shape, ...Shape[]]
    if (x.length !== 3 || !mayEqual(x[2]!, this.features)) {
      const features = Number.isNaN(this.features) ? 'features' : this.features
      throw this.shapeError(`input [N, T, ${features}]`, x)
    }
    const parts = this.stateCounts
    if (states.length !== 0 && states.length !== parts[0] + parts[1]) {
      throw this.shapeError(`1 input or ${1 + parts[0] + parts[1]} with the initial state`, [
        inputShapes.length,
      ])
    }
    const [forward, backward] = this.sublayers.map((layer, index) =>
      layer.outputShapes([x, ...half(states, parts[0], index)]),
    ) as [readonly Shape[], readonly Shape[]]
    return [...this.mergedShapes(forward[0]!, backward[0]!), ...forward.slice(1), ...backward.slice(1)]
  }

  private mergedShapes(forward: Shape, backward: Shape): readonly Shape[] {
    if (this.mergeMode === null) return [forward, backward]
    const [a, b] = [forward.at(-1)!, backward.at(-1)!]
    if (this.mergeMode === 'concat') return [[...forward.slice(0, -1), a + b]]
    if (a === b) return [forward]
    throw this.shapeError(
      `layers of equal units for mergeMode "${this.mergeMode}"`,
      [a, b],
      'use "concat" or null',
    )
  }

  private get stateCounts(): readonly [number, number] {
    const count = (layer: RecurrentLayer) => Object.keys(layer.stateSizes).length
    return [count(this.forwardLayer), count(this.backwardLayer)]
  }

  override outputMask(_x: Tensor, mask: Mask): Mask {
    return this.forwardLayer.sequence.returnSequences ? mask : undefined
  }

  /** With an initial state among the inputs every step counts, as in RecurrentLayer. */
  override run(inputs: readonly Tensor[], masks: readonly Mask[] = []): LayerOutputs {
    const [x, ...initialState] = inputs as readonly [Tensor, ...Tensor[]]
    const outputs = this.callAll(x, initialState.length ? { initialState } : { mask: masks[0] })
    const own = this.outputMask(x, masks[0])
    return { outputs, masks: this.mergeMode === null ? [own, own] : [own] }
  }

  override applyAll(
    inputs: SymbolicTensor | readonly SymbolicTensor[],
    { initialState, ...rest }: CallArguments = {},
  ): readonly SymbolicTensor[] {
    return super.applyAll(withInitialState(inputs, initialState), rest)
  }

  override callAll(x: Tensor, options: BidirectionalCallOptions = {}): readonly Tensor[] {
    this.checkBuilt()
    return x.graph.scope(this.name, () => this.both(x, options))
  }

  protected forward(x: Tensor, options: BidirectionalCallOptions): Tensor {
    return this.both(x, options)[0]!
  }

  private both(x: Tensor, { mask, initialState }: BidirectionalCallOptions): readonly Tensor[] {
    this.outputShapes([x.shape, ...(initialState ?? []).map(({ shape }) => shape)])
    const { returnSequences, returnState, goBackwards } = this.forwardLayer.sequence
    const [forward, backward] = this.sublayers.map((layer, index) => {
      const names = Object.keys(layer.stateSizes)
      const own = initialState && half(initialState, this.stateCounts[0], index)
      const state = own && Object.fromEntries(names.map((name, part) => [name, own[part]!]))
      // Outputs stay at their steps: reversing them here and back costs two copies.
      return layer.callWithState(x, { mask, state, zeroOutputForMask: returnSequences, inPlace: true })
    }) as [ReturnType<RecurrentLayer['callWithState']>, ReturnType<RecurrentLayer['callWithState']>]
    const merged = this.merge(forward.output, backward.output)
    const outputs = returnSequences && goBackwards ? merged.map((y) => reverse(y, 1)) : merged
    if (!returnState) return outputs
    return [...outputs, ...Object.values(forward.state), ...Object.values(backward.state)]
  }

  private merge(y: Tensor, yBackward: Tensor): readonly Tensor[] {
    switch (this.mergeMode) {
      case 'concat':
        return [concatenate([y, yBackward], -1)]
      case 'sum':
        return [add(y, yBackward)]
      case 'ave':
        return [scale(add(y, yBackward), 0.5)]
      case 'mul':
        return [multiply(y, yBackward)]
      case null:
        return [y, yBackward]
    }
  }

  options(): Readonly<Record<string, unknown>> {
    const { mergeMode } = this
    const [layer, backwardLayer] = this.sublayers.map((inner) => inner.toConfig())
    return savedOptions(`layer "${this.name}"`, { layer, mergeMode, backwardLayer })
  }
}

/** The first `count` items for layer 0, the rest for layer 1. */
function half<Item>(items: readonly Item[], count: number, index: number): readonly Item[] {
  return index === 0 ? items.slice(0, count) : items.slice(count)
}
