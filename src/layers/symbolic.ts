import type { DType, Shape } from '../graph/tensor.js'
import type { Layer } from './layer.js'

/**
 * A value in a model that is being described: a shape and the layer call it comes from, no numbers and no batch size. Lengths
 * not known yet are NaN in `shape` (arithmetic on them stays unknown) and null in `sizes`.
 */
export class SymbolicTensor {
  constructor(
    /** With the batch axis. */
    readonly shape: Shape,
    readonly node: LayerNode,
    /** Which output of the call. */
    readonly index: number,
  ) {}

  /** The shape as Keras prints it: [null, 10, 32]. */
  get sizes(): readonly (number | null)[] {
    return this.shape.map((length) => (Number.isNaN(length) ? null : length))
  }

  get layer(): Layer {
    return this.node.layer
  }

  get dtype(): DType {
    return this.node.layer.outputDtype
  }
}

/** One call of a layer in a model: what goes in, with which arguments, and what comes out. */
export class LayerNode {
  readonly outputs: readonly SymbolicTensor[]

  constructor(
    readonly layer: Layer,
    readonly inputs: readonly SymbolicTensor[],
    /** Call arguments besides tensors, plain JSON. */
    readonly arguments_: CallArguments,
    outputShapes: readonly Shape[],
  ) {
    this.outputs = outputShapes.map((shape, index) => new SymbolicTensor(shape, this, index))
  }
}

/** Arguments of one call that are not tensors: { useCausalMask: true }. */
export type CallArguments = Readonly<Record<string, unknown>>

/** Whether two lengths may be the same: equal, or one not known yet. */
export function mayEqual(a: number, b: number): boolean {
  return a === b || Number.isNaN(a) || Number.isNaN(b)
}
