import { RepriseError } from '../errors.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { type CallOptions, Layer, type LayerOutputs, type Mask } from './layer.js'
import type { CallArguments } from './symbolic.js'

/** A layer of several inputs: implements `outputShapes`, `merge` and, when masks matter, `mergeMasks`. */
export abstract class MergeLayer extends Layer {
  outputShape(inputShape: Shape): Shape {
    return this.outputShapes([inputShape])[0]!
  }

  abstract override outputShapes(inputShapes: readonly Shape[], arguments_?: CallArguments): readonly Shape[]

  /** The outputs; masks and call arguments as `run` got them. */
  protected abstract merge(
    inputs: readonly Tensor[],
    masks: readonly Mask[],
    arguments_: CallArguments,
  ): readonly Tensor[]

  /** The mask of each output; by default none. */
  protected mergeMasks(
    _inputs: readonly Tensor[],
    _masks: readonly Mask[],
    _outputs: readonly Tensor[],
  ): readonly Mask[] {
    return []
  }

  override run(
    inputs: readonly Tensor[],
    masks: readonly Mask[] = [],
    arguments_: CallArguments = {},
  ): LayerOutputs {
    this.checkBuilt()
    const graph = inputs[0]?.graph
    if (!graph) throw new RepriseError('shape', `layer "${this.name}": ${this.kind} got no input`)
    return graph.scope(this.name, () => {
      this.outputShapes(
        inputs.map(({ shape }) => shape),
        arguments_,
      )
      const outputs = this.merge(inputs, masks, arguments_)
      return { outputs, masks: this.mergeMasks(inputs, masks, outputs) }
    })
  }

  /** A `shape` error about how many inputs there are. */
  protected countError(expected: string, got: number): RepriseError {
    return new RepriseError('shape', `layer "${this.name}": ${this.kind} expects ${expected}, got ${got}`)
  }

  protected forward(x: Tensor, { mask }: CallOptions): Tensor {
    return this.merge([x], [mask], {})[0]!
  }
}
