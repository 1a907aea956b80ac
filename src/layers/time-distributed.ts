import { reshape, scale } from '../graph/operations/index.js'
import type { DType, Shape, Tensor } from '../graph/tensor.js'
import type { Field, Given } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { type BuildContext, type CallOptions, Layer, type Mask } from './layer.js'
import { savedOptions } from './saved-options.js'

const fields = {
  layer: {
    doc: 'applied to every time step',
    hint: 'layer',
    check: (value: unknown) =>
      value instanceof Layer ? { value } : { expected: 'a layer, or a model as a layer' },
    parse: (text: string) => text,
  } satisfies Field<Layer>,
}

export type TimeDistributedOptions = Given<typeof fields> & CommonOptions

/**
 * Applies one layer to every time step, with the same weights: [N, T, ...] → [N, T, ...output of the layer]. The steps of all
 * rows go through it as one batch of N·T. A mask [N, T] is passed on; of a mask with more axes, [N, T, S], the layer gets
 * each step's own, [S].
 *
 * @example
 * layers.timeDistributed(layers.dense(10))
 */
export class TimeDistributed extends Layer {
  static readonly fields = fields
  readonly kind = 'timeDistributed'
  readonly layer: Layer

  constructor(given: TimeDistributedOptions) {
    super(given)
    this.layer = resolveOwn('timeDistributed', fields, given).layer
  }

  override get sublayers(): readonly Layer[] {
    return [this.layer]
  }

  override get wantsIntegers(): boolean {
    return this.layer.wantsIntegers
  }

  override get integerLimit(): number | undefined {
    return this.layer.integerLimit
  }

  override get outputDtype(): DType {
    return this.layer.outputDtype
  }

  protected createWeights(context: BuildContext, inputShape: Shape): void {
    this.layer.build(context.inside(this), this.stepShape(inputShape))
  }

  /** [N, T, ...] → [N·T, ...] */
  private stepShape(shape: Shape): Shape {
    if (shape.length < 3) throw this.shapeError('input [N, T, ...] of three axes or more', shape)
    return [shape[0]! * shape[1]!, ...shape.slice(2)]
  }

  outputShape(inputShape: Shape): Shape {
    const shapes = this.layer.outputShapes([this.stepShape(inputShape)])
    if (shapes.length !== 1) {
      throw this.shapeError('a layer with one output', [shapes.length], 'returnState must be false')
    }
    return [inputShape[0]!, inputShape[1]!, ...shapes[0]!.slice(1)]
  }

  protected forward(x: Tensor, { mask }: CallOptions): Tensor {
    const shape = this.outputShape(x.shape)
    const steps = reshape(x, this.stepShape(x.shape))
    const { losses } = x.graph
    const before = losses.length
    const { outputs } = this.layer.run([steps], [stepMask(x, mask)])
    // Keras runs each step by itself: penalties on outputs, means over rows, add up over the steps. It leaves out the layer's own.
    const added = losses.splice(before)
    if (this.layer.sublayers.length > 0) {
      for (const loss of added) x.graph.addLoss(scale(loss, x.shape[1]!))
    }
    return reshape(outputs[0]!, shape)
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, { layer: this.layer.toConfig() })
  }
}

/** The mask within each step, when the mask says more than which steps count. */
function stepMask(x: Tensor, mask: Mask): Mask {
  if (!mask || mask.rank < 3) return undefined
  return reshape(mask, [x.shape[0]! * x.shape[1]!, ...mask.shape.slice(2)])
}
