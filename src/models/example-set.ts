import { RepriseError } from '../errors.js'
import { sizeOf } from '../graph/tensor.js'
import { NdArray } from '../nd-array.js'
import type { Batch } from './batch.js'
import type { OutputObjective } from './compile-options.js'
import { arraysFor, checkFinite, checkIds, commonLength, type DataLike } from './host-data.js'
import type { Network } from './network.js'

/** Weight of the examples of each class, by class id. */
export type ClassWeights = Readonly<Record<number, number>>

/** What the data of a model must look like. */
export interface DataNeeds {
  readonly network: Network
  readonly objectives: readonly OutputObjective[]
}

/** A whole data set in memory, checked: one row per example in every array. */
export class ExampleSet {
  constructor(
    readonly x: readonly NdArray[],
    readonly y: readonly NdArray[],
    readonly sampleWeights: readonly (NdArray | undefined)[],
    readonly length: number,
  ) {}

  /**
   * Checks everything that can be checked before the first step: equal lengths, finite numbers, ids and labels in range.
   * Throws `shape`, `empty-data`, `not-finite`, `id-out-of-range`.
   */
  static from(needs: DataNeeds, x: DataLike, y: DataLike | undefined, sampleWeight?: DataLike): ExampleSet {
    const { network, objectives } = needs
    const inputs = network.inputs.map(({ layer }) => layer.name)
    const outputs = objectives.map(({ name }) => name)
    const xs = arraysFor('inputs', inputs, x)
    const ys = y === undefined ? [] : arraysFor('targets', outputs, y)
    const weights: (NdArray | undefined)[] =
      sampleWeight === undefined ? outputs.map(() => undefined) : weightsFor(outputs, sampleWeight)
    const length = commonLength([
      ...xs.map((array, k) => [`input "${inputs[k]}"`, array] as const),
      ...ys.map((array, k) => [`target "${outputs[k]}"`, array] as const),
      ...weights.map((array, k) => [`sample weights of "${outputs[k]}"`, array] as const),
    ])
    checkInputs(network, xs)
    checkTargets(needs, ys)
    for (const [k, array] of weights.entries()) {
      if (array) checkFinite(`sample weights of "${outputs[k]}"`, array)
    }
    return new ExampleSet(xs, ys, weights, length)
  }

  /** The same examples, each weighted by its class. Throws `option` unless there is one output, without sample weights. */
  withClassWeights(outputs: readonly string[], classWeight: ClassWeights): ExampleSet {
    const { x, y, sampleWeights, length } = this
    return new ExampleSet(x, y, withClassWeights(outputs, y, sampleWeights, classWeight), length)
  }

  slice(begin: number, end: number): ExampleSet {
    const part = (array: NdArray) => array.slice(begin, end)
    return new ExampleSet(
      this.x.map(part),
      this.y.map(part),
      this.sampleWeights.map((array) => array && part(array)),
      end - begin,
    )
  }

  /** The rows with these numbers as a batch. */
  batch(rows: ArrayLike<number>): Batch {
    const take = (array: NdArray) => array.take(rows)
    return {
      x: this.x.map(take),
      y: this.y.map(take),
      sampleWeights: this.sampleWeights.map((array) => array && take(array)),
    }
  }

  /** Batches in an order of rows; views where the order is that of the data. */
  *batches(batchSize: number, order?: Uint32Array): Generator<Batch> {
    for (let begin = 0; begin < this.length; begin += batchSize) {
      const end = Math.min(this.length, begin + batchSize)
      if (order) yield this.batch(order.subarray(begin, end))
      else {
        const { x, y, sampleWeights } = this.slice(begin, end)
        yield { x, y, sampleWeights }
      }
    }
  }
}

function checkInputs(network: Network, xs: readonly NdArray[]): void {
  for (const [k, input] of network.inputs.entries()) {
    const what = `input "${input.layer.name}"`
    const limit = network.integerLimit(input)
    if (input.dtype === 'int32' && limit !== undefined) {
      checkIds(what, xs[k]!, limit, 'the inputDim of the embedding that reads it')
    } else checkFinite(what, xs[k]!)
  }
}

function checkTargets({ network, objectives }: DataNeeds, ys: readonly NdArray[]): void {
  for (const [k, { name, loss }] of objectives.entries()) {
    const target = ys[k]
    if (!target) continue
    const classes = network.outputs[k]!.shape.at(-1)!
    if (loss?.targets === 'int32' && Number.isFinite(classes)) {
      checkLabels(`target "${name}"`, target, classes, loss.toConfig())
    } else checkFinite(`target "${name}"`, target)
    if (loss && /^(binary|categorical)/.test(loss.name))
      checkProbabilities(`target "${name}"`, target, loss.name)
  }
}

/** Targets of cross-entropy are probabilities, most often 0 and 1. */
function checkProbabilities(what: string, { data, length }: NdArray, loss: string): void {
  for (let k = 0; k < data.length; k++) {
    if (data[k]! >= 0 && data[k]! <= 1) continue
    const row = Math.floor(k / (data.length / length))
    throw new RepriseError(
      'id-out-of-range',
      `${what} holds ${data[k]} in row ${row}; ${loss} takes labels from 0 to 1 (class numbers need a sparse loss)`,
    )
  }
}

function checkLabels(
  what: string,
  target: NdArray,
  classes: number,
  { ignoreClass }: Readonly<Record<string, unknown>>,
): void {
  const ignored = typeof ignoreClass === 'number' ? ignoreClass : undefined
  const data =
    ignored === undefined ? target.data : target.data.map((label) => (label === ignored ? 0 : label))
  checkIds(what, new NdArray(data, target.shape), classes, 'the classes of the output')
}

function withClassWeights(
  outputs: readonly string[],
  ys: readonly NdArray[],
  given: readonly (NdArray | undefined)[],
  classWeight: ClassWeights,
): NdArray[] {
  const [target] = ys
  if (outputs.length !== 1 || !target) {
    throw new RepriseError('option', 'fit: classWeight needs targets and a model of one output')
  }
  if (given[0]) throw new RepriseError('option', 'fit: give classWeight or sampleWeight, not both')
  const perRow = sizeOf(target.shape.slice(1))
  const ids = perRow > 1 && target.rank === 2 ? target.argmax().data : target.data
  const data = Float32Array.from(ids, (id) => classWeight[Math.round(id)] ?? 1)
  const weights = new NdArray(data, ids === target.data ? target.shape : [target.length])
  checkFinite('classWeight', weights)
  return [weights]
}

/** One array for all outputs counts for each of them, as in Keras. */
function weightsFor(outputs: readonly string[], given: DataLike): NdArray[] {
  const isOne =
    given instanceof NdArray ||
    ArrayBuffer.isView(given) ||
    (Array.isArray(given) && given.length > 0 && given.every((item) => typeof item === 'number'))
  if (outputs.length === 1 || !isOne) return arraysFor('sample weights', outputs, given)
  const [array] = arraysFor('sample weights', ['all outputs'], given)
  return outputs.map(() => array!)
}
