import { operations, type Session, type Tensor } from '../graph/index.js'
import type { Embedding } from '../layers/embedding.js'
import * as layers from '../layers/index.js'
import type { BuildContext } from '../layers/layer.js'
import type { RecurrentLayer } from '../layers/recurrent-layer.js'
import type { EncoderShape, PretrainedEncoder } from './pretrained-encoder.js'

export interface LanguageEncoderOptions {
  readonly shape: EncoderShape
  readonly vocabularySize: number
  /** Before the names of its parameters: `forward_`. */
  readonly prefix?: string
  /** Locked dropout on embeddings and between layers. */
  readonly dropout?: number
  /** Locked dropout on the outputs. */
  readonly outputDropout?: number
}

export interface EncodedSteps {
  /** What the highest layer says of each step, [N, T, units]; zeros behind a text's length. */
  readonly steps: Tensor
  /** Its state after the last step it read, [N, units]. */
  readonly last: Tensor
}

type Options = layers.SimpleRnnOptions & layers.GruOptions & layers.LstmOptions
const makers = {
  simple: (options: Options) => layers.simpleRnn(options),
  gru: (options: Options) => layers.gru(options),
  lstm: (options: Options) => layers.lstm(options),
} as const

/**
 * The network of a language model below its output: embedding → recurrent layers. One that reads backward walks from a
 * text's end to its beginning; its steps stay in the places of their tokens.
 */
export class LanguageEncoder {
  readonly embedding: Embedding
  readonly recurrent: readonly RecurrentLayer[]

  constructor(private readonly options: LanguageEncoderOptions) {
    const { shape, vocabularySize, prefix = '' } = options
    const { cell, units, reverse } = shape
    this.embedding = layers.embedding({
      inputDim: vocabularySize,
      outputDim: shape.embedding,
      name: `${prefix}embedding`,
      sparse: true, // a step of labelled texts touches few of its rows
    })
    const part = cell === 'simple' ? 'rnn' : cell
    this.recurrent = Array.from({ length: shape.layers }, (_, index) =>
      makers[cell]({
        units,
        returnSequences: true,
        goBackwards: reverse,
        name: `${prefix}${part}_${index + 1}`,
      }),
    )
  }

  /** Adds its parameters. */
  build(context: BuildContext): void {
    const { embedding, units } = this.options.shape
    this.embedding.build(context, [1, 1])
    for (const [index, layer] of this.recurrent.entries())
      layer.build(context, [1, 1, index === 0 ? embedding : units])
  }

  /** Names of its parameters, layer by layer, the embedding first. */
  get layerParameters(): readonly (readonly string[])[] {
    return [this.embedding, ...this.recurrent].map((layer) => layer.weights.map(({ name }) => name))
  }

  /** tokens int32 [N, T] of which the first `lengths` int32 [N] count → what the highest layer says. */
  encode(tokens: Tensor, lengths: Tensor): EncodedSteps {
    const { dropout = 0, outputDropout = 0 } = this.options
    let x = operations.dropout(this.embedding.call(tokens), dropout, true)
    let last: Tensor | undefined
    for (const [index, layer] of this.recurrent.entries()) {
      const highest = index === this.recurrent.length - 1
      const walk = { lengths, inPlace: true, zeroOutputForMask: true }
      const { output, state } = layer.callWithState(x, walk)
      x = operations.dropout(output, highest ? outputDropout : dropout, true)
      last = state.h
    }
    return { steps: x, last: last! }
  }

  /** Gives its parameters the weights of a language model. */
  initialize(session: Session, { weights }: PretrainedEncoder): void {
    const { prefix = '' } = this.options
    for (const name of this.layerParameters.flat()) {
      session.writeParameter(session.parameters.get(name)!, weights.get(name.slice(prefix.length))!.values)
    }
  }
}
