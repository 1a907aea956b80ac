import { matmul, reshape, transpose } from '../graph/operations/index.js'
import { formatShape, type Shape, type Tensor } from '../graph/tensor.js'
import { boolean, custom, type Field, type Given, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import type { BuildContext } from './layer.js'
import { MergeLayer } from './merge-layer.js'
import { savedOptions } from './saved-options.js'
import { mayEqual } from './symbolic.js'
import { unitVectors } from './unit-vectors.js'

type Pair = number | readonly [number, number]

const { fallback: _none, ...axes } = custom<Pair>(
  'the axis of both inputs that is summed over, or one for each',
  'axis',
  -1,
  (value) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value, value]
    return list.length === 2 && list.every((axis) => Number.isInteger(axis) && axis !== 0)
      ? { value: value as Pair }
      : { expected: 'an axis number or two, the batch axis 0 excluded' }
  },
)

const fields = {
  axes: axes as Field<Pair>,
  normalize: boolean('give the vectors length 1 first: the cosine of their angle', false),
}

export type DotOptions = Given<typeof fields> & CommonOptions

/** Keras's backend.epsilon(). */
const epsilon = 1e-7

/**
 * Products of two inputs summed over one axis of each, row by row: [N, …a, D, …] and [N, …b, D, …] → [N, …a, …b]; two
 * inputs [N, D] give [N, 1]. A mask ends here.
 *
 * @example
 * layers.dot([2, 2]).apply([query, keys]) // [N, T, D] and [N, S, D] → [N, T, S]
 */
export class Dot extends MergeLayer {
  static readonly fields = fields
  readonly kind = 'dot'
  private readonly resolved: Resolved<typeof fields>

  constructor(given: DotOptions) {
    super(given)
    this.resolved = resolveOwn('dot', fields, given)
  }

  protected createWeights(_context: BuildContext, ..._shapes: readonly Shape[]): void {}

  private axesOf(shapes: readonly Shape[]): [number, number] {
    const { axes } = this.resolved
    const list = typeof axes === 'number' ? [axes, axes] : axes
    return shapes.map(({ length }, k) => (list[k]! < 0 ? list[k]! + length : list[k]!)) as [number, number]
  }

  outputShapes(shapes: readonly Shape[]): readonly Shape[] {
    const [a, b] = shapes
    if (!a || !b || shapes.length !== 2) throw this.countError('2 inputs', shapes.length)
    const [p, q] = this.axesOf(shapes)
    const exists = p > 0 && q > 0 && p < a.length && q < b.length
    if (!exists || !mayEqual(a[0]!, b[0]!) || !mayEqual(a[p]!, b[q]!)) {
      const reason = exists ? `${a[p]} on axis ${p} and ${b[q]} on axis ${q}` : 'no such axis'
      throw this.shapeError(
        `inputs that agree on axes ${p} and ${q}`,
        b,
        `${reason} of ${formatShape(a)} and ${formatShape(b)}`,
      )
    }
    const rest = (shape: Shape, axis: number) => shape.filter((_, k) => k !== 0 && k !== axis)
    const shape = [Number.isNaN(a[0]!) ? b[0]! : a[0]!, ...rest(a, p), ...rest(b, q)]
    return [shape.length === 1 ? [...shape, 1] : shape]
  }

  protected merge(inputs: readonly Tensor[]): readonly Tensor[] {
    const [shape] = this.outputShapes(inputs.map((x) => x.shape))
    const axes = this.axesOf(inputs.map((x) => x.shape))
    const [a, b] = inputs.map((x, k) => {
      const own = this.resolved.normalize ? unitVectors(x, [axes[k]!], epsilon) : x
      return asMatrices(own, axes[k]!)
    })
    return [
      reshape(matmul(a!.matrices, b!.matrices, { transposeA: a!.across, transposeB: !b!.across }), shape!),
    ]
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}

/** [N, rest, D], D the given axis; or `across`: [N, D, rest], where that needs no copy. */
function asMatrices(x: Tensor, axis: number): { matrices: Tensor; across: boolean } {
  const [N, D] = [x.shape[0]!, x.shape[axis]!]
  if (axis === x.rank - 1) return { matrices: reshape(x, [N, -1, D]), across: false }
  if (axis === 1) return { matrices: reshape(x, [N, D, -1]), across: true }
  const others = x.shape.map((_, k) => k).filter((k) => k !== axis)
  return { matrices: reshape(transpose(x, [...others, axis]), [N, -1, D]), across: false }
}
