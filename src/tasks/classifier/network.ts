import { operations, ParameterSet, type Tensor } from '../../graph/index.js'
import type { Dense } from '../../layers/dense.js'
import type { Embedding } from '../../layers/embedding.js'
import * as layers from '../../layers/index.js'
import { BuildContext, type Layer } from '../../layers/layer.js'
import type { RecurrentLayer } from '../../layers/recurrent-layer.js'
import type { WeightFormat } from '../../quantization.js'
import { RandomStream } from '../../random.js'
import { LanguageEncoder } from '../language-encoder.js'
import { type ClassifierSettings, type Pooling, readPooling } from './settings.js'
import { subwordsPerWord } from './text-features.js'
import { caseNames } from './words.js'

/** The parts of the settings that shape the network. */
export type NetworkSettings = Pick<
  ClassifierSettings,
  | 'cell'
  | 'bidirectional'
  | 'layers'
  | 'units'
  | 'embedding'
  | 'pairEmbedding'
  | 'pooling'
  | 'embeddingDropout'
  | 'dropout'
  | 'recurrentDropout'
  | 'caseInput'
  | 'subwords'
  | 'seed'
> &
  Partial<Pick<ClassifierSettings, 'directions'>>

/** Sizes of tables and output. */
export interface NetworkSizes {
  readonly words: number
  /** 0 = no table of pairs. */
  readonly pairs: number
  readonly labels: number
}

/** Symbolic inputs: N texts of T steps. */
export interface NetworkInputs {
  /** int32 [N, T] */
  readonly words: Tensor
  /** int32 [N, T] */
  readonly pairs?: Tensor | undefined
  /** int32 [N, T] */
  readonly cases?: Tensor | undefined
  /** int32 [N, T · subwordsPerWord], −1 = none */
  readonly subwords?: Tensor | undefined
  /** float32 [N, T], 1 = a step that counts; each text has at least one. */
  readonly mask: Tensor
}

const caseFeatures = 4
/** Tables with more rows are updated by rows: a step touches few of them. */
const largeTable = 20_000
/** Below any output of a cell, which lies in −1 … 1. */
const farBelow = -10

type RecurrentOptions = layers.GruOptions & layers.LstmOptions
const makers = {
  gru: (options: RecurrentOptions) => layers.gru(options),
  lstm: (options: RecurrentOptions) => layers.lstm(options),
} as const

/** One direction or two of a recurrent layer. */
export interface RecurrentPair {
  readonly forward: RecurrentLayer
  readonly backward: RecurrentLayer | undefined
}

/**
 * Embeddings (words, pairs of words, letters, case) → recurrent layers → pooled steps → one number for each label. Where
 * the directions are apart, each is the network of a language model below its output, with the names it has there:
 * `embedding/embeddings`, `lstm_1/kernel`, … and `backward_embedding/embeddings`, `backward_lstm_1/kernel`, ….
 */
export class ClassifierNetwork {
  readonly parameters: ParameterSet
  readonly embedding: Embedding
  readonly pairEmbedding: Embedding | undefined
  readonly subwordEmbedding: Embedding | undefined
  readonly caseEmbedding: Embedding | undefined
  readonly recurrent: readonly RecurrentPair[]
  /** Instead of them, where the directions are apart: forward, then backward. */
  readonly encoders: readonly LanguageEncoder[]
  /** tanh(W y) and the vector it is compared with. */
  readonly attention: { readonly keys: Dense; readonly score: Dense } | undefined
  readonly output: Dense
  readonly pooling: readonly Pooling[]

