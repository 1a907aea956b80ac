import {
  dense,
  linearCrossEntropy,
  logSoftmax,
  reshape,
  sampledCrossEntropy,
} from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { boolean, type Given, integer, type Resolved } from '../options.js'
import { type CommonOptions, resolveOwn } from './common-options.js'
import { initializer, initializerField } from './initializers.js'
import type { BuildContext } from './layer.js'
import { savedOptions } from './saved-options.js'
import { tiedTable, tiedToField } from './tied-table.js'
import { VocabularySoftmax, zipfBiasField, zipfLogShare } from './vocabulary-softmax.js'
import { rowOptions, sparseField } from './weight-options.js'

const fields = {
  units: integer('number of classes, the most frequent first', undefined, { min: 1 }),
  samples: integer('classes drawn for each batch; those of the vocabulary at most', 4096, { min: 1 }),
  useBias: boolean('add a bias to every class', true),
  kernelInitializer: initializerField('initial kernel', 'glorotUniform'),
  biasInitializer: initializerField('initial bias', 'zeros'),
  zipfBias: zipfBiasField,
  tiedTo: tiedToField('an embedding whose table is the kernel'),
  sparse: sparseField,
}

export type SampledSoftmaxOptions = Given<typeof fields> & CommonOptions

/**
 * Softmax over many classes that is trained against a sample of them (Jean et al. 2015; TensorFlow's `sampled_softmax_loss`
 * with log-uniform candidates): each step draws `samples` classes for all its rows, with probability falling like 1/rank, and
 * corrects every logit by the log of its class's expected count. Outside training probabilities are those of all
 * classes, exactly.
 *
 * The kernel is [units, H], a row for each class; with `tiedTo` it is the table of an embedding built before.
 *
 * @example
 * const y = layers.sampledSoftmax({ units: 50_000, samples: 4096 }).apply([features, targets])
 */
export class SampledSoftmax extends VocabularySoftmax {
  static readonly fields = fields
  readonly kind = 'sampledSoftmax'
  private readonly resolved: Resolved<typeof fields>
  private kernel: Parameter | undefined
  private bias: Parameter | undefined

  constructor(given: SampledSoftmaxOptions) {
    super(given)
    this.resolved = resolveOwn('sampledSoftmax', fields, given)
  }

  get units(): number {
    return this.resolved.units
  }

  protected createWeights(context: BuildContext, inputShape: Shape): void {
    const { units, useBias, tiedTo, sparse, zipfBias, ...given } = this.resolved
    const features = inputShape.at(-1)
    if (features === undefined || !(features > 0)) throw this.shapeError('input [..., features]', inputShape)
    this.features = features
    const shape = [units, features]
    this.kernel =
      tiedTo === undefined
        ? context.weight(this.name, 'kernel', shape, initializer(given.kernelInitializer), rowOptions(sparse))
        : tiedTable(context, this.name, tiedTo, shape)
    if (useBias) {
      const options = { ...rowOptions(sparse), decay: false }
      const zipf = () => Float32Array.from({ length: units }, (_, k) => zipfLogShare(k, k + 1, units))
      const initial = zipfBias ? zipf : initializer(given.biasInitializer)
      this.bias = context.weight(this.name, 'bias', [units, 1], initial, options)
    }
  }

  private kernelAndBias(x: Tensor): readonly [Tensor, Tensor | undefined] {
    const { graph } = x
    return [graph.parameter(this.kernel!), this.bias && graph.parameter(this.bias)]
  }

  logits(x: Tensor): Tensor {
    return dense(x, ...this.kernelAndBias(x), { transposeW: true })
  }

  logProbabilities(x: Tensor): Tensor {
    return logSoftmax(this.logits(x))
  }

  losses(x: Tensor, targets: Tensor): Tensor {
    const { units, samples } = this.resolved
    if (x.graph.training) {
      return sampledCrossEntropy(x, ...this.kernelAndBias(x), targets, Math.min(samples, units))
    }
    const rows = reshape(x, [-1, this.features])
    const losses = linearCrossEntropy(rows, ...this.kernelAndBias(x), reshape(targets, [-1]), {
      transposeW: true,
    })
    return reshape(losses, targets.shape)
  }

  options(): Readonly<Record<string, unknown>> {
    const { tiedTo } = this.resolved
    const name = typeof tiedTo === 'object' ? tiedTo.name : tiedTo
    return savedOptions(`layer "${this.name}"`, { ...this.resolved, tiedTo: name })
  }
}
