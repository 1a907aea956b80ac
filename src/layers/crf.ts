import { RepriseError } from '../errors.js'
import {
  add,
  crfDecode,
  crfLogLikelihood,
  crfMarginals,
  divide,
  maximum,
  negate,
  oneHot,
  reshape,
  scalar,
  scale,
  slice,
  sum,
  zeros,
} from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import { formatShape, type Shape, type Tensor } from '../graph/tensor.js'
import { boolean, custom, type Given, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { initializer, initializerField } from './initializers.js'
import type { BuildContext, Mask } from './layer.js'
import { MergeLayer } from './merge-layer.js'
import { savedOptions } from './saved-options.js'
import { mayEqual } from './symbolic.js'

/** A move from one label to the next; a chain comes from "start" and goes to "end". */
export type CrfMove = readonly [from: number | 'start', to: number | 'end']

/** Added to the score of a forbidden move: far below any learnt score, and still a number. */
const forbiddenScore = -1e4

const isLabel = (value: unknown, edge: string) =>
  value === edge || (Number.isSafeInteger(value) && (value as number) >= 0)

const fields = {
  useBoundaries: boolean('learn scores of the first and of the last label', true),
  transitionsInitializer: initializerField('initial scores of moves', 'zeros'),
  forbidden: custom<readonly CrfMove[]>(
    'moves no chain may make: [from, to], ["start", to], [from, "end"]',
    'moves',
    [],
    (value) =>
      Array.isArray(value) &&
      value.every(
        (move) =>
          Array.isArray(move) && move.length === 2 && isLabel(move[0], 'start') && isLabel(move[1], 'end'),
      )
        ? { value: value as readonly CrfMove[] }
        : { expected: 'a list of [from, to], labels as numbers or "start" and "end"' },
  ),
}

export type CrfOptions = Given<typeof fields> & CommonOptions

/** Which steps count: those before `lengths` (int32 [N]) and where `mask` (float32 [N, T]) is not 0; without them all. */
export interface CrfSteps {
  readonly lengths?: Tensor | undefined
  readonly mask?: Tensor | undefined
}

/**
 * A linear-chain conditional random field (Lafferty et al. 2001) over the labels of a sequence: a score for each move from
 * label to label beside the scores of labels it gets, p(labels) = exp(their scores) / Σ exp(scores of all chains).
 *
 * Applied to emissions [N, T, L] it gives the most probable chain, one-hot [N, T, L] with zeros at masked steps, as accuracy
 * metrics read it. Applied to emissions and targets, int32 [N, T], it adds −ln p(targets) in nats per step that counts
 * to the loss of the model and gives ln p(targets), [N]: that is how it is trained; such a model needs no loss of its own in
 * `compile`. Keras has no such layer.
 *
 * Weights: transitions [L, L] (from, to), start [L], end [L].
 *
 * @example
 * const emissions = layers.dense(5).apply(features)
 * const crf = layers.crf({ forbidden: [['start', 2], [0, 2]] })
 * const trained = model({ inputs: [words, tags], outputs: crf.apply([emissions, tags]) })
 * const tagger = model({ inputs: words, outputs: crf.apply(emissions) })
 */
export class Crf extends MergeLayer {
  static readonly fields = fields
  readonly kind = 'crf'
  private readonly resolved: Resolved<typeof fields>
  private labels = 0
  private transitions: Parameter | undefined
  private start: Parameter | undefined
  private end: Parameter | undefined
  private penalties: Parameter | undefined

  constructor(given: CrfOptions = {}) {
    super(given)
    this.resolved = resolveOwn('crf', fields, given)
  }

  protected createWeights(context: BuildContext, inputShape: Shape): void {
    const { useBoundaries, transitionsInitializer, forbidden } = this.resolved
    const L = inputShape.length === 3 ? inputShape[2]! : 0
    if (!(L > 0)) throw this.shapeError('emissions [N, T, labels]', inputShape)
    this.labels = L
    const weight = (name: string, shape: Shape, initial = initializer('zeros')) =>
      context.weight(this.name, name, shape, initial, { decay: false })
    this.transitions = weight('transitions', [L, L], initializer(transitionsInitializer))
    if (useBoundaries) {
      this.start = weight('start', [L])
      this.end = weight('end', [L])
    }
    if (forbidden.length === 0) return
    // Rows of moves from each label, from the start and, turned, to the end.
    const values = new Float32Array((L + 2) * L)
    for (const [from, to] of forbidden) {
      if (
        (from !== 'start' && from >= L) ||
        (to !== 'end' && to >= L) ||
        (from === 'start' && to === 'end')
      ) {
        throw new RepriseError(
          'option',
          `layer "${this.name}": forbidden move ${JSON.stringify([from, to])} is none between ${L} labels`,
        )
      }
      const [row, column] = from === 'start' ? [L, to as number] : to === 'end' ? [L + 1, from] : [from, to]
      values[row * L + column] = forbiddenScore
    }
    this.penalties = context.weight(this.name, 'forbidden', [L + 2, L], () => values, {
      trainable: false,
      decay: false,
    })
  }

  /** Scores of moves, beginnings and ends. */
  private scores({ graph }: Tensor): readonly [Tensor, Tensor, Tensor] {
    const L = this.labels
    const edge = (own: Parameter | undefined) => (own ? graph.parameter(own) : zeros(graph, [L]))
    const [moves, start, end] = [graph.parameter(this.transitions!), edge(this.start), edge(this.end)]
    if (!this.penalties) return [moves, start, end]
    const penalties = graph.parameter(this.penalties)
    const row = (index: number) => reshape(slice(penalties, 0, index, 1), [L])
    return [add(moves, slice(penalties, 0, 0, L)), add(start, row(L)), add(end, row(L + 1))]
  }

  private inScope<Result>(emissions: Tensor, body: () => Result): Result {
    this.checkBuilt()
    return emissions.graph.scope(this.name, body)
  }

  /** ln p of the targets in nats: emissions [N, T, L], targets int32 [N, T] → [N]; 0 where no step counts. */
  logLikelihood(emissions: Tensor, targets: Tensor, { lengths, mask }: CrfSteps = {}): Tensor {
    return this.inScope(emissions, () =>
      crfLogLikelihood(emissions, ...this.scores(emissions), targets, lengths, mask),
    )
  }

  /** The best chain: emissions [N, T, L] → tags int32 [N, T], −1 where a step does not count, and its score [N]. */
  decode(emissions: Tensor, { lengths, mask }: CrfSteps = {}): { tags: Tensor; score: Tensor } {
    return this.inScope(emissions, () => crfDecode(emissions, ...this.scores(emissions), lengths, mask))
  }

  /** Probability of each label at each step, over all chains: emissions [N, T, L] → [N, T, L]. No gradient. */
  marginals(emissions: Tensor, { lengths, mask }: CrfSteps = {}): Tensor {
    return this.inScope(emissions, () => crfMarginals(emissions, ...this.scores(emissions), lengths, mask))
  }

  outputShapes(shapes: readonly Shape[]): readonly Shape[] {
    const [x, targets] = shapes
    if (!x || shapes.length > 2) throw this.countError('emissions, or emissions and targets', shapes.length)
    if (x.length !== 3 || (this.labels > 0 && !mayEqual(x[2]!, this.labels))) {
      throw this.shapeError(`input [N, T, ${this.labels || 'labels'}]`, x)
    }
    if (!targets) return [x]
    const steps = x.slice(0, 2)
    const fits = targets.length === 2 && steps.every((length, k) => mayEqual(length, targets[k]!))
    if (!fits) throw this.shapeError(`targets ${formatShape(steps)}`, targets)
    return [[x[0]!]]
  }

  protected merge([x, targets]: readonly Tensor[], [mask]: readonly Mask[]): readonly Tensor[] {
    if (!targets) return [oneHot(this.decode(x!, { mask }).tags, this.labels)]
    if (targets.dtype !== 'int32') {
      throw this.shapeError('int32 targets', targets.shape, `of type ${targets.dtype}`)
    }
    const likelihood = this.logLikelihood(x!, targets, { mask })
    const total = negate(sum(likelihood))
    const term = mask ? divide(total, maximum(sum(mask), scalar(mask, 1))) : scale(total, 1 / targets.size)
    x!.graph.addLoss(reshape(term, [1]))
    return [likelihood]
  }

  protected override mergeMasks(inputs: readonly Tensor[], [mask]: readonly Mask[]): readonly Mask[] {
    return [inputs.length === 1 ? mask : undefined]
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
