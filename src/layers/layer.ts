import { RepriseError, unknownName } from '../errors.js'
import type { Parameter } from '../graph/parameters.js'
import { readShared, writeShared } from '../graph/shared-values.js'
import { type DType, formatShape, type Shape, sameShape, type Tensor } from '../graph/tensor.js'
import { NdArray, type NdArrayLike } from '../nd-array.js'
import type { RandomStream } from '../random.js'
import type { BuildContext } from './build-context.js'
import { type CommonOptions, commonOptions } from './common-options.js'
import { type CallArguments, LayerNode, type SymbolicTensor } from './symbolic.js'

export { BuildContext, type WeightOptions } from './build-context.js'

/** JSON form of a layer: its class name in the registry and its options. */
export interface LayerConfig {
  readonly layer: string
  /** Absent when the layer was never named: it gets its name when it is built. */
  readonly name?: string
  readonly options: Readonly<Record<string, unknown>>
}

/** Draws initial values; the shape is that of the parameter. */
export type Initializer = (shape: Shape, random: RandomStream) => Float32Array

/** Values that travel beside the features: which steps count, and the state to start from. */
export interface CallOptions {
  /** float32 [N, T], 0 = this step does not count. */
  readonly mask?: Tensor | undefined
}

/** float32, 0 where a step does not count; undefined: all count. */
export type Mask = Tensor | undefined

/** What comes out of a layer in a model: tensors, and a mask for each. */
export interface LayerOutputs {
  readonly outputs: readonly Tensor[]
  readonly masks: readonly Mask[]
}

/**
 * A layer: options, weights made once by `build`, and `call`, which adds operations to the graph of its input. `call` runs
 * once per batch shape; the weights are the same each time. A layer of one input implements `createWeights`, `outputShape`
 * and `forward`; one of several overrides `outputShapes` and `run` as well (see MergeLayer).
 */
export abstract class Layer {
  /** Name in the registry and in saved models: "lstm". */
  abstract readonly kind: string
  protected readonly common: CommonOptions
  /** Calls of this layer on symbolic tensors, in order. */
  readonly nodes: LayerNode[] = []
  private built = false
  private ownName: string | undefined
  private ownWeights: readonly Parameter[] = []
  private builtUnder = ''
  /** Its name then; one that was chosen for it may change in a model where it is taken. */
  private builtName = ''
  private isTrainable: boolean

  /** Takes the common options among `given`: name, trainable, inputShape. Without a name it gets one when it is built. */
  constructor(given: CommonOptions = {}) {
    this.common = commonOptions(given)
    this.ownName = this.common.name
    this.isTrainable = this.common.trainable ?? true
  }

  get name(): string {
    return this.ownName ?? baseName(this.kind)
  }

  /** Shape of the input with the batch axis when the options tell it (first layer of a sequential model); NaN = any. */
  get declaredInput(): Shape | undefined {
    const { batchInputShape, inputShape, inputDim } = this.common
    const known = (lengths: readonly (number | null)[]) => lengths.map((length) => length ?? Number.NaN)
    if (batchInputShape) return known(batchInputShape)
    if (inputShape) return [Number.NaN, ...known(inputShape)]
    return inputDim === undefined ? undefined : [Number.NaN, inputDim]
  }

  /** Whether it wants integer ids: the input of the model is then int32. */
  get wantsIntegers(): boolean {
    return false
  }

  /** Type of the outputs. */
  get outputDtype(): DType {
    return 'float32'
  }

  /** Names of the arguments a call may have besides tensors. */
  get callArguments(): readonly string[] {
    return []
  }

  /** Layers inside, such as the two of a bidirectional one. */
  get sublayers(): readonly Layer[] {
    return []
  }

  /** Names of the states it and the layers inside keep in a session between runs (`stateful`), of the calls so far. */
  get heldStates(): readonly string[] {
    return this.sublayers.flatMap((layer) => layer.heldStates)
  }

  /** Whether its name is decided. */
  get hasName(): boolean {
    return this.ownName !== undefined
  }

  /** Decides its name among the layers of a context. */
  claimName(context: BuildContext): void {
    this.ownName = context.claimName(this, this.ownName, baseName(this.kind), this.common.name === undefined)
  }

