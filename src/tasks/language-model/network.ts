import { type Graph, operations, ParameterSet, type Tensor } from '../../graph/index.js'
import type { RecurrentState } from '../../layers/cell.js'
import { Dense } from '../../layers/dense.js'
import type { Embedding } from '../../layers/embedding.js'
import * as layers from '../../layers/index.js'
import { BuildContext } from '../../layers/layer.js'
import type { RecurrentLayer } from '../../layers/recurrent-layer.js'
import type { VocabularySoftmax } from '../../layers/vocabulary-softmax.js'
import type { WeightFormat } from '../../quantization.js'
import { RandomStream } from '../../random.js'
import { readCutoffs } from './cutoffs.js'
import { type InitialWeights, readInit } from './initial-weights.js'
import type { LanguageModelSettings } from './settings.js'

/** The parts of the settings that shape the network. */
export type NetworkSettings = Pick<
  LanguageModelSettings,
  | 'cell'
  | 'layers'
  | 'units'
  | 'embedding'
  | 'tie'
  | 'softmax'
  | 'cutoffs'
  | 'samples'
  | 'tableUpdates'
  | 'dropout'
  | 'recurrentDropout'
  | 'init'
  | 'seed'
>

/** Carried state: one float32 [N, units] per named part of each recurrent layer. */
export interface StatePart {
  /** `lstm_1/h` */
  readonly name: string
  readonly units: number
}

type Options = layers.SimpleRnnOptions & layers.GruOptions & layers.LstmOptions
const makers = {
  simple: (options: Options) => layers.simpleRnn(options),
  gru: (options: Options) => layers.gru(options),
  lstm: (options: Options) => layers.lstm(options),
} as const

/** Logits beyond this are not all in memory at once: 512 MB while training, where computing them again costs time. */
const logitsInMemory = { training: 2 ** 27, evaluating: 2 ** 25 }

/** Embedding → recurrent layers → softmax over the vocabulary, with locked dropout between. */
export class LanguageNetwork {
  readonly parameters: ParameterSet
  readonly embedding: Embedding
  readonly recurrent: readonly RecurrentLayer[]
  /** From the units to the width of the embedding, for output weights tied to one that is wider or narrower. */
  readonly projection: Dense | undefined
  readonly output: Dense | VocabularySoftmax

  constructor(
    readonly settings: NetworkSettings,
    readonly vocabularySize: number,
    /** How kernels and the embedding are kept; only float32 can be trained. */
    weights: WeightFormat = 'float32',
  ) {
    this.parameters = new ParameterSet({ weights })
    const { cell, units, embedding, tie, recurrentDropout, seed } = settings
    const init = readInit(settings.init) || undefined
    this.embedding = layers.embedding({
      inputDim: vocabularySize,
      outputDim: embedding,
      name: 'embedding',
      sparse: settings.tableUpdates === 'touched',
      ...(init && { embeddingsInitializer: init }),
    })
    this.recurrent = Array.from({ length: settings.layers }, (_, index) =>
      makers[cell]({
        units,
        returnSequences: true,
        recurrentDropout,
        lockedDropoutMask: 'shared',
        name: `${cell === 'simple' ? 'rnn' : cell}_${index + 1}`,
        ...(init && { kernelInitializer: init, recurrentInitializer: init }),
        ...(init && cell === 'lstm' && { unitForgetBias: false }),
      }),
    )
    const kernel = init && { kernelInitializer: init }
    const width = tie ? embedding : units
    this.projection =
      width === units
        ? undefined
        : layers.dense({ units: width, useBias: false, name: 'projection', ...kernel })
    this.output = this.makeOutput(kernel)
    const context = new BuildContext(this.parameters, (name) => new RandomStream(seed, name))
    this.embedding.build(context, [1, 1])
    for (const [index, layer] of this.recurrent.entries()) {
      layer.build(context, [1, 1, index === 0 ? embedding : units])
    }
    this.projection?.build(context, [1, 1, units])
    this.output.build(context, [1, 1, width])
  }

