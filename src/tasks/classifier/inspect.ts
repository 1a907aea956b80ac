import type { Layer } from '../../layers/layer.js'
import type { WeightFormat } from '../../quantization.js'
import type { LayerReport } from '../language-model/inspect.js'
import type { TextClassifier } from './any-classifier.js'
import { Classifier } from './classifier.js'
import type { ClassifierRecord } from './model-file.js'
import type { ClassifierSettings } from './settings.js'

export interface ClassifierReport {
  readonly task: 'classifier'
  readonly kind: string
  readonly labels: readonly string[]
  readonly multiLabel: boolean
  readonly layers: readonly LayerReport[]
  readonly parameters: number
  readonly vocabulary: {
    readonly size: number
    readonly unit: string
    readonly pairs: number
    readonly first: readonly string[]
  }
  /** How kernels and embeddings are kept. */
  readonly weights: WeightFormat
  /** Of the weights, in bytes. */
  readonly bytes: number
  readonly settings: ClassifierSettings
  readonly training: ClassifierRecord
  /** Factors of the logits; the network's is 1 / temperature. */
  readonly calibration: { readonly network: number; readonly baseline: number }
}

/** Everything there is to know of a recurrent classifier. */
export function inspectClassifier(model: Classifier): ClassifierReport {
  const { network, settings, features, training, labels } = model
  const width = (layer: Layer) => {
    const weights = [...network.parameters].filter(({ name }) => name.startsWith(`${layer.name}/`))
    if (layer.name === 'output') return `[N, ${network.outputs}]`
    const features = layer.kind === 'lstm' || layer.kind === 'gru' ? settings.units : weights[0]?.shape.at(-1)
    return `[N, T, ${features}]`
  }
  const layers = network.layers.map((layer): LayerReport => {
    const weights = [...network.parameters].filter(({ name }) => name.startsWith(`${layer.name}/`))
    return {
      name: layer.name,
      kind: layer.kind,
      output: width(layer),
      parameters: weights.reduce((sum, { size }) => sum + size, 0),
      weights: weights.map(({ name, shape }) => ({ name, shape })),
      runs: runsAs(layer),
    }
  })
  return {
    task: 'classifier',
    kind: model.kind,
    labels,
    multiLabel: model.multiLabel,
    layers,
    parameters: network.parameters.count,
    vocabulary: {
      size: features.wordRows,
      unit: settings.unit,
      pairs: features.pairs.length,
      first: features.words.slice(0, 20),
    },
    weights: model.weights,
    bytes: network.parameters.bytes,
    settings,
    training,
    calibration: model.calibration,
  }
}

function runsAs(layer: Layer): string {
  const { fusion } = layer as Partial<{ fusion: { fused: boolean; reason?: string } }>
  if (!fusion) return 'one command'
  return fusion.fused ? 'fused sequence' : `loop: ${fusion.reason}`
}

export const isRecurrent = (model: TextClassifier): model is Classifier => model instanceof Classifier
