import { type Graph, operations, type Tensor } from '../../graph/index.js'
import type { BuildContext } from '../../layers/layer.js'
import { LanguageEncoder } from '../language-encoder.js'
import type { BatchShape } from './network.js'
import type { TokenPieces } from './token-pieces.js'

/** Tables with more rows are updated by rows: a step touches few of them. */
const largeTable = 20_000

/**
 * What language models say of each token: their embedding of it, and their state after reading it, forward from the
 * beginning of the sentence and backward from its end. Their layers are called `lm_forward_embedding`, `lm_forward_lstm_1`, …
 * and `lm_backward_…`.
 */
export class LanguageStates {
  readonly encoders: readonly LanguageEncoder[]

  constructor(
    { shapes, vocabularySize }: TokenPieces,
    private readonly dropout: { readonly dropout: number; readonly recurrentDropout: number },
  ) {
    this.encoders = shapes.map((shape) => {
      const prefix = shape.reverse ? 'lm_backward_' : 'lm_forward_'
      const sparse = vocabularySize > largeTable
      return new LanguageEncoder({ shape, vocabularySize, prefix, sparse, ...this.dropout })
    })
  }

  /** Adds its parameters. */
  build(context: BuildContext): void {
    for (const encoder of this.encoders) encoder.build(context)
  }

  /** Features of a token. */
  get size(): number {
    return this.encoders.reduce((sum, { shape }) => sum + shape.embedding + shape.units, 0)
  }

  /** [N, T, features] of each model, for the inputs of a batch, which are declared here. */
  call(graph: Graph, { N, T, S }: BatchShape): Tensor[] {
    const steps = graph.input('steps', [N, S], 'int32')
    const lengths = graph.input('stepCounts', [N], 'int32')
    return this.encoders.map((encoder) => {
      const { embedding, units, reverse } = encoder.shape
      const embeddings = encoder.embedding.call(steps)
      const states = encoder.walk(embeddings, { lengths }).steps
      const said = operations.reshape(operations.concatenate([embeddings, states], -1), [
        N * S,
        embedding + units,
      ])
      return operations.embedding(said, graph.input(reverse ? 'firstSteps' : 'lastSteps', [N, T], 'int32'))
    })
  }
}
