import { operations, type Session, type Tensor } from '../graph/index.js'
import type { Embedding } from '../layers/embedding.js'
import * as layers from '../layers/index.js'
import type { BuildContext, Layer } from '../layers/layer.js'
import type { RecurrentLayer } from '../layers/recurrent-layer.js'
import { type EncoderShape, type PretrainedEncoder, pairEncoders } from './pretrained-encoder.js'

export interface LanguageEncoderOptions {
  readonly shape: EncoderShape
  readonly vocabularySize: number
  /** Before the names of its layers: `backward_`. */
  readonly prefix?: string
  /** Update only the rows of the table that a step reads. */
  readonly sparse?: boolean
  /** Locked dropout between layers. */
  readonly dropout?: number
  /** Locked dropout on the recurrent connections. */
  readonly recurrentDropout?: number
}

export interface EncodedSteps {
  /** What the highest layer says of each step, [N, T, units]; zeros at steps that do not count. */
  readonly steps: Tensor
  /** Its state after the last step it read, [N, units]. */
  readonly last: Tensor
}

/** `mask` float32 [N, T], 1 = a step that counts; or how many count in each row, `lengths` int32 [N]. */
export type StepsThatCount = { readonly mask: Tensor } | { readonly lengths: Tensor }

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
    const { shape, vocabularySize, prefix = '', sparse = false, recurrentDropout = 0 } = options
    const { cell, units, reverse } = shape
    this.embedding = layers.embedding({
      inputDim: vocabularySize,
      outputDim: shape.embedding,
      name: `${prefix}embedding`,
      sparse,
    })
    const part = cell === 'simple' ? 'rnn' : cell
    this.recurrent = Array.from({ length: shape.layers }, (_, index) =>
      makers[cell]({
        units,
        returnSequences: true,
        recurrentDropout,
        lockedDropoutMask: 'shared',
        goBackwards: reverse,
        name: `${prefix}${part}_${index + 1}`,
      }),
    )
  }

  get shape(): EncoderShape {
    return this.options.shape
  }

  /** From the lowest to the highest. */
  get layers(): readonly Layer[] {
    return [this.embedding, ...this.recurrent]
  }

  /** Adds its parameters. */
  build(context: BuildContext): void {
    const { embedding, units } = this.options.shape
    this.embedding.build(context, [1, 1])
    for (const [index, layer] of this.recurrent.entries())
      layer.build(context, [1, 1, index === 0 ? embedding : units])
  }

  /** embeddings [N, T, E] and which steps count → what the highest layer says. */
  walk(embeddings: Tensor, within: StepsThatCount): EncodedSteps {
    let x = embeddings
    let last: Tensor | undefined
    for (const [index, layer] of this.recurrent.entries()) {
      const read = index === 0 ? x : operations.dropout(x, this.options.dropout ?? 0, true)
      const { output, state } = layer.callWithState(read, {
        ...within,
        inPlace: true,
        zeroOutputForMask: true,
      })
      x = output
      last = state.h
    }
    return { steps: x, last: last! }
  }

  /** Gives its parameters the weights of a language model of the same shape. */
  initialize(session: Session, { weights }: PretrainedEncoder): void {
    const { prefix = '' } = this.options
    for (const { name } of this.layers.flatMap((layer) => layer.weights)) {
      session.writeParameter(session.parameters.get(name)!, weights.get(name.slice(prefix.length))!.values)
    }
  }
}

/** Puts the weights of language models into encoders that have their shapes: forward, then backward. */
export function lendWeights(
  session: Session,
  encoders: readonly LanguageEncoder[],
  from: readonly PretrainedEncoder[],
): void {
  for (const [index, pretrained] of pairEncoders(from).entries())
    encoders[index]!.initialize(session, pretrained)
}
