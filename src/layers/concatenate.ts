import { broadcastTo, concatenate, fill, maximumOf, reshape } from '../graph/operations/index.js'
import { formatShape, type Shape, type Tensor } from '../graph/tensor.js'
import { type Given, integer, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import type { BuildContext, Mask } from './layer.js'
import { perFeature } from './masks.js'
import { MergeLayer } from './merge-layer.js'
import { savedOptions } from './saved-options.js'
import { mayEqual } from './symbolic.js'

const fields = { axis: integer('the axis along which inputs are joined, −1 = the last', -1) }

export type ConcatenateOptions = Given<typeof fields> & CommonOptions

/**
 * Joins inputs along one axis, the last by default; all other axes agree. Masks are joined the same way: inputs without one
 * count everywhere, and a step counts when any of its features does.
 */
export class Concatenate extends MergeLayer {
  static readonly fields = fields
  readonly kind = 'concatenate'
  private readonly resolved: Resolved<typeof fields>

  constructor(given: ConcatenateOptions = {}) {
    super(given)
    this.resolved = resolveOwn('concatenate', fields, given)
  }

  protected createWeights(_context: BuildContext, ..._shapes: readonly Shape[]): void {}

  private axisOf(rank: number): number {
    const { axis } = this.resolved
    return axis < 0 ? axis + rank : axis
  }

  outputShapes(shapes: readonly Shape[]): readonly Shape[] {
    const [first, ...others] = shapes
    if (!first) throw this.countError('inputs', 0)
    const axis = this.axisOf(first.length)
    if (axis < 0 || axis >= first.length) throw this.shapeError(`inputs with an axis ${axis}`, first)
    const agrees = (shape: Shape) =>
      shape.length === first.length && shape.every((length, k) => k === axis || mayEqual(length, first[k]!))
    const wrong = others.find((shape) => !agrees(shape))
    if (wrong) {
      const all = shapes.map(formatShape).join(' and ')
      throw this.shapeError(`inputs that agree on all axes but ${axis}`, wrong, `inputs ${all}`)
    }
    const known = (k: number) => shapes.map((shape) => shape[k]!).find((length) => !Number.isNaN(length))
    const total = shapes.reduce((sum, shape) => sum + shape[axis]!, 0)
    return [first.map((length, k) => (k === axis ? total : (known(k) ?? length)))]
  }

  protected merge(inputs: readonly Tensor[]): readonly Tensor[] {
    return [concatenate(inputs, this.axisOf(inputs[0]!.rank))]
  }

  protected override mergeMasks(inputs: readonly Tensor[], masks: readonly Mask[]): readonly Mask[] {
    if (masks.every((mask) => mask === undefined)) return []
    const full = inputs.map((x, index) => {
      const mask = masks[index]
      if (!mask) return fill(x.graph, x.shape, 1)
      return mask.rank < x.rank ? broadcastTo(perFeature(mask), x.shape) : mask
    })
    const joined = concatenate(full, this.axisOf(inputs[0]!.rank))
    return [reshape(maximumOf(joined, -1), joined.shape.slice(0, -1))]
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
