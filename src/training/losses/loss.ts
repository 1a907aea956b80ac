import { operations, type Tensor } from '../../graph/index.js'
import { type Fields, type Given, type Resolved, resolve } from '../../options.js'
import { type JsonObject, plainJson } from '../json.js'
import { checkShapes, rowCount } from './shapes.js'

/** A loss over a batch, one element each. */
export interface LossTensors {
  /** Sum over the rows that count: fetch it as `loss`. */
  readonly sum: Tensor
  /** How many rows count: fetch it as `weight`. */
  readonly weight: Tensor
  /** sum / weight: differentiate this. Keras's `sum_over_batch_size`. */
  readonly mean: Tensor
}

/** What may be said of the rows of a batch; both float32, one number per row. */
export interface RowOptions {
  /** Multiplies the loss of a row, not the count of rows, as in Keras. */
  readonly sampleWeights?: Tensor | undefined
  /** 0: the row does not count. */
  readonly mask?: Tensor | undefined
}

/** Loss of each row, and which rows count on their own account (1, else 0). One number per row. */
export interface RowLosses {
  readonly losses: Tensor
  readonly valid?: Tensor | undefined
}

/** What training minimises. A row is what the axes of the predictions but the last count: [N, T, F] has N·T rows. */
export interface Loss {
  readonly name: string
  /**
   * The targets it wants: `int32` class ids of the predictions' shape without its last axis, or `float32` of the
   * predictions' shape.
   */
  readonly targets: 'int32' | 'float32'
  /** Throws `shape` when predictions and targets do not fit. */
  of(predictions: Tensor, targets: Tensor, rows?: RowOptions): LossTensors
  /** Before sample weights, masks and the sum. Throws `shape`. */
  rowLosses(predictions: Tensor, targets: Tensor): RowLosses
  /** `createLoss(loss.toConfig())` is the same loss. */
  toConfig(): { readonly name: string } & JsonObject
}

export type RowFunction<F extends Fields> = (
  predictions: Tensor,
  targets: Tensor,
  options: Resolved<F>,
) => RowLosses

/** Makes the function that makes a loss from its options. */
export function defineLoss<F extends Fields>(
  name: string,
  targets: Loss['targets'],
  fields: F,
  compute: RowFunction<F>,
): (options?: Given<F>) => Loss {
  return (given = {} as Given<F>) => {
    const options = resolve(`loss ${name}`, fields, given)
    return lossOf(
      name,
      targets,
      (predictions, wanted) => compute(predictions, wanted, options),
      plainJson(options),
    )
  }
}

/** A loss from the function that gives the loss of each row. */
export function lossOf(
  name: string,
  targets: Loss['targets'],
  compute: (predictions: Tensor, targets: Tensor) => RowLosses,
  config: JsonObject = {},
): Loss {
  const rowLosses = (predictions: Tensor, wanted: Tensor): RowLosses => {
    checkShapes(`loss ${name}`, targets, predictions, wanted)
    return compute(predictions, wanted)
  }
  return {
    name,
    targets,
    rowLosses,
    of: (predictions, wanted, rows = {}) =>
      reduce(rowLosses(predictions, wanted), rows, rowCount(predictions.shape)),
    toConfig: () => ({ name, ...config }),
  }
}

/** Σ weight · loss over the rows that count, divided by how many those are; 0 when none counts. */
function reduce(
  { losses, valid }: RowLosses,
  { sampleWeights, mask }: RowOptions,
  rows: number,
): LossTensors {
  const { multiply, sum, scalar, divide, maximum, fill, reshape } = operations
  const rowsOf = (tensor: Tensor) => reshape(tensor, [rows])
  let counted = valid && rowsOf(valid)
  if (mask) counted = counted ? multiply(counted, rowsOf(mask)) : rowsOf(mask)
  let weighted = rowsOf(losses)
  if (mask) weighted = multiply(weighted, rowsOf(mask))
  if (sampleWeights) weighted = multiply(weighted, rowsOf(sampleWeights))
  const total = sum(weighted, 0, true)
  const weight = counted ? sum(counted, 0, true) : fill(losses.graph, [1], rows)
  return { sum: total, weight, mean: divide(total, maximum(weight, scalar(weight, 1e-12))) }
}
