import { RepriseError } from '../errors.js'
import { operations, type Tensor } from '../graph/index.js'
import { boolean, type Fields, type Given, number, type Resolved, resolve } from '../options.js'
import { type JsonObject, plainJson } from './json.js'
import { lookUp, readSpec, type Spec } from './registry.js'

/** A loss over a batch, one element each. */
export interface LossTensors {
  /** Sum over the rows that count: fetch it as `loss`. */
  readonly sum: Tensor
  /** How many rows count: fetch it as `weight`. */
  readonly weight: Tensor
  /** sum / weight: differentiate this. */
  readonly mean: Tensor
}

/** What may be said of the rows of a batch; both float32, one number per row. */
export interface RowOptions {
  /** Multiplies the loss of a row, not the count of rows, as in Keras. */
  readonly sampleWeights?: Tensor | undefined
  /** 0: the row does not count. */
  readonly mask?: Tensor | undefined
}

export interface Loss {
  readonly name: string
  /** Type of the targets. */
  readonly targets: 'int32' | 'float32'
  /** Throws `shape` when predictions and targets do not fit. */
  of(predictions: Tensor, targets: Tensor, rows?: RowOptions): LossTensors
  toConfig(): { readonly name: string } & JsonObject
}

/** Loss of each row, and which rows count on their own account. */
interface RowLosses {
  readonly losses: Tensor
  readonly valid?: Tensor
}

function defineLoss<F extends Fields>(
  name: string,
  targets: Loss['targets'],
  fields: F,
  compute: (predictions: Tensor, targets: Tensor, options: Resolved<F>) => RowLosses,
): (options?: Given<F>) => Loss {
  return (given = {} as Given<F>) => {
    const options = resolve(`loss ${name}`, fields, given)
    return {
      name,
      targets,
      of: (predictions, wanted, rows = {}) => reduce(compute(predictions, wanted, options), rows),
      toConfig: () => ({ name, ...plainJson(options) }),
    }
  }
}

function reduce({ losses, valid }: RowLosses, { sampleWeights, mask }: RowOptions): LossTensors {
  const { multiply, sum, scalar, divide, maximum, fill, reshape } = operations
  const rowsOf = (tensor: Tensor) => reshape(tensor, [losses.size])
  let counted = valid && rowsOf(valid)
  if (mask) counted = counted ? multiply(counted, rowsOf(mask)) : rowsOf(mask)
  let weighted = rowsOf(losses)
  if (mask) weighted = multiply(weighted, rowsOf(mask))
  if (sampleWeights) weighted = multiply(weighted, rowsOf(sampleWeights))
  const total = sum(weighted, 0, true)
  const weight = counted ? sum(counted, 0, true) : fill(losses.graph, [1], losses.size)
  return { sum: total, weight, mean: divide(total, maximum(weight, scalar(weight, 1e-12))) }
}

const epsilon = 1e-7 // Keras's
const fromLogits = boolean('predictions are logits, not probabilities', false)
const labelSmoothing = number('part of the probability spread over all classes', 0, { min: 0, max: 1 })

/** Keeps probabilities away from 0 and 1. */
function clipped(probabilities: Tensor): Tensor {
  const { maximum, minimum, scalar } = operations
  return minimum(maximum(probabilities, scalar(probabilities, epsilon)), scalar(probabilities, 1 - epsilon))
}

/** 1 for each id in 0 … V−1, else 0. */
function isClass(ids: Tensor, V: number): Tensor {
  const ones = operations.fill(ids.graph, [V, 1], 1)
  return operations.reshape(operations.embedding(ones, ids), ids.shape)
}

/**
 * −log p[target] in nats: predictions [..., V], targets int32 [...]. A negative target is ignored and does not count.
 */
export const sparseCategoricalCrossentropy = defineLoss(
  'sparseCategoricalCrossentropy',
  'int32',
  { fromLogits, labelSmoothing },
  (predictions, targets, options) => {
    const logits = options.fromLogits ? predictions : operations.log(clipped(predictions))
    const losses = operations.softmaxCrossEntropy(logits, targets, undefined, options.labelSmoothing)
    return { losses, valid: isClass(targets, predictions.shape.at(-1)!) }
  },
)

/** Mean over the last axis of −t·log p − (1−t)·log(1−p): predictions and targets [..., F] or [N]. */
export const binaryCrossentropy = defineLoss(
  'binaryCrossentropy',
  'float32',
  { fromLogits, labelSmoothing },
  (predictions, given, options) => {
    const { activation, add, multiply, negate, log, scalar, subtract, scale } = operations
    const { labelSmoothing: smoothing } = options
    sameSize('binaryCrossentropy', predictions, given)
    const targets = smoothing === 0 ? given : add(scale(given, 1 - smoothing), scalar(given, smoothing / 2))
    const one = scalar(targets, 1)
    const probabilities = options.fromLogits ? undefined : clipped(predictions)
    const ifTrue = probabilities ? negate(log(probabilities)) : activation(negate(predictions), 'softplus')
    const ifFalse = probabilities
      ? negate(log(subtract(one, probabilities)))
      : activation(predictions, 'softplus')
    return { losses: rowMeans(add(multiply(targets, ifTrue), multiply(subtract(one, targets), ifFalse))) }
  },
)

/** Mean over the last axis of (prediction − target)²: both [..., F] or [N]. */
export const meanSquaredError = defineLoss('meanSquaredError', 'float32', {}, (predictions, targets) => {
  sameSize('meanSquaredError', predictions, targets)
  return { losses: rowMeans(operations.square(operations.subtract(predictions, targets))) }
})

function sameSize(name: string, predictions: Tensor, targets: Tensor): void {
  const [a, b] = [predictions.shape.join(', '), targets.shape.join(', ')]
  if (a !== b)
    throw new RepriseError('shape', `loss ${name}: predictions [${a}] and targets [${b}] must have one shape`)
}

function rowMeans(values: Tensor): Tensor {
  return values.rank > 1 ? operations.mean(values, -1) : values
}

type Maker = (options: Readonly<Record<string, unknown>>) => Loss

const makers = new Map(
  Object.entries({
    sparseCategoricalCrossentropy,
    binaryCrossentropy,
    meanSquaredError,
    mse: meanSquaredError,
  }) as [string, Maker][],
)

/** A loss by Keras's name and options. Throws `unknown-name`, `option`. */
export function createLoss(spec: Spec): Loss {
  const { name, options } = readSpec(spec)
  return lookUp('loss', makers, name)(options)
}

export const lossNames = (): readonly string[] => [...makers.keys()]
