import { divide, maximum, mean, multiply, negate, reshape, scalar, sum } from '../graph/operations/index.js'
import { formatShape, type Shape, sameShape, type Tensor } from '../graph/tensor.js'
import { boolean } from '../options.js'
import type { Mask } from './layer.js'
import { MergeLayer } from './merge-layer.js'
import { mayEqual } from './symbolic.js'

/** The option by which biases begin with the frequencies that words have by their rank. */
export const zipfBiasField = boolean(
  'begin with biases of Zipf’s law instead of `biasInitializer`: rare classes, seldom trained, then do not weigh too much at first',
  false,
)

/** Log of the share of the classes low … high−1 of `classes` by Zipf's law, as `sampleClasses` draws them. */
export const zipfLogShare = (low: number, high: number, classes: number): number =>
  Math.log(Math.log((high + 1) / (low + 1)) / Math.log(classes + 1))

/**
 * An output layer over many classes. Applied to features [..., H] it gives the log-probability of every class,
 * [..., units]. Applied to features and targets, int32 [...], it adds their mean cross-entropy to the loss of the model
 * (of the steps that a mask leaves; a negative target adds nothing) and gives the log-probabilities of the targets
 * [...]: that is how it is trained, since what it saves is the work on the other classes. Such a model needs no loss of its
 * own in `compile`.
 */
export abstract class VocabularySoftmax extends MergeLayer {
  protected features = 0

  /** Number of classes. */
  abstract get units(): number

  /** Scores of all classes up to a constant of each row: x [..., H] → [..., units]. */
  abstract logits(x: Tensor): Tensor

  /** Log-probabilities of all classes: x [..., H] → [..., units]. */
  abstract logProbabilities(x: Tensor): Tensor

  /**
   * −log p of each target in nats, 0 for negative ones: x [..., H], targets int32 [...] → [...]. Exact unless the graph
   * trains and the layer samples.
   */
  abstract losses(x: Tensor, targets: Tensor): Tensor

  outputShapes(shapes: readonly Shape[]): readonly Shape[] {
    const [x, targets] = shapes
    if (!x || shapes.length > 2) throw this.countError('features, or features and targets', shapes.length)
    if (x.length < 1 || (this.features > 0 && !mayEqual(x.at(-1)!, this.features))) {
      throw this.shapeError(`input [..., ${this.features}]`, x)
    }
    const rows = x.slice(0, -1)
    if (!targets) return [[...rows, this.units]]
    const fits = rows.length === targets.length && rows.every((length, k) => mayEqual(length, targets[k]!))
    if (!fits) throw this.shapeError(`targets ${formatShape(rows)}`, targets)
    return [rows]
  }

  protected merge([x, targets]: readonly Tensor[], [mask]: readonly Mask[]): readonly Tensor[] {
    if (!targets) return [this.logProbabilities(x!)]
    if (targets.dtype !== 'int32') {
      throw this.shapeError('int32 targets', targets.shape, `of type ${targets.dtype}`)
    }
    const losses = this.losses(x!, targets)
    const usable = mask && sameShape(mask.shape, losses.shape) ? mask : undefined
    const term = usable
      ? divide(sum(multiply(losses, usable)), maximum(sum(usable), scalar(usable, 1)))
      : mean(losses)
    x!.graph.addLoss(reshape(term, [1]))
    return [negate(losses)]
  }

  protected override mergeMasks(_inputs: readonly Tensor[], masks: readonly Mask[]): readonly Mask[] {
    return [masks[0]]
  }
}
