import { RepriseError, unknownName } from '../errors.js'
import { NdArray, type NdArrayLike } from '../nd-array.js'
import { NumpyRandom, unseeded } from './numpy-random.js'

export interface TimeseriesOptions {
  /** Steps of a window. */
  readonly sequenceLength: number
  /** Steps between the beginnings of two windows. Default 1. */
  readonly sequenceStride?: number | undefined
  /** Takes every n-th step of the series. Default 1. */
  readonly samplingRate?: number | undefined
  /** Windows per batch; null gives windows one by one, without a batch axis. Default 128. */
  readonly batchSize?: number | null | undefined
  /** Default false. */
  readonly shuffle?: boolean | undefined
  /** Default: another one for each data set. */
  readonly seed?: number | null | undefined
  /** First step used. Default 0. */
  readonly startIndex?: number | null | undefined
  /** The step behind the last one used. Default: the end. */
  readonly endIndex?: number | null | undefined
}

const optionNames = [
  ...['sequenceLength', 'sequenceStride', 'samplingRate', 'batchSize', 'shuffle', 'seed'],
  ...['startIndex', 'endIndex'],
]

/** Batches of windows; can be iterated over again and again. */
export class TimeseriesDataset<Item> implements Iterable<Item> {
  private random: NumpyRandom | undefined

  constructor(
    /** Windows in all. */
    readonly windows: number,
    readonly batchSize: number | null,
    private readonly order: Int32Array,
    seed: number | undefined,
    private readonly make: (positions: Int32Array) => Item,
  ) {
    if (seed !== undefined) this.random = new NumpyRandom(seed)
    this.random?.shuffle(order)
  }

  /** Batches per pass. */
  get length(): number {
    return Math.ceil(this.windows / (this.batchSize ?? 1))
  }

  *[Symbol.iterator](): Generator<Item> {
    const order = this.order.slice()
    this.random?.shuffle(this.order)
    const size = this.batchSize ?? 1
    for (let begin = 0; begin < order.length; begin += size)
      yield this.make(order.subarray(begin, begin + size))
  }
}

/**
 * Windows over a series, as Keras's `timeseries_dataset_from_array`: window k begins at step startIndex + k · sequenceStride
 * and takes `sequenceLength` steps, each `samplingRate` after the last; its target is the one of the step it begins at.
 * `data` is [steps, …], `targets` [steps, …] or null; batches are [x [windows, sequenceLength, …], y [windows, …]], or x
 * alone without targets.
 *
 * Shuffled, the first pass has the order of NumPy's `RandomState(seed)`, as Keras gives it to TensorFlow; each later pass
 * has a new one.
 *
 * Throws `option`, `too-short` when no window fits, `shape` when there are too few targets.
 *
 * @example
 * const past = series.slice(0, -10)
 * const future = series.slice(10)
 * for (const [x, y] of timeseriesDatasetFromArray(past, future, { sequenceLength: 10 })) model.trainOnBatch(x, y)
 */
export function timeseriesDatasetFromArray(
  data: NdArrayLike,
  targets: NdArrayLike,
  options: TimeseriesOptions,
): TimeseriesDataset<[NdArray, NdArray]>
export function timeseriesDatasetFromArray(
  data: NdArrayLike,
  targets: null,
  options: TimeseriesOptions,
): TimeseriesDataset<NdArray>
export function timeseriesDatasetFromArray(
  data: NdArrayLike,
  targets: NdArrayLike | null,
  options: TimeseriesOptions,
): TimeseriesDataset<NdArray | [NdArray, NdArray]> {
  const series = NdArray.from(data)
  const goals = targets === null ? undefined : NdArray.from(targets)
  const { length, stride, rate, batchSize, start, end } = checkOptions(options, series.length)
  const fitting = end - start - (length - 1) * rate
  const count = Math.min(fitting, goals?.length ?? fitting)
  if (count < 1) {
    throw new RepriseError(
      'too-short',
      `timeseriesDatasetFromArray: a window spans ${(length - 1) * rate + 1} steps, there are ${end - start}` +
        (goals ? ` and ${goals.length} targets` : ''),
    )
  }
  const windows = Math.ceil(count / stride)
  const last = (windows - 1) * stride + start
  if (goals && last >= goals.length) {
    throw new RepriseError(
      'shape',
      `timeseriesDatasetFromArray: the last window begins at step ${last}, there are ${goals.length} targets`,
    )
  }
  const order = Int32Array.from({ length: windows }, (_, k) => start + k * stride)
  const steps = Int32Array.from({ length }, (_, k) => k * rate)
  const seed = options.shuffle ? (options.seed ?? unseeded()) : undefined
  return new TimeseriesDataset(windows, batchSize, order, seed, (positions) => {
    const indices = new Int32Array(positions.length * length)
    positions.forEach((position, k) => {
      for (let s = 0; s < length; s++) indices[k * length + s] = position + steps[s]!
    })
    const inner = series.shape.slice(1)
    const batch = batchSize === null ? [] : [positions.length]
    const x = series.take(indices).reshape([...batch, length, ...inner])
    return goals ? [x, goals.take(positions).reshape([...batch, ...goals.shape.slice(1)])] : x
  })
}

function checkOptions(options: TimeseriesOptions, steps: number) {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) {
      throw unknownName('option of timeseriesDatasetFromArray', name, optionNames)
    }
  }
  const whole = (name: string, value: number, from: number, to = Infinity) => {
    if (Number.isInteger(value) && value >= from && value <= to) return value
    const range = to === Infinity ? `from ${from}` : `in ${from} … ${to} (the data has ${steps} steps)`
    throw new RepriseError(
      'option',
      `timeseriesDatasetFromArray: ${name} must be a whole number ${range}, got ${value}`,
    )
  }
  const start = whole('startIndex', options.startIndex ?? 0, 0, steps - 1)
  return {
    length: whole('sequenceLength', options.sequenceLength, 1),
    stride: whole('sequenceStride', options.sequenceStride ?? 1, 1, steps - 1),
    rate: whole('samplingRate', options.samplingRate ?? 1, 1, steps - 1),
    batchSize: options.batchSize === null ? null : whole('batchSize', options.batchSize ?? 128, 1),
    start,
    end: whole('endIndex', options.endIndex || steps, start + 1, steps),
  }
}