  constructor(
    readonly settings: NetworkSettings,
    readonly sizes: NetworkSizes,
    /** How kernels and embeddings are kept; only float32 can be trained. */
    weights: WeightFormat = 'float32',
  ) {
    const { cell, units, embedding, pairEmbedding, recurrentDropout, seed } = settings
    this.parameters = new ParameterSet({ weights })
    this.pooling = readPooling(settings.pooling)!
    const table = (name: string, inputDim: number, outputDim: number) =>
      layers.embedding({ inputDim, outputDim, name, sparse: inputDim > largeTable })
    this.encoders = this.directionsApart(sizes.words)
    this.embedding = this.encoders[0]?.embedding ?? table('embedding', sizes.words, embedding)
    this.pairEmbedding = sizes.pairs > 0 ? table('pair_embedding', sizes.pairs, pairEmbedding) : undefined
    this.subwordEmbedding =
      settings.subwords > 0 ? table('subword_embedding', settings.subwords, embedding) : undefined
    this.caseEmbedding = settings.caseInput
      ? table('case_embedding', caseNames.length, caseFeatures)
      : undefined
    const direction = (name: string, goBackwards: boolean) =>
      makers[cell]({
        units,
        returnSequences: true,
        recurrentDropout,
        lockedDropoutMask: 'shared',
        goBackwards,
        name,
      })
    const joined = this.encoders.length === 0 ? settings.layers : 0
    this.recurrent = Array.from({ length: joined }, (_, index) => {
      const name = `${cell}_${index + 1}`
      return {
        forward: direction(name, false),
        backward: settings.bidirectional ? direction(`${name}_backward`, true) : undefined,
      }
    })
    this.attention = this.pooling.includes('attention')
      ? {
          keys: layers.dense({ units: this.features, activation: 'tanh', name: 'attention_keys' }),
          score: layers.dense({ units: 1, useBias: false, name: 'attention_score' }),
        }
      : undefined
    this.output = layers.dense({ units: this.outputs, name: 'output' })
    this.build(new BuildContext(this.parameters, (name) => new RandomStream(seed, name)))
  }

  private directionsApart(vocabularySize: number): LanguageEncoder[] {
    const { directions, bidirectional, cell, layers, units, embedding, dropout, recurrentDropout } =
      this.settings
    if (directions !== 'apart') return []
    const sparse = vocabularySize > largeTable
    return (bidirectional ? [false, true] : [false]).map((reverse) => {
      const shape = { cell, layers, units, embedding, reverse }
      const prefix = reverse ? 'backward_' : ''
      return new LanguageEncoder({ shape, vocabularySize, prefix, sparse, dropout, recurrentDropout })
    })
  }

  private build(context: BuildContext): void {
    for (const encoder of this.encoders) encoder.build(context)
    for (const layer of this.tables) if (layer !== this.encoders[0]?.embedding) layer.build(context, [1, 1])
    for (const [index, { forward, backward }] of this.recurrent.entries()) {
      const width = index === 0 ? this.inputFeatures : this.features
      forward.build(context, [1, 1, width])
      backward?.build(context, [1, 1, width])
    }
    this.attention?.keys.build(context, [1, 1, this.features])
    this.attention?.score.build(context, [1, 1, this.features])
    this.output.build(context, [1, this.pooledFeatures])
  }

  private get tables(): Embedding[] {
    const all = [this.embedding, this.pairEmbedding, this.subwordEmbedding, this.caseEmbedding]
    return all.filter((layer) => layer !== undefined)
  }

  /** All layers, from the first to the last. */
  get layers(): readonly Layer[] {
    const lent = this.encoders.flatMap(({ layers }) => layers)
    return [
      ...lent,
      ...this.tables.filter((table) => !lent.includes(table)),
      ...this.recurrent.flatMap(({ forward, backward }) => (backward ? [forward, backward] : [forward])),
      ...(this.attention ? [this.attention.keys, this.attention.score] : []),
      this.output,
    ]
  }

  /** Numbers the network gives for a text: one for each label. */
  get outputs(): number {
    return this.sizes.labels
  }

  /** Features of a step before the recurrent layers. */
  get inputFeatures(): number {
    const { embedding, pairEmbedding } = this.settings
    const tables = Math.max(1, this.encoders.length)
    return (
      tables * embedding + (this.pairEmbedding ? pairEmbedding : 0) + (this.caseEmbedding ? caseFeatures : 0)
    )
  }

  /** Features of a step behind the recurrent layers. */
  get features(): number {
    return this.settings.units * (this.settings.bidirectional ? 2 : 1)
  }

  private get pooledFeatures(): number {
    return this.pooling.reduce(
      (sum, kind) => sum + (kind === 'embeddings' ? this.inputFeatures : this.features),
      0,
    )
  }

  /** Logits, float32 [N, labels]; `embedded` is what `embed` gave for the inputs. */
  logits(inputs: NetworkInputs, embedded = this.embed(inputs)): Tensor {
    const { embeddingDropout, dropout } = this.settings
    const x = operations.dropout(embedded, embeddingDropout, true)
    let y = x
    let last: Tensor | undefined
    for (const [index, pair] of this.recurrent.entries()) {
      const read = index === 0 ? y : operations.dropout(y, dropout, true)
      ;({ y, last } = this.walk(pair, read, inputs.mask))
    }
    if (this.encoders.length > 0) ({ y, last } = this.walkApart(x, inputs.mask))
    const pooled = this.pool(x, y, last!, inputs.mask)
    return this.output.call(operations.dropout(pooled, dropout))
  }

