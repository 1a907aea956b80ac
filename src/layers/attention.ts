import type { Seeded } from '../graph/graph.js'
import {
  add,
  dropout,
  matmul,
  multiply,
  reshape,
  scalar,
  scale,
  softmax,
  subtract,
  sum,
  tanh,
} from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import { formatShape, type Shape, type Tensor } from '../graph/tensor.js'
import { boolean, choice, type Given, integer, number, optional, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { initializer } from './initializers.js'
import type { BuildContext, Mask } from './layer.js'
import { band, both, perFeature } from './masks.js'
import { MergeLayer } from './merge-layer.js'
import { savedOptions } from './saved-options.js'
import { type CallArguments, mayEqual } from './symbolic.js'

export const attentionFields = {
  dropout: number('probability of dropping an attention weight while training', 0, { min: 0, below: 1 }),
  seed: optional(integer('the dropout does not depend on other layers', undefined, { min: 0 })),
}

/** Much larger than any score: where all are masked, all become equal, as they do in Keras with 10⁹ in float32. */
const farAway = 1e18

/**
 * What the two attentions have in common: inputs query [N, T, D], value [N, S, V] and optionally key [N, S, D] (the value
 * when absent) give [N, T, V], for each query a mean of the values weighted by softmax(scores).
 *
 * Masks: query [N, T] (masked queries give zeros), value [N, S] (masked values get no weight). Call arguments:
 * `returnAttentionScores` gives the weights [N, T, S] too, `useCausalMask` hides later steps.
 */
export abstract class ScoredAttention extends MergeLayer {
  private readonly seeded: Seeded | undefined

  constructor(
    readonly kind: string,
    given: CommonOptions,
    private readonly rate: number,
    seed: number | undefined,
  ) {
    super(given)
    this.seeded = seed === undefined ? undefined : { seed }
  }

  /** [N, T, D] and [N, S, D] → [N, T, S]. */
  protected abstract score(query: Tensor, key: Tensor): Tensor

  override get callArguments(): readonly string[] {
    return ['useCausalMask', 'returnAttentionScores']
  }

  outputShapes(shapes: readonly Shape[], arguments_: CallArguments = {}): readonly Shape[] {
    const [query, value, key = value] = shapes
    if (!query || !value || shapes.length > 3) {
      throw this.countError('inputs [query, value] or [query, value, key]', shapes.length)
    }
    const wrong = shapes.find(({ length }) => length !== 3)
    if (wrong) throw this.shapeError('inputs of three axes [N, T, D]', wrong)
    const fits =
      [value, key!].every((shape) => mayEqual(shape[0]!, query[0]!)) &&
      mayEqual(value[1]!, key![1]!) &&
      mayEqual(query[2]!, key![2]!)
    if (!fits) {
      const all = shapes.map(formatShape).join(', ')
      throw this.shapeError('query [N, T, D], value [N, S, V], key [N, S, D]', key!, `inputs ${all}`)
    }
    const [N, T] = query as [number, number]
    const output = [N, T, value[2]!]
    return arguments_.returnAttentionScores ? [output, [N, T, key![1]!]] : [output]
  }

  protected merge(
    [query, value, key = value]: readonly Tensor[],
    [queryMask, valueMask]: readonly Mask[],
    arguments_: CallArguments,
  ): readonly Tensor[] {
    const scores = this.score(query!, key!)
    const [N, T, S] = scores.shape as [number, number, number]
    const causal = arguments_.useCausalMask ? band(scores.graph, [T, S], T, 0) : undefined
    const mask = both(valueMask && reshape(valueMask, [N, 1, S]), causal)
    const hidden = mask && scale(subtract(scalar(mask, 1), mask), farAway)
    const weights = softmax(hidden ? subtract(scores, hidden) : scores)
    const dropped = dropout(weights, this.rate, false, this.seeded)
    const result = matmul(dropped, value!)
    const output = queryMask ? multiply(result, perFeature(queryMask)) : result
    return arguments_.returnAttentionScores ? [output, dropped] : [output]
  }

  protected override mergeMasks(_inputs: readonly Tensor[], masks: readonly Mask[]): readonly Mask[] {
    return [masks[0]]
  }
}

const fields = {
  useScale: boolean('multiply the scores by a learned number', false),
  scoreMode: choice(
    'score: dot = query · key, concat = Σ tanh(query + key) times a learned number',
    ['dot', 'concat'],
    'dot',
  ),
  ...attentionFields,
}

export type AttentionOptions = Given<typeof fields> & CommonOptions

/**
 * Dot-product attention (Luong et al. 2015): scores = query · keyᵀ. Inputs, masks and call arguments: see ScoredAttention.
 *
 * @example
 * const context = layers.attention().apply([decoderOutputs, encoderOutputs]) // [N, T, D], [N, S, D] → [N, T, D]
 */
export class Attention extends ScoredAttention {
  static readonly fields = fields
  private readonly resolved: Resolved<typeof fields>
  private scale: Parameter | undefined
  private concatScoreWeight: Parameter | undefined

  constructor(given: AttentionOptions = {}) {
    const resolved = resolveOwn('attention', fields, given)
    super('attention', given, resolved.dropout, resolved.seed)
    this.resolved = resolved
  }

  protected createWeights(context: BuildContext): void {
    const single = (name: string) => context.weight(this.name, name, [], initializer('ones'))
    if (this.resolved.useScale) this.scale = single('scale')
    if (this.resolved.scoreMode === 'concat') this.concatScoreWeight = single('concatScoreWeight')
  }

  protected score(query: Tensor, key: Tensor): Tensor {
    const scaled = (x: Tensor) => (this.scale ? multiply(x, x.graph.parameter(this.scale)) : x)
    if (!this.concatScoreWeight) return scaled(matmul(query, key, { transposeB: true }))
    const sums = sum(tanh(scaled(pairSums(query, key))), -1)
    return multiply(sums, query.graph.parameter(this.concatScoreWeight))
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}

/** Every query plus every key: [N, T, D] and [N, S, D] → [N, T, S, D]. */
export function pairSums(query: Tensor, key: Tensor): Tensor {
  const [N, T, D] = query.shape as [number, number, number]
  return add(reshape(query, [N, T, 1, D]), reshape(key, [N, 1, key.shape[1]!, D]))
}
