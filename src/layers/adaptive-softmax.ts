import { RepriseError } from '../errors.js'
import {
  add,
  clusterRows,
  concatenate,
  dense,
  linearCrossEntropy,
  logSoftmax,
  reshape,
  rowsDense,
  scatterRows,
  slice,
  softmaxCrossEntropy,
} from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { boolean, custom, type Given, integer, number, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { initializer, initializerField } from './initializers.js'
import type { BuildContext } from './layer.js'
import { savedOptions } from './saved-options.js'
import { VocabularySoftmax, zipfBiasField, zipfLogShare } from './vocabulary-softmax.js'

const fields = {
  units: integer('number of classes, the most frequent first', undefined, { min: 1 }),
  cutoffs: custom<readonly number[]>(
    'where clusters of rarer classes begin: [2000, 10000] makes 0 … 1999 the head and two clusters of the rest',
    'numbers',
    [],
    (value) =>
      Array.isArray(value) && value.every((cut, k) => Number.isInteger(cut) && cut > (value[k - 1] ?? 0))
        ? { value }
        : { expected: 'rising whole numbers above 0' },
  ),
  divValue: number('each cluster sees features fewer by this factor than the one before', 4, { min: 1 }),
  useBias: boolean('add a bias to every class', true),
  kernelInitializer: initializerField('initial kernels and projections', 'glorotUniform'),
  biasInitializer: initializerField('initial biases', 'zeros'),
  zipfBias: zipfBiasField,
}

export type AdaptiveSoftmaxOptions = Given<typeof fields> & CommonOptions

interface Tail {
  readonly low: number
  readonly high: number
  readonly projection: Parameter
  readonly kernel: Parameter
  readonly bias: Parameter | undefined
}

/**
 * Adaptive softmax (Grave et al. 2017) over classes sorted by frequency. The head knows the classes before the first
 * cut-off and one class for each cluster behind it; a cluster's classes get their share of the cluster's probability from
 * features projected to H / divValue, H / divValue², …. The probabilities are exact, they sum to one; what is saved is
 * that a cluster is only computed for the targets inside it. Without cut-offs it is a dense layer and a softmax.
 *
 * @example
 * const y = layers.adaptiveSoftmax({ units: 50_000, cutoffs: [2000, 10_000] }).apply([features, targets])
 */
export class AdaptiveSoftmax extends VocabularySoftmax {
  static readonly fields = fields
  readonly kind = 'adaptiveSoftmax'
  private readonly resolved: Resolved<typeof fields>
  private head: { kernel: Parameter; bias: Parameter | undefined } | undefined
  private tails: readonly Tail[] = []

  constructor(given: AdaptiveSoftmaxOptions) {
    super(given)
    this.resolved = resolveOwn('adaptiveSoftmax', fields, given)
    const { units, cutoffs } = this.resolved
    if ((cutoffs.at(-1) ?? 0) >= units) {
      throw new RepriseError(
        'option',
        `adaptiveSoftmax: the cut-off ${cutoffs.at(-1)} must be below the number of classes, ${units}; leave it out`,
      )
    }
  }

  get units(): number {
    return this.resolved.units
  }

  protected createWeights(context: BuildContext, inputShape: Shape): void {
    const { units, cutoffs, divValue, useBias, zipfBias, ...given } = this.resolved
    const features = inputShape.at(-1)
    if (features === undefined || !(features > 0)) throw this.shapeError('input [..., features]', inputShape)
    this.features = features
    const kernel = (name: string, rows: number, columns: number) =>
      context.weight(this.name, name, [rows, columns], initializer(given.kernelInitializer))
    // `ends`: for each class of the part, the first and the one after the last of those it stands for.
    const bias = (name: string, count: number, ends: (k: number) => readonly [number, number]) => {
      const zipf = () => Float32Array.from({ length: count }, (_, k) => zipfLogShare(...ends(k), units))
      const initial = zipfBias ? zipf : initializer(given.biasInitializer)
      return useBias ? context.weight(this.name, name, [count], initial, { decay: false }) : undefined
    }
    const first = cutoffs[0] ?? units
    const size = first + cutoffs.length
    this.head = {
      kernel: kernel('head_kernel', features, size),
      bias: bias('head_bias', size, (k) =>
        k < first ? [k, k + 1] : [cutoffs[k - first]!, cutoffs[k - first + 1] ?? units],
      ),
    }
    this.tails = cutoffs.map((low, index): Tail => {
      const high = cutoffs[index + 1] ?? units
      const width = Math.max(1, Math.floor(features / divValue ** (index + 1)))
      return {
        low,
        high,
        projection: kernel(`tail_${index}_projection`, features, width),
        kernel: kernel(`tail_${index}_kernel`, width, high - low),
        bias: bias(`tail_${index}_bias`, high - low, (k) => [low + k, low + k + 1]),
      }
    })
  }

  private headLogits(x: Tensor): Tensor {
    const { graph } = x
    const { kernel, bias } = this.head!
    return dense(x, graph.parameter(kernel), bias && graph.parameter(bias))
  }

  logits(x: Tensor): Tensor {
    return this.logProbabilities(x)
  }

  logProbabilities(x: Tensor): Tensor {
    const { graph } = x
    const head = logSoftmax(this.headLogits(x))
    const first = this.tails[0]?.low ?? this.units
    const tails = this.tails.map(({ projection, kernel, bias }, index) => {
      const projected = dense(x, graph.parameter(projection))
      const own = dense(projected, graph.parameter(kernel), bias && graph.parameter(bias))
      return add(logSoftmax(own), slice(head, -1, first + index, 1))
    })
    return tails.length === 0 ? head : concatenate([slice(head, -1, 0, first), ...tails], -1)
  }

  losses(x: Tensor, targets: Tensor): Tensor {
    const { graph } = x
    const rows = reshape(x, [-1, this.features])
    const flat = reshape(targets, [-1])
    const M = flat.size
    const first = this.tails[0]?.low ?? this.units
    let labels = flat
    const parts = this.tails.map(({ low, high, projection, kernel, bias }, index) => {
      const cluster = clusterRows(flat, labels, { low, high, label: first + index })
      labels = cluster.relabelled
      const { rows: own, count, local } = cluster
      const projected = rowsDense(rows, own, count, graph.parameter(projection))
      const weights = [graph.parameter(kernel), bias && graph.parameter(bias)] as const
      const losses = linearCrossEntropy(projected, ...weights, local, { count })
      return reshape(scatterRows(reshape(losses, [M, 1]), own, M), [M])
    })
    const head = softmaxCrossEntropy(this.headLogits(rows), labels)
    return reshape(
      parts.reduce((total, part) => add(total, part), head),
      targets.shape,
    )
  }

  options(): Readonly<Record<string, unknown>> {
    return savedOptions(`layer "${this.name}"`, this.resolved)
  }
}
