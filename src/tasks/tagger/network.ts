import {
  type Graph,
  operations,
  type Parameter,
  ParameterSet,
  type Shape,
  type Tensor,
} from '../../graph/index.js'
import type { Conv1d } from '../../layers/conv1d.js'
import type { Dense } from '../../layers/dense.js'
import type { Embedding } from '../../layers/embedding.js'
import * as layers from '../../layers/index.js'
import { BuildContext, type Layer } from '../../layers/layer.js'
import type { RecurrentLayer } from '../../layers/recurrent-layer.js'
import type { WeightFormat } from '../../quantization.js'
import { RandomStream } from '../../random.js'
import type { Weighted } from '../layer-rates.js'
import type { LabelScheme } from './labels.js'
import { LanguageStates } from './language-states.js'
import type { TaggerSettings } from './settings.js'
import type { TaggerVocabulary } from './vocabulary.js'

/** A batch is N sentences of up to T tokens that hold up to W different words. */
export interface BatchShape {
  readonly N: number
  readonly T: number
  readonly W: number
  /** Steps of a row that language models read; 0 without them. */
  readonly S: number
}

/** Two recurrent layers over one sequence, one from each end. */
interface BothWays {
  readonly forward: RecurrentLayer
  readonly backward: RecurrentLayer
}

/** Scores of a label after another [L, L], and of one at the beginning and at the end of a sentence [L]. */
interface Chain<Values> {
  readonly transitions: Values
  readonly start: Values
  readonly end: Values
}

const both = (pair: BothWays | undefined) => (pair ? [pair.forward, pair.backward] : [])

const wide = (dimension: number) => {
  const limit = Math.sqrt(3 / dimension)
  return { name: 'randomUniform', minval: -limit, maxval: limit }
}

/**
 * Features of words → bidirectional recurrent layers → a score for each label, with locked dropout between. Every
 * different word of a batch is read once: its embedding, its pre-trained vector, its letters, casing and affixes.
 */
export class TaggerNetwork {
  readonly parameters: ParameterSet
  private readonly word: Embedding
  private readonly vectors: Embedding | undefined
  private readonly shapes: Embedding | undefined
  private readonly casing: Embedding | undefined
  private readonly features: Embedding | undefined
  private readonly character: Embedding | undefined
  private readonly convolution: Conv1d | undefined
  private readonly characterLstm: BothWays | undefined
  /** Language models it began with, trained further. */
  readonly language: LanguageStates | undefined
  private readonly recurrent: readonly BothWays[]
  private readonly output: Dense
  /** Scores of transitions, where labels depend on each other. */
  private readonly chain: Chain<Parameter> | undefined

