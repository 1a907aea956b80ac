import type { Layer } from '../../layers/layer.js'
import type { WeightFormat } from '../../quantization.js'
import type { LayerReport } from '../language-model/inspect.js'
import type { EncoderShape } from '../pretrained-encoder.js'
import type { TaggerTrainingRecord } from './model-file.js'
import type { TaggerSettings } from './settings.js'
import type { TagScheme } from './tag-scheme.js'
import type { Tagger } from './tagger.js'

export interface TaggerReport {
  readonly task: 'tagger'
  /** How the tags of the training data stand for spans. */
  readonly scheme: TagScheme
  /** What the network chooses from. */
  readonly labels: readonly string[]
  readonly layers: readonly LayerReport[]
  readonly parameters: number
  readonly vocabulary: { readonly size: number; readonly vectors: number; readonly first: readonly string[] }
  /** Language models it began with, and the words they know; absent without. */
  readonly language?: { readonly words: number; readonly models: readonly EncoderShape[] }
  /** How kernels and embeddings are kept. */
  readonly weights: WeightFormat
  /** Of the weights, in bytes. */
  readonly bytes: number
  readonly settings: TaggerSettings
  readonly training: TaggerTrainingRecord
}

/** Everything there is to know of a tagger. W: different words of a batch, C: characters of a word, S: steps of a language model. */
export function inspectTagger(model: Tagger): TaggerReport {
  const { network, settings, training, vocabulary, scheme } = model
  const weightsOf = (name: string) =>
    [...network.parameters].filter((weight) => weight.name.startsWith(`${name}/`))
  const report = (name: string, kind: string, output: string, runs: string): LayerReport => {
    const weights = weightsOf(name)
    return {
      name,
      kind,
      output,
      parameters: weights.reduce((sum, { size }) => sum + size, 0),
      weights: weights.map(({ name: weight, shape }) => ({ name: weight, shape })),
      runs,
    }
  }
  const layers = network.layers.map((layer) => {
    const shapes = weightsOf(layer.name).map(({ shape }) => shape)
    const isRecurrent = layer.kind === 'lstm' || layer.kind === 'gru'
    const width = isRecurrent ? shapes[0]!.at(-1)! / (layer.kind === 'lstm' ? 4 : 3) : shapes[0]!.at(-1)!
    return report(layer.name, layer.kind, `[${axesOf(layer)}, ${width}]`, runsAs(layer))
  })
  if (weightsOf('crf').length > 0) layers.push(report('crf', 'crf', '[N, T]', 'one command'))
  return {
    task: 'tagger',
    scheme: scheme.data,
    labels: vocabulary.labels,
    layers,
    parameters: network.parameters.count,
    vocabulary: {
      size: vocabulary.wordCount - 1,
      vectors: vocabulary.vectorCount,
      first: vocabulary.json.words.slice(0, 20),
    },
    ...(vocabulary.language && {
      language: { words: vocabulary.language.vocabularySize, models: vocabulary.language.shapes },
    }),
    weights: model.weights,
    bytes: network.parameters.bytes,
    settings,
    training,
  }
}

const ofWords = new Set(['word', 'vectors', 'casing', 'forward_characters', 'backward_characters'])

function axesOf({ name }: Layer): string {
  if (ofWords.has(name)) return 'W'
  if (name.startsWith('lm_')) return 'N, S'
  if (name === 'character' || name === 'characters') return 'W, C'
  return name === 'affixes' ? 'W, 7' : 'N, T'
}

function runsAs(layer: Layer): string {
  const { fusion } = layer as Partial<{ fusion: { fused: boolean; reason?: string } }>
  if (!fusion) return 'one command'
  return fusion.fused ? 'fused sequence' : `loop: ${fusion.reason}`
}
