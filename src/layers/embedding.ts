import { concatenate, fill, embedding as lookUp, reshape } from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { boolean, type Given, integer, optional, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { initializer, initializerField } from './initializers.js'
import { type BuildContext, Layer } from './layer.js'
import { savedOptions } from './saved-options.js'

const fields = {
  inputDim: integer('number of different ids', undefined, { min: 1 }),
  outputDim: integer('features of each id', undefined, { min: 1 }),
  embeddingsInitializer: initializerField('initial table', 'uniform'),
  inputLength: optional(integer('accepted for Keras 2; nothing changes', undefined, { min: 1 })),
  maskZero: boolean('id 0 is padding: later layers skip its steps', false),
}

export type EmbeddingOptions = Given<typeof fields> & CommonOptions

/**
 * Looks up a learned row for each id: int32 [...] → [..., outputDim]. Ids outside 0 … inputDim−1 give zeros. Initial values
 * are uniform in ±0.05.
 */
export class Embedding extends Layer {
  static readonly fields = fields
  readonly kind = 'embedding'
  private readonly resolved: Resolved<typeof fields>
  private table: Parameter | undefined

  constructor(given: EmbeddingOptions) {
    super(given)
    this.resolved = resolveOwn('embedding', fields, given)
  }

  /** The table [inputDim, outputDim]; throws before the layer is built. */
  get embeddings(): Parameter {
    this.checkBuilt()
    return this.table!
  }

  override get wantsIntegers(): boolean {
    return true
  }

  protected createWeights(context: BuildContext, _inputShape: Shape): void {
    const { inputDim, outputDim, embeddingsInitializer } = this.resolved
    const shape = [inputDim, outputDim]
    this.table = context.weight(this.name, 'embeddings', shape, initializer(embeddingsInitializer))
  }

  outputShape(inputShape: Shape): Shape {
    return [...inputShape, this.resolved.outputDim]
  }

  protected forward(x: Tensor): Tensor {
    if (x.dtype !== 'int32') throw this.shapeError('integer ids (int32)', x.shape, `of type ${x.dtype}`)
    return lookUp(x.graph.parameter(this.table!), x)
  }

  /** With `maskZero` 1 where the id is not 0; float32, the shape of the ids. */
  override outputMask(x: Tensor): Tensor | undefined {
    if (!this.resolved.maskZero) return undefined
    return x.graph.scope(this.name, () => {
      // Commands do not compare integers: a one-column table of 0, 1, 1, … does.
      const zero = fill(x.graph, [1, 1], 0)
      const { inputDim } = this.resolved
      const column = inputDim === 1 ? zero : concatenate([zero, fill(x.graph, [inputDim - 1, 1], 1)], 0)
      return reshape(lookUp(column, x), x.shape)
    })
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