  get isBuilt(): boolean {
    return this.built
  }

  /** Its weights and those of the layers inside, in Keras's order; empty before it is built. */
  get weights(): readonly Parameter[] {
    return this.ownWeights
  }

  /** Name of one of its weights within the layer: "kernel", "forward_lstm/kernel". */
  weightName({ name }: Parameter): string {
    const inside = name.slice(this.builtUnder.length)
    return inside.startsWith(`${this.builtName}/`) ? inside.slice(this.builtName.length + 1) : inside
  }

  /** Copies of its weights, in the order of `weights`. */
  getWeights(): NdArray<Float32Array>[] {
    return this.weights.map((weight) => new NdArray(readShared(weight), weight.shape))
  }

  /** Replaces all weights. Throws `shape` unless there is one array for each, of the same shape. */
  setWeights(values: readonly NdArrayLike[]): void {
    const { weights } = this
    const arrays = values.map((value) => NdArray.from(value))
    const wanted =
      weights.map(({ name, shape }) => `${name} ${formatShape(shape)}`).join(', ') || 'no weights'
    if (arrays.length !== weights.length) {
      throw new RepriseError(
        'shape',
        `setWeights: "${this.name}" has ${wanted}; got ${arrays.length} arrays${this.isBuilt ? '' : ' (it is not built yet)'}`,
      )
    }
    for (const [index, { name, shape }] of weights.entries()) {
      if (sameShape(arrays[index]!.shape, shape)) continue
      throw new RepriseError(
        'shape',
        `setWeights: ${name} is ${formatShape(shape)}, array ${index} is ${formatShape(arrays[index]!.shape)}`,
      )
    }
    for (const [index, weight] of weights.entries())
      writeShared(weight, Float32Array.from(arrays[index]!.data))
  }

  /** Number of values in all weights. */
  countParams(): number {
    return this.weights.reduce((sum, { size }) => sum + size, 0)
  }

  /** Largest integer input plus one, when it takes ids. */
  get integerLimit(): number | undefined {
    return undefined
  }

  /** Whether training changes its weights; setting it sets the layers inside too. Takes effect at the next `fit`. */
  get trainable(): boolean {
    return this.isTrainable
  }

  set trainable(value: boolean) {
    this.isTrainable = value
    for (const layer of this.sublayers) layer.trainable = value
    for (const weight of this.ownWeights) weight.trainable = value && weight.canTrain
  }

  /**
   * Adds weights for inputs of these shapes (batch and time axes are ignored and may be NaN) unless that has been done; weights
   * made for another model get a place in this one too.
   */
  build(context: BuildContext, inputShape: Shape, ...others: readonly Shape[]): void {
    this.claimName(context)
    if (this.built) {
      context.adopt(this.ownWeights, `${this.builtUnder}${this.builtName}/`, `${this.name}/`)
      return
    }
    this.ownWeights = context.collect(() => this.createWeights(context, inputShape, ...others))
    this.builtUnder = context.prefix
    this.builtName = this.name
    this.built = true
    if (!this.isTrainable) this.trainable = false
  }

  protected abstract createWeights(
    context: BuildContext,
    inputShape: Shape,
    ...others: readonly Shape[]
  ): void

  /** Shape of the output for an input shape, both with the batch axis. Throws `shape` when the input does not fit. */
  abstract outputShape(inputShape: Shape): Shape

  /** Shapes of all outputs for all inputs; lengths may be NaN (unknown). Throws `shape`. */
  outputShapes(inputShapes: readonly Shape[], _arguments: CallArguments = {}): readonly Shape[] {
    return [this.outputShape(this.onlyOne(inputShapes))]
  }

  /** The mask that goes with the output; by default the one that came with the input. */
  outputMask(_x: Tensor, mask: Mask): Mask {
    return mask
  }

  /** Output for an input; throws `shape` when they do not fit. Operations are attributed to the layer's name. */
  call(x: Tensor, options: CallOptions = {}): Tensor {
    this.checkBuilt()
    return x.graph.scope(this.name, () => this.forward(x, options))
  }

  /** All outputs of a layer that can give more than one: the output, then final states in their order. */
  callAll(x: Tensor, options: CallOptions = {}): readonly Tensor[] {
    return [this.call(x, options)]
  }

