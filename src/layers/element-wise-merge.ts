import { reshape } from '../graph/operations/index.js'
import { formatShape, type Shape, type Tensor } from '../graph/tensor.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import type { BuildContext, Mask } from './layer.js'
import { either } from './masks.js'
import { MergeLayer } from './merge-layer.js'
import { mayEqual } from './symbolic.js'

/** A merge of inputs [N, …] element by element; axes of length 1 repeat, missing axes are put after the batch axis. */
export abstract class ElementWiseMerge extends MergeLayer {
  static readonly fields = {}

  constructor(
    readonly kind: string,
    given: CommonOptions,
    /** How many inputs there must be; any number when absent. */
    private readonly inputs?: number,
  ) {
    super(given)
    resolveOwn(kind, {}, given)
  }

  protected createWeights(_context: BuildContext, ..._shapes: readonly Shape[]): void {}

  protected abstract combine(values: readonly Tensor[], masks: readonly Mask[]): Tensor

  outputShapes(shapes: readonly Shape[]): readonly Shape[] {
    const wanted = this.inputs
    if (wanted === undefined ? shapes.length === 0 : shapes.length !== wanted) {
      throw this.countError(wanted === undefined ? 'inputs' : `${wanted} inputs`, shapes.length)
    }
    const all = shapes.map(formatShape).join(' and ')
    const batch = shapes.reduce((N, [own]) => {
      if (own === undefined || !mayEqual(N, own)) {
        throw this.shapeError('inputs of one batch size', shapes.at(-1)!, all)
      }
      return Number.isNaN(N) ? own : N
    }, shapes[0]![0]!)
    const rank = Math.max(...shapes.map(({ length }) => length))
    const rest = Array.from({ length: rank - 1 }, (_, index) => {
      const fromEnd = rank - 1 - index
      const lengths = shapes.filter(({ length }) => length > fromEnd).map((shape) => shape.at(-fromEnd)!)
      const long = lengths.filter((length) => length !== 1)
      const known = long.find((length) => !Number.isNaN(length))
      if (long.some((length) => !mayEqual(length, known ?? length))) {
        throw this.shapeError('inputs whose axes agree or have length 1', shapes.at(-1)!, `inputs ${all}`)
      }
      return long.some(Number.isNaN) ? Number.NaN : (known ?? 1)
    })
    return [[batch, ...rest]]
  }

  protected merge(inputs: readonly Tensor[], masks: readonly Mask[]): readonly Tensor[] {
    const rank = Math.max(...inputs.map((x) => x.rank))
    const full = (x: Tensor) => {
      const [N, ...rest] = x.shape as [number, ...number[]]
      return reshape(x, [N, ...new Array<number>(rank - x.rank).fill(1), ...rest])
    }
    // An input that gets new axes loses its mask, as in Keras.
    const own = inputs.map((x, index) => (x.rank === rank ? masks[index] : undefined))
    return [this.combine(inputs.map(full), own)]
  }

  /** With a mask for every input a step counts when it counts in any of them. */
  protected override mergeMasks(inputs: readonly Tensor[], masks: readonly Mask[]): readonly Mask[] {
    const given = masks.filter((mask) => mask !== undefined)
    return given.length === inputs.length ? [given.reduce(either)] : []
  }

  options(): Readonly<Record<string, unknown>> {
    return {}
  }
}
