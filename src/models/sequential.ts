import { RepriseError } from '../errors.js'
import type { Shape } from '../graph/tensor.js'
import { Layer } from '../layers/layer.js'
import type { SymbolicTensor } from '../layers/symbolic.js'
import { InputLayer } from './input-layer.js'
import { Model, type ModelOptions } from './model.js'
import { Network } from './network.js'

/** Layers one after the other; see `sequential`. */
export class Sequential extends Model {
  readonly kind = 'sequential'
  private readonly chain: Layer[] = []
  private begin: SymbolicTensor | undefined
  private built_: Network | undefined

  constructor(given: readonly (Layer | SymbolicTensor)[] = [], options: ModelOptions = {}) {
    super(options)
    for (const layer of given) this.add(layer)
    this.currentNetwork // built at once when the shape of the input is known, as in Keras
  }

  get layers(): readonly Layer[] {
    return this.chain
  }

  /** Adds a layer at the end; `input({ shape })` may come first. */
  add(layer: Layer | SymbolicTensor): void {
    if (!(layer instanceof Layer)) {
      const { layer: from } = layer
      if (this.chain.length > 0 || !(from instanceof InputLayer)) {
        throw new RepriseError('option', 'sequential: input() can only come first')
      }
      this.begin = layer
      return
    }
    if (layer instanceof InputLayer) {
      this.add(layer.nodes[0]!.outputs[0]!)
      return
    }
    if (this.chain.includes(layer)) {
      throw new RepriseError('duplicate-name', `sequential: layer "${layer.name}" is in the model already`)
    }
    this.chain.push(layer)
    this.rebuild()
  }

  /** Takes the last layer away. */
  pop(): Layer | undefined {
    const layer = this.chain.pop()
    this.rebuild()
    return layer
  }

  get currentNetwork(): Network | undefined {
    if (!this.built_ && this.chain.length > 0) {
      const declared = this.begin ? undefined : this.chain[0]!.declaredInput
      if (this.begin || declared) this.connect(declared)
    }
    return this.built_
  }

  /** The input tensor, once it is known. */
  get beginning(): SymbolicTensor | undefined {
    return this.currentNetwork && this.begin
  }

  override get isBuilt(): boolean {
    return this.currentNetwork !== undefined
  }

  protected override buildFor([shape]: readonly Shape[]): void {
    if (this.currentNetwork || !shape) return
    this.connect(shape)
    if (this.begin?.layer instanceof InputLayer) this.begin.layer.inferred = true
  }

  private connect(shape: Shape | undefined): void {
    if (this.chain.length === 0) throw new RepriseError('option', `model "${this.name}" has no layers`)
    const begin =
      this.begin ??
      new InputLayer({
        batchShape: shape!.map((length) => (Number.isNaN(length) ? null : length)),
        name: 'input_layer',
      }).applyAll([])[0]!
    let tensor = begin
    for (const layer of this.chain) tensor = layer.apply(tensor)
    this.built_ = new Network([begin], [tensor], this.draw, this.weightFormat)
    this.begin = begin // a shape that does not fit is forgotten
  }

  private rebuild(): void {
    if (!this.built_) return
    this.built_ = undefined
    this.networkChanged()
  }
}

/**
 * A model of layers one after the other. The shape of the input comes from the first layer's `inputShape`, from `input()`, or from
 * the first data.
 *
 * @example
 * const model = sequential([
 *   layers.embedding({ inputDim: 10000, outputDim: 32 }),
 *   layers.lstm({ units: 32 }),
 *   layers.dense({ units: 1, activation: 'sigmoid' }),
 * ])
 * model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] })
 * await model.fit(x, y, { epochs: 3 })
 */
export function sequential(
  layers: readonly (Layer | SymbolicTensor)[] = [],
  options: ModelOptions = {},
): Sequential {
  return new Sequential(layers, options)
}