  constructor(
    readonly settings: TaggerSettings,
    readonly vocabulary: TaggerVocabulary,
    readonly scheme: LabelScheme,
    /** How kernels and embeddings are kept; only float32 can be trained. */
    weights: WeightFormat = 'float32',
  ) {
    this.parameters = new ParameterSet({ weights })
    const { embedding, units, cell, recurrentDropout, characters, characterEmbedding, characterUnits } =
      settings
    const context = new BuildContext(this.parameters, (name) => new RandomStream(settings.seed, name))
    const table = (
      name: string,
      rows: number,
      width: number,
      options: Partial<layers.EmbeddingOptions> = {},
    ) => {
      if (rows === 0 || width === 0) return undefined
      const layer = layers.embedding({ inputDim: rows, outputDim: width, name, ...options })
      layer.build(context, [1, 1])
      return layer
    }
    this.word = table('word', vocabulary.wordCount, embedding)!
    this.vectors = table('vectors', vocabulary.vectorCount, vocabulary.vectorDimension, {
      embeddingsInitializer: 'zeros', // training writes the vectors
      trainable: settings.vectorTraining === 'tuned',
      sparse: settings.vectorTraining === 'tuned',
    })
    this.casing = table('casing', vocabulary.casingCount, settings.casing)
    this.shapes = table('affixes', vocabulary.affixCount, settings.affixes)
    this.features = table('features', vocabulary.featureCount, settings.featureEmbedding)
    const makers = {
      lstm: (options: layers.LstmOptions) => layers.lstm(options),
      gru: (options: layers.GruOptions) => layers.gru(options),
    } as const
    const bothWays = (name: string, width: number, inputs: number, returnSequences = true): BothWays => {
      const kind = name === 'characters' ? 'lstm' : cell
      const make = (direction: string, goBackwards: boolean) => {
        const layer = makers[kind as 'lstm']({
          units: width,
          name: `${direction}_${name}`,
          returnSequences,
          goBackwards,
          ...(returnSequences && { recurrentDropout, lockedDropoutMask: 'shared' as const }),
        })
        layer.build(context, [1, 1, inputs])
        return layer
      }
      return { forward: make('forward', false), backward: make('backward', true) }
    }
    if (characters !== 'none') {
      this.character = table('character', vocabulary.characterCount, characterEmbedding, {
        embeddingsInitializer: wide(characterEmbedding),
      })
    }
    if (characters === 'cnn') {
      this.convolution = layers.conv1d({
        filters: characterUnits,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        name: 'characters',
      })
      this.convolution.build(context, [1, settings.maxCharacters, characterEmbedding])
    } else if (characters === 'lstm') {
      this.characterLstm = bothWays('characters', characterUnits >> 1, characterEmbedding, false)
    }
    this.language = vocabulary.language && new LanguageStates(vocabulary.language, settings)
    this.language?.build(context)
    let inputs = this.inputSize
    this.recurrent = Array.from({ length: settings.layers }, (_, index) => {
      const layer = bothWays(`${cell}_${index + 1}`, units, inputs)
      inputs = 2 * units
      return layer
    })
    this.output = layers.dense({ units: vocabulary.labels.length, name: 'output' })
    this.output.build(context, [1, 1, inputs])
    if (settings.decoder === 'crf' || scheme.hasSpans) this.chain = this.makeChain(context)
  }

  /**
   * Scores of transitions begin at 0, forbidden ones so low that training never changes them. With the softmax all stay as
   * they are and keep the decoder within the scheme.
   */
  private makeChain(context: BuildContext): Chain<Parameter> {
    const { labels } = this.vocabulary
    const scores = this.scheme.constraints(labels)
    const trainable = this.settings.decoder === 'crf'
    const weight = (name: string, shape: Shape, values: Float32Array) =>
      context.weight('crf', name, shape, () => values, { trainable, decay: false })
    const L = labels.length
    return {
      transitions: weight('transitions', [L, L], scores.transitions),
      start: weight('start', [L], scores.start),
      end: weight('end', [L], scores.end),
    }
  }

  /** Features of a token. */
  get inputSize(): number {
    const { settings, vocabulary } = this
    const characters =
      settings.characters === 'none'
        ? 0
        : settings.characters === 'cnn'
          ? settings.characterUnits
          : 2 * (settings.characterUnits >> 1)
    return (
      settings.embedding +
      vocabulary.vectorDimension * (vocabulary.vectorCount > 0 ? 1 : 0) +
      characters +
      settings.casing +
      (this.shapes ? vocabulary.affixColumns * settings.affixes : 0) +
      vocabulary.featureColumns * settings.featureEmbedding +
      (this.language?.size ?? 0)
    )
  }

  /** All layers with weights, from the first to the last. */
  get layers(): readonly Layer[] {
    const lent = this.language?.encoders.flatMap(({ layers }) => layers) ?? []
    return [...lent, ...this.inputLayers, ...this.recurrent.flatMap(both), this.output]
  }

  /** From the lowest to the highest, layers that are as far from the output together; language models are stacks of their own. */
  get stacks(): readonly (readonly Weighted[])[] {
    if (this.language) return this.language.encoders.map(({ layers }) => layers)
    const together = (layers: readonly Layer[]) => ({ weights: layers.flatMap(({ weights }) => weights) })
    return [[together(this.inputLayers), ...this.recurrent.map((pair) => together(both(pair)))]]
  }

  private get inputLayers(): Layer[] {
    const { word, vectors, character, convolution, characterLstm, casing, shapes, features } = this
    const all = [word, vectors, character, convolution, ...both(characterLstm), casing, shapes, features]
    return all.filter((layer) => layer !== undefined)
  }

