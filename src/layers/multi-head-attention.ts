import type { Seeded } from '../graph/graph.js'
import {
  dropout,
  matmul,
  multiply,
  notEqual,
  reshape,
  scalar,
  scale,
  sigmoid,
  softmax,
} from '../graph/operations/index.js'
import { formatShape, type Shape, type Tensor } from '../graph/tensor.js'
import type { Given, Resolved } from '../options.js'
import { headsFirst, headsLast, type Projection, project } from './attention-heads.js'
import { axesOf } from './axes.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { initializer } from './initializers.js'
import type { BuildContext, Mask } from './layer.js'
import { band, both, orElse } from './masks.js'
import { MergeLayer } from './merge-layer.js'
import { multiHeadAttentionFields } from './multi-head-attention-fields.js'
import { addActivityLoss } from './regularizers.js'
import { savedOptions } from './saved-options.js'
import { type CallArguments, mayEqual, type SymbolicTensor } from './symbolic.js'
import { weightOptions } from './weight-options.js'

const fields = multiHeadAttentionFields

export type MultiHeadAttentionOptions = Given<typeof fields> & CommonOptions

/** A score no softmax gives weight to. */
const never = -1e9

/**
 * Attention of several heads (Vaswani et al. 2017). Inputs query [N, T, D], value [N, S, E] and optionally key [N, S, K]
 * (the value when absent) give [N, T, outputShape]: each head projects them, weights the values by softmax(query · keyᵀ /
 * √keyDim), and one more projection joins the heads.
 *
 * Masks [N, T] of the query and [N, S] of value and key hide steps; the output has the query's. Call arguments:
 * `useCausalMask` hides later steps; `attentionMask`, a symbolic tensor [N, T, S], those where it is 0;
 * `returnAttentionScores` gives the weights [N, heads, T, S] too.
 *
 * A query that may see nothing gets the mean of all values, but zeros with dropout or `returnAttentionScores`, as in Keras.
 *
 * @example
 * const y = layers.multiHeadAttention(4, 16).apply([x, x], { useCausalMask: true })
 */
export class MultiHeadAttention extends MergeLayer {
  static readonly fields = fields
  readonly kind = 'multiHeadAttention'
  private readonly resolved: Resolved<typeof fields>
  private readonly seeded: Seeded | undefined
  private query: Projection | undefined
  private key: Projection | undefined
  private gate: Projection | undefined
  private value: Projection | undefined
  private output: Projection | undefined
  private features: readonly number[] = []

  constructor(given: MultiHeadAttentionOptions) {
    super(given)
    this.resolved = resolveOwn('multiHeadAttention', fields, given)
    const { seed } = this.resolved
    this.seeded = seed === undefined ? undefined : { seed }
  }

  private get valueDim(): number {
    return this.resolved.valueDim ?? this.resolved.keyDim
  }

  /** Shape of the output of one step. */
  private outputLengths(query: Shape): Shape {
    const { outputShape } = this.resolved
    if (outputShape === undefined) return [query.at(-1)!]
    return typeof outputShape === 'number' ? [outputShape] : outputShape
  }

  protected createWeights(
    context: BuildContext,
    query: Shape,
    value: Shape = query,
    key: Shape = value,
  ): void {
    this.outputShapes([query, value, key])
    const { numHeads, keyDim, useBias, useGate, kernelInitializer, biasInitializer, ...given } = this.resolved
    const projection = (name: string, input: Shape, output: Shape): Projection => ({
      kernel: context.weight(
        this.name,
        `${name}/kernel`,
        [...input, ...output],
        initializer(kernelInitializer),
        weightOptions(given.kernelRegularizer, given.kernelConstraint),
      ),
      bias: useBias
        ? context.weight(this.name, `${name}/bias`, output, initializer(biasInitializer), {
            ...weightOptions(given.biasRegularizer, given.biasConstraint),
            decay: false,
          })
        : undefined,
    })
    const heads = (size: number) => [numHeads, size]
    const features = [query, value, key].map((shape) => shape.at(-1)!)
    if (!features.every((length) => length > 0)) throw this.shapeError('inputs [N, T, features]', query)
    this.features = features
    this.query = projection('query', [features[0]!], heads(keyDim))
    this.key = projection('key', [features[2]!], heads(keyDim))
    if (useGate) this.gate = projection('gate', [features[0]!], heads(this.valueDim))
    this.value = projection('value', [features[1]!], heads(this.valueDim))
    this.output = projection('attention_output', heads(this.valueDim), this.outputLengths(query))
  }

  /** With the call argument `attentionMask` the key is given too and the mask comes as a fourth input. */
  override applyAll(
    inputs: SymbolicTensor | readonly SymbolicTensor[],
    { attentionMask, ...rest }: CallArguments = {},
  ): readonly SymbolicTensor[] {
    if (attentionMask === undefined) return super.applyAll(inputs, rest)
    const [query, value, key = value] = inputs as readonly SymbolicTensor[]
    return super.applyAll([query!, value!, key!, attentionMask as SymbolicTensor], rest)
  }

  override get callArguments(): readonly string[] {
    return ['useCausalMask', 'returnAttentionScores', 'attentionMask']
  }

