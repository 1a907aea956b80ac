import { type Graph, operations, ParameterSet, type Tensor } from '../../graph/index.js'
import type { RecurrentState } from '../../layers/cell.js'
import type { Dense } from '../../layers/dense.js'
import type { Embedding } from '../../layers/embedding.js'
import * as layers from '../../layers/index.js'
import { BuildContext } from '../../layers/layer.js'
import type { RecurrentLayer } from '../../layers/recurrent-layer.js'
import type { WeightFormat } from '../../quantization.js'
import { RandomStream } from '../../random.js'
import { readInit } from './initial-weights.js'
import type { LanguageModelSettings } from './settings.js'

/** The parts of the settings that shape the network. */
export type NetworkSettings = Pick<
  LanguageModelSettings,
  'cell' | 'layers' | 'units' | 'embedding' | 'tie' | 'dropout' | 'recurrentDropout' | 'init' | 'seed'
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

/** Embedding → recurrent layers → softmax over the vocabulary, with locked dropout between. */
export class LanguageNetwork {
  readonly parameters: ParameterSet
  readonly embedding: Embedding
  readonly recurrent: readonly RecurrentLayer[]
  readonly output: Dense

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
    this.output = layers.dense({
      units: vocabularySize,
      name: 'output',
      ...(init && { kernelInitializer: init }),
      ...(tie && { tiedTo: this.embedding }),
    })
    const context = new BuildContext(this.parameters, (name) => new RandomStream(seed, name))
    this.embedding.build(context, [1, 1])
    for (const [index, layer] of this.recurrent.entries()) {
      layer.build(context, [1, 1, index === 0 ? embedding : units])
    }
    this.output.build(context, [1, 1, units])
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
    return { logits: this.output.call(x), finalState }
  }

  /** Logits, with states kept in the session under `prefix` and carried from run to run. */
  carriedForward(graph: Graph, tokens: Tensor, prefix: string, resets: Tensor): Tensor {
    const N = tokens.shape[0]!
    const carried = (part: StatePart) => graph.state(`${prefix}/${part.name}`, [N, part.units])
    const { logits, finalState } = this.forward(tokens, carried, resets)
    for (const part of this.stateParts()) graph.assign(carried(part), finalState.get(part.name)!)
    return logits
  }
}
