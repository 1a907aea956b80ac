import { RepriseError } from '../errors.js'
import { type Parameter, ParameterSet, type Tensor } from '../graph/index.js'
import type { Shape } from '../graph/tensor.js'
import { BuildContext, type Layer, type Mask } from '../layers/layer.js'
import type { LayerNode, SymbolicTensor } from '../layers/symbolic.js'
import type { WeightFormat } from '../quantization.js'
import type { RandomStream } from '../random.js'
import { InputLayer } from './input-layer.js'
import { findTopology } from './topology.js'

/** The graph of layers of a model, with a place for each weight. */
export class Network {
  readonly nodes: readonly LayerNode[]
  /** In Keras's order, input layers included. */
  readonly layers: readonly Layer[]
  readonly parameters: ParameterSet

  /** Builds the layers that are not built yet; `draw` is asked when initial values are drawn. */
  constructor(
    readonly inputs: readonly SymbolicTensor[],
    readonly outputs: readonly SymbolicTensor[],
    draw: (weight: string) => RandomStream,
    /** How kernels and embedding tables are kept; only float32 can be trained. */
    weights: WeightFormat = 'float32',
  ) {
    this.parameters = new ParameterSet({ decayAll: true, weights })
    if (inputs.length === 0 || outputs.length === 0) {
      throw new RepriseError('option', 'a model needs at least one input and one output')
    }
    const { nodes, layers } = findTopology(inputs, outputs)
    this.nodes = nodes
    this.layers = layers
    this.findIntegerInputs()
    this.build(new BuildContext(this.parameters, draw))
  }

  /** Builds the layers in a context, which may be that of a model around this one. */
  build(context: BuildContext): void {
    // Names that are taken cannot change; the others follow.
    const named = this.layers.filter((layer) => layer.isBuilt || layer.hasName)
    for (const layer of named) layer.claimName(context)
    for (const { layer } of this.inputs) if (layer instanceof InputLayer) layer.claimName(context)
    for (const { layer, inputs } of this.nodes) {
      if (inputs.length === 0) layer.build(context, [])
      else layer.build(context, ...(inputs.map(({ shape }) => shape) as [readonly number[]]))
    }
  }

  private findIntegerInputs(): void {
    for (const { node } of this.inputs) {
      const { layer } = node
      if (!(layer instanceof InputLayer)) continue
      const readers = this.nodes.filter(({ inputs }) => inputs.some((input) => input.node === node))
      const wantsIntegers = (reader: LayerNode) => {
        const inner = insideOf(reader.layer)
        if (!inner) return reader.layer.wantsIntegers
        return reader.inputs.every((own, k) => own.node !== node || inner.inputs[k]!.dtype === 'int32')
      }
      layer.readByIntegers = readers.length > 0 && readers.every(wantsIntegers)
    }
  }

  /** Ids an integer input may hold: 0 … limit−1. */
  integerLimit(input: SymbolicTensor): number | undefined {
    const limits = this.nodes.flatMap(({ layer, inputs }) => {
      const inner = insideOf(layer)
      const limitOf = (k: number) => (inner ? inner.integerLimit(inner.inputs[k]!) : layer.integerLimit)
      return inputs.flatMap((own, k) => (own === input ? [limitOf(k) ?? Infinity] : []))
    })
    const limit = Math.min(...limits)
    return Number.isFinite(limit) ? limit : undefined
  }

  /** Weights in the order of the layers, each once. */
  get weights(): readonly Parameter[] {
    const seen = new Map<Parameter, Parameter>()
    for (const weight of this.layers.flatMap((layer) => layer.weights)) {
      if (!seen.has(weight.origin)) seen.set(weight.origin, weight)
    }
    return [...seen.values()]
  }

  /** Shapes of the outputs for these shapes of the inputs. */
  inferShapes(shapes: readonly Shape[]): readonly Shape[] {
    const known = new Map<SymbolicTensor, Shape>()
    this.inputs.forEach((symbol, index) => {
      known.set(symbol, shapes[index]!)
    })
    for (const node of this.nodes) {
      if (node.outputs.every((symbol) => known.has(symbol))) continue
      const made = node.layer.outputShapes(
        node.inputs.map((symbol) => known.get(symbol)!),
        node.arguments_,
      )
      for (const [index, symbol] of node.outputs.entries()) {
        if (!known.has(symbol)) known.set(symbol, made[index]!)
      }
    }
    return this.outputs.map((symbol) => known.get(symbol)!)
  }

  /** Adds the operations of all layers to the graph of the inputs. */
  trace(
    inputs: readonly Tensor[],
    masks: readonly Mask[] = [],
  ): { outputs: readonly Tensor[]; masks: readonly Mask[] } {
    const values = new Map<SymbolicTensor, { tensor: Tensor; mask: Mask }>()
    this.inputs.forEach((symbol, index) => {
      values.set(symbol, { tensor: inputs[index]!, mask: masks[index] })
    })
    const all = (symbols: readonly SymbolicTensor[]) => symbols.map((symbol) => values.get(symbol)!)
    for (const node of this.nodes) {
      if (node.outputs.every((symbol) => values.has(symbol))) continue
      const given = all(node.inputs)
      const { outputs, masks: made } = node.layer.run(
        given.map(({ tensor }) => tensor),
        given.map(({ mask }) => mask),
        node.arguments_,
      )
      for (const [index, symbol] of node.outputs.entries()) {
        if (!values.has(symbol)) values.set(symbol, { tensor: outputs[index]!, mask: made[index] })
      }
    }
    const results = all(this.outputs)
    return { outputs: results.map(({ tensor }) => tensor), masks: results.map(({ mask }) => mask) }
  }
}

/** What is inside a layer that is a model: each of its inputs has needs of its own. */
function insideOf(layer: Layer): Network | undefined {
  return (layer as { readonly currentNetwork?: Network }).currentNetwork
}
