import { concatenate, fill, embedding as lookUp, reshape } from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import { formatShape, type Shape, sameShape, type Tensor } from '../graph/tensor.js'
import { NdArray, type NdArrayLike } from '../nd-array.js'
import { boolean, custom, type Given, integer, optional, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { constraintField } from './constraints.js'
import { initializer, initializerField } from './initializers.js'
import { type BuildContext, type Initializer, Layer } from './layer.js'
import { addActivityLoss, regularizerField } from './regularizers.js'
import { savedOptions } from './saved-options.js'
import { rowOptions, sparseField, weightOptions } from './weight-options.js'

const fields = {
  inputDim: integer('number of different ids', undefined, { min: 1 }),
  outputDim: integer('features of each id', undefined, { min: 1 }),
  embeddingsInitializer: initializerField('initial table', 'uniform'),
  embeddingsRegularizer: regularizerField('penalty on the table'),
  embeddingsConstraint: constraintField('what the table becomes after an update'),
  activityRegularizer: regularizerField('penalty on the output'),
  weights: optional(
    custom<NdArrayLike>(
      'initial table [inputDim, outputDim], such as pre-trained vectors; may be trained or `trainable: false`',
      'array',
      [],
      (value) =>
        typeof value === 'object' && value !== null
          ? { value: value as NdArrayLike }
          : { expected: 'an array [inputDim, outputDim], or a list of one' },
    ),
  ),
  inputLength: optional(integer('accepted for Keras 2; nothing changes', undefined, { min: 1 })),
  maskZero: boolean('id 0 is padding: later layers skip its steps', false),
  sparse: sparseField,
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

  /** `inputDim` is the number of ids here, not a shape. */
  override get declaredInput(): Shape | undefined {
    const { inputShape, batchInputShape } = this.common
    if (inputShape || batchInputShape) return super.declaredInput
    const { inputLength } = this.resolved
    return inputLength === undefined ? undefined : [Number.NaN, inputLength]
  }

  override get wantsIntegers(): boolean {
    return true
  }

  override get integerLimit(): number {
    return this.resolved.inputDim
  }

  protected createWeights(context: BuildContext, _inputShape: Shape): void {
    const { inputDim, outputDim, embeddingsInitializer, weights, ...given } = this.resolved
    this.table = context.weight(
      this.name,
      'embeddings',
      [inputDim, outputDim],
      weights ? this.tableOf(weights) : initializer(embeddingsInitializer),
      {
        ...weightOptions(given.embeddingsRegularizer, given.embeddingsConstraint),
        ...rowOptions(given.sparse),
      },
    )
  }

  private tableOf(weights: NdArrayLike): Initializer {
    const only = Array.isArray(weights) && weights.length === 1 ? weights[0] : undefined
    const whole = NdArray.from(only instanceof NdArray ? only : weights)
    const { data, shape } = whole.shape.length === 3 && whole.shape[0] === 1 ? whole.row(0) : whole
    const expected = [this.resolved.inputDim, this.resolved.outputDim]
    if (!sameShape(shape, expected)) {
      throw this.shapeError(`weights ${formatShape(expected)} [inputDim, outputDim]`, whole.shape)
    }
    return () => Float32Array.from(data)
  }

  outputShape(inputShape: Shape): Shape {
    return [...inputShape, this.resolved.outputDim]
  }

  protected forward(x: Tensor): Tensor {
    if (x.dtype !== 'int32') throw this.shapeError('integer ids (int32)', x.shape, `of type ${x.dtype}`)
    const y = lookUp(x.graph.parameter(this.table!), x)
    addActivityLoss(this.resolved.activityRegularizer, [y])
    return y
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
    // A loaded layer gets its weights from the file.
    return savedOptions(`layer "${this.name}"`, { ...this.resolved, weights: undefined })
  }
}
