import { RepriseError } from '../errors.js'
import type { DType, Shape, Tensor } from '../graph/tensor.js'
import { Layer } from '../layers/layer.js'
import type { SymbolicTensor } from '../layers/symbolic.js'

export interface InputOptions {
  /** Shape without the batch axis; null for a length that may differ from batch to batch. */
  readonly shape?: readonly (number | null)[]
  /** The same with the batch axis, whose size stateful layers need. */
  readonly batchShape?: readonly (number | null)[]
  /** Fixes the batch axis of `shape`. */
  readonly batchSize?: number
  /** Default float32; int32 when an embedding reads it. */
  readonly dtype?: 'float32' | 'int32' | undefined
  readonly name?: string | undefined
}

/** Where data enters a functional model; made by `input`. */
export class InputLayer extends Layer {
  readonly kind = 'input'
  readonly shape: Shape
  private readonly given: DType | undefined

  constructor(options: InputOptions) {
    super({ name: options.name })
    const { shape, batchShape, batchSize, dtype } = options
    if (!shape === !batchShape) {
      throw new RepriseError('option', 'input: give either shape (without the batch axis) or batchShape')
    }
    const lengths = batchShape ?? [batchSize ?? null, ...shape!]
    for (const length of lengths) {
      if (length !== null && !(Number.isSafeInteger(length) && length > 0)) {
        throw new RepriseError(
          'option',
          `input: every length is a whole number or null, got ${String(length)}`,
        )
      }
    }
    if (dtype !== undefined && dtype !== 'float32' && dtype !== 'int32') {
      throw new RepriseError('option', `input: dtype must be float32 or int32, got ${JSON.stringify(dtype)}`)
    }
    this.shape = lengths.map((length) => length ?? Number.NaN)
    this.given = dtype
  }

  /** int32 when asked for, or when every layer that reads it wants integers. */
  override get outputDtype(): DType {
    return this.given === 'int32' || this.readByIntegers ? 'int32' : 'float32'
  }

  /** Whether the shape comes from the first data, not from the user: other lengths are fine then. */
  inferred = false
  /** Set when a model finds that the layers which read this input want ids. */
  readByIntegers = false

  protected createWeights(): void {}

  outputShape(): Shape {
    return this.shape
  }

  override outputShapes(): readonly Shape[] {
    return [this.shape]
  }

  protected forward(x: Tensor): Tensor {
    return x
  }

  options(): Readonly<Record<string, unknown>> {
    const batchShape = this.shape.map((length) => (Number.isNaN(length) ? null : length))
    return { batchShape, dtype: this.outputDtype }
  }
}

/**
 * The beginning of a functional model: a tensor of this shape for each row of a batch.
 *
 * @example
 * const words = input({ shape: [null], dtype: 'int32' })
 * const y = layers.dense(1).apply(layers.lstm(32).apply(layers.embedding(1000, 16).apply(words)))
 * const m = model({ inputs: words, outputs: y })
 */
export function input(options: InputOptions): SymbolicTensor {
  return new InputLayer(options).applyAll([])[0]!
}