  /** What is known of each step before the recurrent layers, [N, T, inputFeatures]. */
  embed({ words, pairs, cases, subwords }: NetworkInputs): Tensor {
    let word = this.embedding.call(words)
    if (this.subwordEmbedding) word = operations.add(word, this.meanOfSubwords(subwords!, word))
    const parts = [word, ...this.encoders.slice(1).map(({ embedding }) => embedding.call(words))]
    if (this.pairEmbedding) parts.push(this.pairEmbedding.call(pairs!))
    if (this.caseEmbedding) parts.push(this.caseEmbedding.call(cases!))
    return parts.length === 1 ? word : operations.concatenate(parts, -1)
  }

  /** Sum of the rows of a word's letters, divided by the root of how many a word has room for. */
  private meanOfSubwords(subwords: Tensor, word: Tensor): Tensor {
    const [N, T, E] = word.shape as [number, number, number]
    const rows = operations.reshape(this.subwordEmbedding!.call(subwords), [N * T, subwordsPerWord, E])
    const sum = operations.sum(rows, 1)
    return operations.reshape(operations.scale(sum, 1 / Math.sqrt(subwordsPerWord)), [N, T, E])
  }

  /** Outputs [N, T, features], zero at steps that do not count, and those of each direction's last step, [N, features]. */
  private walk({ forward, backward }: RecurrentPair, x: Tensor, mask: Tensor) {
    const options = { mask, zeroOutputForMask: true, inPlace: true }
    const there = forward.callWithState(x, options)
    if (!backward) return { y: there.output, last: there.state.h! }
    const back = backward.callWithState(x, options)
    return {
      y: operations.concatenate([there.output, back.output], -1),
      last: operations.concatenate([there.state.h!, back.state.h!], -1),
    }
  }

  /** The same where each direction reads an embedding of its own, and nothing else. */
  private walkApart(x: Tensor, mask: Tensor) {
    const { embedding } = this.settings
    const walked = this.encoders.map((encoder, index) =>
      encoder.walk(operations.slice(x, -1, index * embedding, embedding), { mask }),
    )
    const both = (tensors: readonly Tensor[]) =>
      tensors.length === 1 ? tensors[0]! : operations.concatenate(tensors, -1)
    return { y: both(walked.map(({ steps }) => steps)), last: both(walked.map(({ last }) => last)) }
  }

  private pool(x: Tensor, y: Tensor, last: Tensor, mask: Tensor): Tensor {
    const { graph } = y
    const [N, T] = mask.shape as [number, number]
    const steps = operations.reshape(mask, [N, T, 1])
    const mean = (values: Tensor) =>
      operations.divide(operations.sum(operations.multiply(values, steps), 1), operations.sum(steps, 1))
    const outside = () => operations.scale(operations.subtract(operations.scalar(steps, 1), steps), farBelow)
    const pools: Readonly<Record<Pooling, () => Tensor>> = {
      max: () => operations.maximumOf(operations.add(y, outside()), 1),
      mean: () => mean(y),
      last: () => last,
      embeddings: () => mean(x),
      attention: () => this.attend(y, mask),
    }
    const pooled = graph.scope('pooling', () => this.pooling.map((kind) => pools[kind]()))
    return pooled.length === 1 ? pooled[0]! : operations.concatenate(pooled, -1)
  }

  /** Mean of the steps with weights softmax(v · tanh(W y)) (Yang et al. 2016): [N, T, F] → [N, F]. */
  private attend(y: Tensor, mask: Tensor): Tensor {
    const [N, T, F] = y.shape as [number, number, number]
    const { keys, score } = this.attention!
    const scores = operations.reshape(score.call(keys.call(y)), [N, T])
    const outside = operations.scale(operations.subtract(operations.scalar(mask, 1), mask), -1e9)
    const weights = operations.softmax(operations.add(scores, outside))
    return operations.reshape(
      operations.sum(operations.multiply(y, operations.reshape(weights, [N, T, 1])), 1),
      [N, F],
    )
  }
}
