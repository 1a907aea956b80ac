import { RepriseError } from '../errors.js'
import type { Callback } from './callback.js'
import type { ClassWeights } from './example-set.js'
import type { DataLike } from './host-data.js'
import type { Verbose } from './progress-bar.js'

/** One batch of a generator: [x, y] or [x, y, sampleWeight]. */
export type BatchTuple = readonly [x: DataLike, y?: DataLike, sampleWeight?: DataLike]
/** Batches one after the other; a function is called for a new pass. */
export type BatchIterable =
  | Iterable<BatchTuple>
  | AsyncIterable<BatchTuple>
  | Iterator<BatchTuple>
  | AsyncIterator<BatchTuple>
  | (() =>
      | Iterable<BatchTuple>
      | AsyncIterable<BatchTuple>
      | Iterator<BatchTuple>
      | AsyncIterator<BatchTuple>)

export interface ModelFitOptions {
  /** Rows per step of array data; default 32. */
  readonly batchSize?: number | undefined
  /** Passes over the data, the last one's number: training goes from `initialEpoch` to this. Default 1. */
  readonly epochs?: number | undefined
  readonly initialEpoch?: number | undefined
  /** auto = a bar on a terminal, a line per epoch elsewhere; 0 nothing, 1 bar, 2 line. */
  readonly verbose?: Verbose | undefined
  readonly callbacks?: Callback | readonly Callback[] | undefined
  /** Part of the rows kept for validation: the last ones, before shuffling. */
  readonly validationSplit?: number | undefined
  /** [x, y], [x, y, sampleWeight], or batches. */
  readonly validationData?: BatchTuple | BatchIterable | undefined
  readonly validationBatchSize?: number | undefined
  readonly validationSteps?: number | undefined
  /** Validate after every so many epochs; default 1. */
  readonly validationFreq?: number | undefined
  /** New order of the rows in each epoch; default true. */
  readonly shuffle?: boolean | undefined
  readonly classWeight?: ClassWeights | undefined
  readonly sampleWeight?: DataLike | undefined
  /** Ends an epoch after so many batches; needed for endless generators. */
  readonly stepsPerEpoch?: number | undefined
  /** Stops after the step under way; the history so far is returned. */
  readonly signal?: AbortSignal | undefined
}

export interface EvaluateOptions {
  readonly batchSize?: number | undefined
  readonly verbose?: Verbose | undefined
  readonly sampleWeight?: DataLike | undefined
  /** Ends after so many batches. */
  readonly steps?: number | undefined
  readonly callbacks?: readonly Callback[] | undefined
  readonly signal?: AbortSignal | undefined
}

export interface PredictOptions {
  readonly batchSize?: number | undefined
  readonly verbose?: Verbose | undefined
  readonly signal?: AbortSignal | undefined
}

const fitKeys: Readonly<Record<keyof ModelFitOptions, 1>> = {
  batchSize: 1,
  epochs: 1,
  initialEpoch: 1,
  verbose: 1,
  callbacks: 1,
  validationSplit: 1,
  validationData: 1,
  validationBatchSize: 1,
  validationSteps: 1,
  validationFreq: 1,
  shuffle: 1,
  classWeight: 1,
  sampleWeight: 1,
  stepsPerEpoch: 1,
  signal: 1,
}
/** Throws `option` for a batch size or a number of steps that would never end. */
export function checkBatching(
  method: string,
  options: { batchSize?: number | undefined; steps?: number | undefined },
) {
  for (const name of ['batchSize', 'steps'] as const) {
    const value = options[name]
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue
    throw new RepriseError(
      'option',
      `${method}: ${name} must be a whole number of at least 1, got ${String(value)}`,
    )
  }
}

export const fitOptionNames: readonly string[] = Object.keys(fitKeys)

/** Throws `option` for numbers that make no sense. */
export function checkFitNumbers(options: ModelFitOptions): void {
  const whole = (name: keyof ModelFitOptions, min: number) => {
    const value = options[name]
    if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= min)) return
    throw new RepriseError(
      'option',
      `fit: ${name} must be a whole number of at least ${min}, got ${String(value)}`,
    )
  }
  whole('batchSize', 1)
  whole('epochs', 1)
  whole('initialEpoch', 0)
  whole('validationBatchSize', 1)
  whole('validationSteps', 1)
  whole('validationFreq', 1)
  whole('stepsPerEpoch', 1)
  const { validationSplit } = options
  if (validationSplit !== undefined && !(validationSplit >= 0 && validationSplit < 1)) {
    throw new RepriseError(
      'option',
      `fit: validationSplit must be at least 0 and below 1, got ${validationSplit}`,
    )
  }
}
