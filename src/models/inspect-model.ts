import { formatShape } from '../graph/index.js'
import { RecurrentLayer } from '../layers/index.js'
import type { Layer } from '../layers/layer.js'
import type { WeightFormat } from '../quantization.js'
import type { Model } from './model.js'
import { typeName } from './summary.js'

/** What `reprise inspect` says of one layer. */
export interface ModelLayerReport {
  readonly name: string
  /** Keras's class name: "LSTM"; with those inside: "Bidirectional(LSTM)". */
  readonly kind: string
  /** Shape of the output, null for what may vary. */
  readonly output: string
  readonly parameters: number
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[]
  /** Of recurrent layers: one command for the whole sequence, or a loop and why. */
  readonly runs: string
}

export interface ModelInspection {
  readonly task: 'model'
  readonly name: string
  readonly layers: readonly ModelLayerReport[]
  readonly parameters: number
  /** How kernels and embedding tables are kept. */
  readonly weights: WeightFormat
  /** Of the weights. */
  readonly bytes: number
  readonly compiled: boolean
}

/** Layers, shapes, weights, and which layers run as one command. */
export function inspectModel(model: Model): ModelInspection {
  const parameters = model.countParams()
  return {
    task: 'model',
    name: model.name,
    layers: model.layers.map((layer) => ({
      name: layer.name,
      kind: kindOf(layer),
      output: outputOf(model, layer),
      parameters: layer.countParams(),
      weights: layer.weights.map((weight) => ({ name: layer.weightName(weight), shape: weight.shape })),
      runs: runsAs(layer),
    })),
    parameters,
    weights: model.weightFormat,
    bytes: model.currentNetwork?.parameters.bytes ?? 0,
    compiled: model.isCompiled,
  }
}

function kindOf(layer: Layer): string {
  const inner = layer.kind === 'sequential' || layer.kind === 'functional' ? [] : layer.sublayers
  const [first] = inner
  return first ? `${typeName(layer.kind)}(${kindOf(first)})` : typeName(layer.kind)
}

function outputOf(model: Model, layer: Layer): string {
  const call = model.calls.find((node) => node.layer === layer)
  return call ? call.outputs.map(({ shape }) => formatShape(shape)).join(' ') : '?'
}

function runsAs(layer: Layer): string {
  if (layer instanceof RecurrentLayer) {
    return layer.fusion.fused ? 'fused sequence' : `loop: ${layer.fusion.reason}`
  }
  const inside = [...new Set(layer.sublayers.map(runsAs).filter(Boolean))]
  return inside.join('; ')
}