  /** How a model runs the layer: all inputs with their masks in, all outputs with theirs out. */
  run(inputs: readonly Tensor[], masks: readonly Mask[] = [], _arguments: CallArguments = {}): LayerOutputs {
    const x = this.onlyOne(inputs)
    const outputs = this.callAll(x, { mask: masks[0] })
    return { outputs, masks: [this.outputMask(x, masks[0])] }
  }

  protected abstract forward(x: Tensor, options: CallOptions): Tensor

  /**
   * Calls the layer in the description of a functional model.
   *
   * @example
   * const x = input({ shape: [null], dtype: 'int32' })
   * const y = layers.lstm(32).apply(layers.embedding(1000, 16).apply(x))
   */
  apply(inputs: SymbolicTensor | readonly SymbolicTensor[], arguments_: CallArguments = {}): SymbolicTensor {
    return this.applyAll(inputs, arguments_)[0]!
  }

  /** Like `apply`, all outputs: `const [y, h, c] = lstm.applyAll(x)` with `returnState`. */
  applyAll(
    inputs: SymbolicTensor | readonly SymbolicTensor[],
    arguments_: CallArguments = {},
  ): readonly SymbolicTensor[] {
    const list = Array.isArray(inputs) ? (inputs as readonly SymbolicTensor[]) : [inputs as SymbolicTensor]
    for (const name of Object.keys(arguments_)) {
      if (!this.callArguments.includes(name)) {
        throw unknownName(`call argument of layer "${this.name}"`, name, this.callArguments)
      }
    }
    const shapes = list.map(({ shape }) => shape)
    const node = new LayerNode(this, list, arguments_, this.outputShapes(shapes, arguments_))
    this.nodes.push(node)
    return node.outputs
  }

  /** Options for saving: plain JSON. Throws `not-saveable` for what JSON cannot hold. */
  abstract options(): Readonly<Record<string, unknown>>

  toConfig(): LayerConfig {
    const name = this.ownName === undefined ? {} : { name: this.ownName }
    const { inputShape, batchInputShape, inputDim } = this.common
    const common = {
      ...(this.isTrainable ? {} : { trainable: false }),
      ...(inputShape && { inputShape }),
      ...(batchInputShape && { batchInputShape }),
      ...(inputDim !== undefined && { inputDim }),
    }
    return { layer: this.kind, ...name, options: { ...common, ...this.options() } }
  }

  /** A `shape` error of this layer: what it expects and what came. */
  protected shapeError(expected: string, got: Shape, hint = ''): RepriseError {
    const reasons = [misfit(expected, got), hint].filter((reason) => reason !== '')
    const end = reasons.length > 0 ? ` (${reasons.join('; ')})` : ''
    return new RepriseError(
      'shape',
      `layer "${this.name}": ${this.kind} expects ${expected}, got ${formatShape(got)}${end}`,
    )
  }

  protected checkBuilt(): void {
    if (!this.built) throw new RepriseError('not-built', `layer "${this.name}" is called before it is built`)
  }

  private onlyOne<Item>(items: readonly Item[]): Item {
    if (items.length === 1) return items[0]!
    throw new RepriseError('shape', `layer "${this.name}": ${this.kind} takes one input, got ${items.length}`)
  }
}

/** simpleRnn → simple_rnn, conv1D → conv1d. */
function baseName(kind: string): string {
  return kind.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
}

/** Which axis of a shape does not fit what is expected, say "input [N, T, 2]"; empty when the text does not tell. */
function misfit(expected: string, got: Shape): string {
  const wanted = /^(?:input|state|mask)\b[^[]*\[([^\]]*)\]/
    .exec(expected)?.[1]
    ?.split(',')
    .map((length) => length.trim())
  if (!wanted) return ''
  const open = wanted[0] === '...'
  if (!open && wanted.length !== got.length) return `${got.length} axes instead of ${wanted.length}`
  const begin = got.length - wanted.length
  const axis = got.findIndex((length, k) => {
    const want = wanted[k - begin]
    return want !== undefined && /^\d+$/.test(want) && Number(want) !== length
  })
  return axis < 0 ? '' : `axis ${axis}: ${formatShape([got[axis]!]).slice(1, -1)} ≠ ${wanted[axis - begin]}`
}
