import type { Shape, Tensor } from '../graph/tensor.js'
import { type BuildContext, Layer, type Mask } from './layer.js'
import { savedOptions } from './saved-options.js'

/** A layer of one input without weights whose options are plain. */
export abstract class StatelessLayer extends Layer {
  protected abstract readonly resolved: Readonly<Record<string, unknown>>

  protected createWeights(_context: BuildContext, _inputShape: Shape): void {}

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}

/** One that works on each value or each row: shape and mask stay. */
export abstract class ShapelessLayer extends StatelessLayer {
  outputShape(inputShape: Shape): Shape {
    return inputShape
  }
}

/** One that rearranges: masks of the input do not fit the output and end here, as in Keras. */
export abstract class ReshapingLayer extends StatelessLayer {
  override outputMask(_x: Tensor, _mask: Mask): Mask {
    return undefined
  }
}
