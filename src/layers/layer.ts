import { RepriseError } from '../errors.js'
import type { Parameter, ParameterInitializer, ParameterSet } from '../graph/parameters.js'
import { formatShape, type Shape, type Tensor } from '../graph/tensor.js'
import type { RandomStream } from '../random.js'

/** JSON form of a layer: its class name in the registry and its options. */
export interface LayerConfig {
  readonly layer: string
  /** Absent when the layer was never named: it gets its name when it is built. */
  readonly name?: string
  readonly options: Readonly<Record<string, unknown>>
}

/** Draws initial values; the shape is that of the parameter. */
export type Initializer = (shape: Shape, random: RandomStream) => Float32Array

export interface WeightOptions {
  readonly trainable?: boolean
  readonly decay?: boolean
}

/** What `build` gets: where parameters go, and the model's source of randomness. */
export class BuildContext {
  private readonly names = new Set<string>()

  constructor(
    readonly parameters: ParameterSet,
    /** A stream of its own for each parameter, so that adding a layer does not change the others' draws. */
    private readonly stream: (name: string) => RandomStream,
  ) {}

  /** Adds the parameter `layer/name`. */
  weight(
    layer: string,
    name: string,
    shape: Shape,
    initializer: Initializer,
    options: WeightOptions = {},
  ): Parameter {
    const full = `${layer}/${name}`
    const draw: ParameterInitializer = (own) => initializer(own, this.stream(full))
    return this.parameters.add(full, shape, { initializer: draw, ...options })
  }

  /**
   * Takes a layer name: the given one, or lstm, lstm_1, lstm_2 … in the order of building. Throws `duplicate-name` when
   * the given one is taken.
   */
  claimName(given: string | undefined, base: string): string {
    if (given !== undefined && this.names.has(given)) {
      throw new RepriseError(
        'duplicate-name',
        `two layers are named "${given}"; give one of them another name`,
      )
    }
    let name = given ?? base
    for (let count = 1; this.names.has(name); count++) name = `${base}_${count}`
    this.names.add(name)
    return name
  }
}

/** Values that travel beside the features: which steps count, and the state to start from. */
export interface CallOptions {
  /** float32 [N, T], 0 = this step does not count. */
  readonly mask?: Tensor | undefined
}

/**
 * A layer: options, weights made once by `build`, and `call`, which adds operations to the graph of its input. `call` runs
 * once per batch shape; the weights are the same each time.
 */
export abstract class Layer {
  /** Name in the registry and in saved models: "lstm". */
  abstract readonly kind: string
  private built = false
  private ownName: string | undefined

  /** Without a name the layer gets one like `lstm_1` when it is built. */
  constructor(name?: string) {
    this.ownName = name
  }

  get name(): string {
    return this.ownName ?? baseName(this.kind)
  }

  /** Adds weights for inputs of this shape (batch and time axes are ignored) unless that has been done. */
  build(context: BuildContext, inputShape: Shape): void {
    if (this.built) return
    this.ownName = context.claimName(this.ownName, baseName(this.kind))
    this.createWeights(context, inputShape)
    this.built = true
  }

  protected abstract createWeights(context: BuildContext, inputShape: Shape): void

  /** Shape of the output for an input shape, both with the batch axis. Throws `shape` when the input does not fit. */
  abstract outputShape(inputShape: Shape): Shape

  /** The mask that goes with the output; by default the one that came with the input. */
  outputMask(_x: Tensor, mask: Tensor | undefined): Tensor | undefined {
    return mask
  }

  /** Output for an input; throws `shape` when they do not fit. Operations are attributed to the layer's name. */
  call(x: Tensor, options: CallOptions = {}): Tensor {
    this.checkBuilt()
    return x.graph.scope(this.name, () => this.apply(x, options))
  }

  /** All outputs of a layer that can give more than one: the output, then final states in their order. */
  callAll(x: Tensor, options: CallOptions = {}): readonly Tensor[] {
    return [this.call(x, options)]
  }

  protected abstract apply(x: Tensor, options: CallOptions): Tensor

  /** Options for saving: plain JSON. Throws `not-saveable` for what JSON cannot hold. */
  abstract options(): Readonly<Record<string, unknown>>

  toConfig(): LayerConfig {
    const name = this.ownName === undefined ? {} : { name: this.ownName }
    return { layer: this.kind, ...name, options: this.options() }
  }

  /** A `shape` error of this layer: what it expects and what came. */
  protected shapeError(expected: string, got: Shape, hint = ''): RepriseError {
    const end = hint ? ` (${hint})` : ''
    return new RepriseError(
      'shape',
      `layer "${this.name}": ${this.kind} expects ${expected}, got ${formatShape(got)}${end}`,
    )
  }

  protected checkBuilt(): void {
    if (!this.built) throw new RepriseError('not-built', `layer "${this.name}" is called before it is built`)
  }
}

/** simpleRnn → simple_rnn. */
function baseName(kind: string): string {
  return kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