  outputShapes(shapes: readonly Shape[], arguments_: CallArguments = {}): readonly Shape[] {
    const [query, value, key = value] = shapes
    if (!query || !value || shapes.length > 4) {
      throw this.countError('inputs [query, value] or [query, value, key]', shapes.length)
    }
    const rank = query.length
    const axes = this.attentionAxes(query)
    const fits = [query, value, key!].every(
      (shape, index) =>
        rank >= 3 &&
        shape.length === rank &&
        (this.features.length === 0 || shape[rank - 1] === this.features[index]) &&
        shape.slice(0, -1).every((length, axis) => {
          const other = axes.includes(axis) ? value : query
          return index === 0 || mayEqual(length, other[axis]!)
        }),
    )
    if (!fits) {
      const all = shapes.map(formatShape).join(', ')
      const wanted = this.features.map((length) => length).join(', ')
      const end = wanted ? ` of ${wanted} features` : ''
      throw this.shapeError(`query [N, T, …], value and key [N, S, …]${end}`, query, `inputs ${all}`)
    }
    const output = [...query.slice(0, -1), ...this.outputLengths(query)]
    if (!arguments_.returnAttentionScores) return [output]
    const others = query.slice(0, -1).filter((_, axis) => !axes.includes(axis))
    const lengths = [query, key!].flatMap((shape) => axes.map((axis) => shape[axis]!))
    return [output, [...others, this.resolved.numHeads, ...lengths]]
  }

  private attentionAxes(shape: Shape): readonly number[] {
    const { attentionAxes } = this.resolved
    const all = shape.map((_, axis) => axis).slice(1, -1)
    const axes = attentionAxes === undefined ? all : axesOf(attentionAxes, shape)
    if (!axes?.every((axis) => all.includes(axis))) {
      throw this.shapeError(`input with attention axes ${attentionAxes}`, shape)
    }
    return axes
  }

  protected merge(
    inputs: readonly Tensor[],
    masks: readonly Mask[],
    arguments_: CallArguments,
  ): readonly Tensor[] {
    const [query, value, key = value, given] = inputs as [Tensor, Tensor, Tensor?, Tensor?]
    const { numHeads, keyDim, dropout: rate, activityRegularizer } = this.resolved
    const axes = this.attentionAxes(query.shape)
    const projected = {
      query: project(query, this.query!, 1),
      key: project(key, this.key!, 1),
      value: project(value, this.value!, 1),
      gate: this.gate && sigmoid(project(query, this.gate, 1)),
    }
    const rows = (x: Tensor) => headsFirst(x, axes)
    const scores = matmul(scale(rows(projected.query), 1 / Math.sqrt(keyDim)), rows(projected.key), {
      transposeB: true,
    })
    const mask = this.mask(
      query,
      value,
      [masks[0], masks[1], key === value ? undefined : masks[2]],
      given,
      arguments_,
    )
    const soft = softmax(mask ? orElse(mask, scores, never) : scores)
    const zeros = rate > 0 || arguments_.returnAttentionScores || query.rank !== 3
    const weights = mask && zeros ? multiply(soft, mask) : soft
    const combined = matmul(dropout(weights, rate, false, this.seeded), rows(projected.value))
    const steps = query.shape.slice(0, -1)
    const heads = headsLast(combined, axes, [...steps, numHeads, this.valueDim])
    const output = project(projected.gate ? multiply(heads, projected.gate) : heads, this.output!, 2)
    addActivityLoss(
      activityRegularizer,
      [...Object.values(projected), output].filter((x) => x !== undefined),
    )
    if (!arguments_.returnAttentionScores) return [output]
    const [, shape] = this.outputShapes(
      inputs.map((x) => x.shape),
      arguments_,
    )
    return [output, reshape(weights, shape!)]
  }

  /** Where attention may look: [N or 1, heads or 1, T, S]; undefined = everywhere. */
  private mask(
    query: Tensor,
    value: Tensor,
    [queryMask, valueMask, keyMask]: readonly Mask[],
    given: Tensor | undefined,
    { useCausalMask }: CallArguments,
  ): Mask {
    const { slidingWindow } = this.resolved
    const any = queryMask ?? valueMask ?? keyMask ?? given
    if (!any && !useCausalMask && slidingWindow === undefined) return undefined
    if (query.rank !== 3) throw this.shapeError('inputs of three axes when steps are masked', query.shape)
    const [N, T, S] = [query.shape[0]!, query.shape[1]!, value.shape[1]!]
    const { graph } = query
    const bandOf = (before: number, after: number) =>
      reshape(band(graph, [T, S], before, after), [1, 1, T, S])
    const reach = (slidingWindow ?? 0) - 1
    return [
      queryMask && reshape(queryMask, [N, 1, T, 1]),
      valueMask && reshape(valueMask, [N, 1, 1, S]),
      keyMask && reshape(keyMask, [N, 1, 1, S]),
      useCausalMask ? bandOf(T, 0) : undefined,
      slidingWindow === undefined ? undefined : bandOf(reach, reach),
      given && notEqual(this.givenMask(given), scalar(given, 0)),
    ].reduce(both, undefined)
  }

  private givenMask(mask: Tensor): Tensor {
    if (mask.rank === 4) return mask
    if (mask.rank !== 3) throw this.shapeError('attentionMask [N, T, S]', mask.shape)
    return reshape(mask, [mask.shape[0]!, 1, mask.shape[1]!, mask.shape[2]!])
  }

  protected override mergeMasks(_inputs: readonly Tensor[], masks: readonly Mask[]): readonly Mask[] {
    return [masks[0]]
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
