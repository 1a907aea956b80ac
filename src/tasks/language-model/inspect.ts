import { type MemoryReport, Session } from '../../graph/index.js'
import type { WeightFormat } from '../../quantization.js'
import { makeOptimizer } from '../optimizer-settings.js'
import type { LanguageModel } from './language-model.js'
import type { TrainingRecord } from './model-file.js'
import { LanguageNetwork } from './network.js'
import type { LanguageModelSettings } from './settings.js'
import { LanguageTrainingModel } from './training-model.js'

export interface LayerReport {
  readonly name: string
  readonly kind: string
  /** Shape with N batch and T time: `[N, T, 128]`. */
  readonly output: string
  readonly parameters: number
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[]
  /** `one command per sequence`, or why the slow loop is used. */
  readonly runs: string
}

export interface ModelReport {
  readonly task: 'lm'
  readonly layers: readonly LayerReport[]
  readonly parameters: number
  readonly vocabulary: { readonly size: number; readonly unit: string; readonly first: readonly string[] }
  /** How kernels and embedding are kept. */
  readonly weights: WeightFormat
  /** Of the weights, in bytes. */
  readonly bytes: number
  readonly settings: LanguageModelSettings
  readonly training: TrainingRecord
  readonly memory: { readonly training: MemoryReport; readonly statePerUser: number }
}

/** Everything there is to know of a model, with the planned memory of its training step. */
export function inspectLanguageModel(model: LanguageModel): ModelReport {
  const { network, settings, tokenizer, training } = model
  const { vocabulary } = tokenizer
  const width = (name: string) =>
    name === 'embedding' || name === 'projection'
      ? settings.embedding
      : name === 'output'
        ? vocabulary.size
        : settings.units
  const layers = network.layers.map((layer): LayerReport => {
    const weights = [...network.parameters].filter(({ name }) => name.startsWith(`${layer.name}/`))
    return {
      name: layer.name,
      kind: layer.kind,
      output: `[N, T, ${width(layer.name)}]`,
      parameters: weights.reduce((sum, { size }) => sum + size, 0),
      weights: weights.map(({ name, shape }) => ({ name, shape })),
      runs:
        'fusion' in layer
          ? layer.fusion.fused
            ? 'fused sequence'
            : `loop: ${layer.fusion.reason}`
          : 'one command',
    }
  })
  return {
    task: 'lm',
    layers,
    parameters: network.parameters.count,
    vocabulary: {
      size: vocabulary.size,
      unit: settings.unit,
      first: Array.from({ length: Math.min(20, vocabulary.size) }, (_, id) => vocabulary.tokenOf(id)),
    },
    weights: model.weights,
    bytes: network.parameters.bytes,
    settings,
    training,
    memory: { training: trainingMemory(model), statePerUser: model.start().values.byteLength },
  }
}

/** Compiles the training step of the model's settings in a session of its own and reads off its plan. */
function trainingMemory({ engine, settings, tokenizer }: LanguageModel): MemoryReport {
  const network = new LanguageNetwork(settings, tokenizer.vocabulary.size)
  const session = new Session(engine, network.parameters)
  try {
    const { batch, bptt } = settings
    const training = new LanguageTrainingModel(session, network, settings)
    const empty = {
      inputs: new Int32Array(batch * bptt),
      targets: new Int32Array(batch * bptt),
      resets: new Uint8Array(batch),
      predicted: 1,
    }
    return training.prepare(empty, makeOptimizer(settings)).memory()
  } finally {
    session.dispose()
  }
}