  /** Scores of the labels [N, T, L] for the inputs of a batch, which are declared here. */
  emissions(graph: Graph, shape: BatchShape): Tensor {
    const { N, T } = shape
    const { dropout, inputDropout } = this.settings
    const places = graph.input('places', [N, T], 'int32')
    const lengths = graph.input('lengths', [N], 'int32')
    const parts = [operations.embedding(this.wordFeatures(graph, shape), places)]
    if (this.features) {
      const { featureColumns: columns } = this.vocabulary
      const ids = graph.input('features', [N, T, columns], 'int32')
      parts.push(
        operations.reshape(this.features.call(ids), [N, T, columns * this.settings.featureEmbedding]),
      )
    }
    if (this.language) parts.push(...this.language.call(graph, shape))
    let x = operations.dropout(operations.concatenate(parts, -1), inputDropout, true)
    for (const { forward, backward } of this.recurrent) {
      const walked = [forward, backward].map(
        (layer) => layer.callWithState(x, { lengths, zeroOutputForMask: true, inPlace: true }).output,
      )
      x = operations.dropout(operations.concatenate(walked, -1), dropout, true)
    }
    return this.output.call(x)
  }

  /**
   * −log p of the targets int32 [N, T] in nats, a value for each sentence (CRF) or each token; targets behind the end of a
   * sentence are negative and give 0.
   */
  losses(emissions: Tensor, targets: Tensor): Tensor {
    const { decoder, labelSmoothing } = this.settings
    const { graph } = emissions
    return graph.scope('loss', () => {
      if (decoder === 'softmax')
        return operations.softmaxCrossEntropy(emissions, targets, undefined, labelSmoothing)
      const { transitions, start, end } = this.chainScores(graph)
      return operations.negate(
        operations.crfLogLikelihood(emissions, transitions, start, end, targets, this.lengths(emissions)),
      )
    })
  }

  /** The best labels int32 [N, T]; transitions that the scheme forbids are not taken. */
  decode(emissions: Tensor): Tensor {
    if (!this.chain) return operations.argmax(emissions)
    const { transitions, start, end } = this.chainScores(emissions.graph)
    return operations.crfDecode(emissions, transitions, start, end, this.lengths(emissions)).tags
  }

  private lengths(emissions: Tensor): Tensor {
    return emissions.graph.input('lengths', [emissions.shape[0]!], 'int32')
  }

  private chainScores(graph: Graph): Chain<Tensor> {
    const { transitions, start, end } = this.chain!
    return {
      transitions: graph.parameter(transitions),
      start: graph.parameter(start),
      end: graph.parameter(end),
    }
  }

  /** What is known of each word, [W, features]. */
  private wordFeatures(graph: Graph, { W }: BatchShape): Tensor {
    const { settings, vocabulary } = this
    const parts = [this.word.call(graph.input('words', [W], 'int32'))]
    if (this.vectors) parts.push(this.vectors.call(graph.input('vectors', [W], 'int32')))
    if (this.character) parts.push(this.readCharacters(graph, W))
    if (this.casing) parts.push(this.casing.call(graph.input('casing', [W], 'int32')))
    if (this.shapes) {
      const columns = vocabulary.affixColumns
      const ids = graph.input('affixes', [W, columns], 'int32')
      parts.push(operations.reshape(this.shapes.call(ids), [W, columns * settings.affixes]))
    }
    return operations.concatenate(parts, -1)
  }

  private readCharacters(graph: Graph, W: number): Tensor {
    const letters = this.character!.call(graph.input('characters', [W, this.settings.maxCharacters], 'int32'))
    if (this.convolution) return operations.maximumOf(this.convolution.call(letters), 1)
    const { forward, backward } = this.characterLstm!
    const lengths = graph.input('letters', [W], 'int32')
    const ends = [forward, backward].map((layer) => {
      const { state } = layer.callWithState(letters, { lengths })
      return (state as { h: Tensor }).h
    })
    return operations.concatenate(ends, -1)
  }
}