  private makeOutput(kernel: { kernelInitializer: InitialWeights } | undefined): Dense | VocabularySoftmax {
    const { tie, softmax, cutoffs, samples, tableUpdates } = this.settings
    const common = { units: this.vocabularySize, name: 'output', ...kernel }
    const tied = tie && { tiedTo: this.embedding }
    switch (softmax) {
      case 'adaptive':
        return layers.adaptiveSoftmax({
          ...common,
          cutoffs: readCutoffs(cutoffs ?? '') ?? [],
          zipfBias: true,
        })
      case 'sampled':
        return layers.sampledSoftmax({
          ...common,
          ...tied,
          ...(samples !== undefined && { samples }),
          zipfBias: true,
          sparse: tableUpdates === 'touched',
        })
      default:
        return layers.dense({ ...common, ...tied })
    }
  }

  /** All layers, from the first to the last. */
  get layers() {
    return [
      this.embedding,
      ...this.recurrent,
      ...(this.projection ? [this.projection] : []),
      this.output,
    ] as const
  }

  /** Every part of the carried state, in a fixed order. */
  stateParts(): StatePart[] {
    const parts = this.settings.cell === 'lstm' ? ['h', 'c'] : ['h']
    return this.recurrent.flatMap(({ name }) =>
      parts.map((part) => ({ name: `${name}/${part}`, units: this.settings.units })),
    )
  }

  /**
   * tokens int32 [N, T] and a state for each part → logits [N, T, V] and the state after the last step. `resets`
   * float32 [N, T] empties a row's state before a step.
   */
  forward(
    tokens: Tensor,
    state: (part: StatePart) => Tensor,
    resets?: Tensor,
  ): { logits: Tensor; finalState: Map<string, Tensor> } {
    const { features, finalState } = this.features(tokens, state, resets)
    return { logits: this.logits(features), finalState }
  }

  /** What the output layer sees, [N, T, width], and the state after the last step. */
  private features(
    tokens: Tensor,
    state: (part: StatePart) => Tensor,
    resets?: Tensor,
  ): { features: Tensor; finalState: Map<string, Tensor> } {
    const { dropout } = this.settings
    const parts = this.stateParts()
    const finalState = new Map<string, Tensor>()
    const drop = (x: Tensor) => operations.dropout(x, dropout, true)
    let x = drop(this.embedding.call(tokens))
    for (const layer of this.recurrent) {
      const own = parts.filter(({ name }) => name.startsWith(`${layer.name}/`))
      const key = (part: StatePart) => part.name.slice(layer.name.length + 1)
      const initial: RecurrentState = Object.fromEntries(own.map((part) => [key(part), state(part)]))
      const result = layer.callWithState(x, { state: initial, resets })
      for (const part of own) finalState.set(part.name, result.state[key(part)]!)
      x = drop(result.output)
    }
    return { features: this.projection?.call(x) ?? x, finalState }
  }

  private logits(features: Tensor): Tensor {
    const { output } = this
    if (output instanceof Dense) return output.call(features)
    return features.graph.scope(output.name, () => output.logits(features))
  }

  /**
   * −log p of each target in nats, 0 for negative ones: features [N, T, width], targets int32 [N, T] → [N, T]. Exact
   * unless the graph trains a sampled softmax.
   */
  losses(features: Tensor, targets: Tensor, labelSmoothing = 0): Tensor {
    const { output } = this
    const { graph } = features
    const limit = logitsInMemory[graph.training ? 'training' : 'evaluating']
    const fits = labelSmoothing > 0 || targets.size * this.vocabularySize <= limit
    if (!(output instanceof Dense) || !fits) {
      return graph.scope(output.name, () => output.losses(features, targets))
    }
    const logits = output.call(features)
    return graph.scope('loss', () =>
      operations.softmaxCrossEntropy(logits, targets, undefined, labelSmoothing),
    )
  }

  /** What the output layer sees, with states kept in the session under `prefix` and carried from run to run. */
  carriedFeatures(graph: Graph, tokens: Tensor, prefix: string, resets: Tensor): Tensor {
    const N = tokens.shape[0]!
    const carried = (part: StatePart) => graph.state(`${prefix}/${part.name}`, [N, part.units])
    const { features, finalState } = this.features(tokens, carried, resets)
    for (const part of this.stateParts()) graph.assign(carried(part), finalState.get(part.name)!)
    return features
  }
}
