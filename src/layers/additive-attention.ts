import { multiply, sum, tanh } from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { boolean, type Given, type Resolved } from '../options.js'
import { attentionFields, pairSums, ScoredAttention } from './attention.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { initializer } from './initializers.js'
import type { BuildContext } from './layer.js'
import { savedOptions } from './saved-options.js'

const fields = {
  useScale: boolean('weight the features of tanh(query + key) with a learned vector', true),
  ...attentionFields,
}

export type AdditiveAttentionOptions = Given<typeof fields> & CommonOptions

/**
 * Additive attention (Bahdanau et al. 2015): scores = Σ scale · tanh(query + key). Inputs, masks and call arguments: see
 * ScoredAttention.
 */
export class AdditiveAttention extends ScoredAttention {
  static readonly fields = fields
  private readonly resolved: Resolved<typeof fields>
  private scale: Parameter | undefined

  constructor(given: AdditiveAttentionOptions = {}) {
    const resolved = resolveOwn('additiveAttention', fields, given)
    super('additiveAttention', given, resolved.dropout, resolved.seed)
    this.resolved = resolved
  }

  protected createWeights(context: BuildContext, query: Shape): void {
    if (!this.resolved.useScale) return
    const features = query.at(-1)!
    if (!(features > 0)) throw this.shapeError('query [N, T, features]', query)
    this.scale = context.weight(this.name, 'scale', [features], initializer('glorotUniform'))
  }

  protected score(query: Tensor, key: Tensor): Tensor {
    const pairs = tanh(pairSums(query, key))
    return sum(this.scale ? multiply(pairs, query.graph.parameter(this.scale)) : pairs, -1)
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
