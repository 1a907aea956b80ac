import type { HistoryEntry } from './callbacks.js'
import type { JsonObject, JsonValue } from './json.js'

/**
 * What comes next. Each stage changes the state at its end only, so that training can be captured between any two:
 * - `epoch`: begin an epoch
 * - `steps`: take the next batch
 * - `validation`: a validation in the middle of an epoch is due
 * - `epoch-end`: validate, record, decide whether to go on
 * - `finished`
 */
export type Stage = 'epoch' | 'steps' | 'validation' | 'epoch-end' | 'finished'

/** Why training is over for good; a resumed one ends at once. */
export type Ending = 'completed' | 'early-stopping'

/** Where training stands. All but `bestParameters` is plain JSON and independent of time. */
export interface RunState {
  stage: Stage
  ending: Ending | null
  seed: number
  optimizer: JsonObject
  /** Nominal steps per epoch when training began; a source may give more or fewer. */
  stepsPerEpoch: number
  /** Steps done. */
  step: number
  /** Steps done with the present optimizer slots. */
  updates: number
  /** The same for each group of parameters with a rate of its own; a frozen group is not updated. */
  groupUpdates?: readonly number[]
  /** From 0. */
  epoch: number
  stepInEpoch: number
  /** Of the data, after the last step done. */
  position: JsonValue
  lossSum: number
  weightSum: number
  learningRate: number
  /** The last step a validation has seen; −1 before any. */
  validatedStep: number
  schedule: JsonValue
  /** Diverged steps recovered from, and what that has done to the learning rate. */
  retries: number
  rateFactor: number
  best: { score: number; step: number; epoch: number } | null
  /** Validations without improvement. */
  waited: number
  history: HistoryEntry[]
  /** The flat parameter vector of the best validation; before any, the initial one when retries may need it. */
  bestParameters?: Float32Array<ArrayBuffer>
}

export function initialRunState(given: {
  seed: number
  optimizer: JsonObject
  stepsPerEpoch: number
  schedule: JsonValue
}): RunState {
  return {
    ...given,
    stage: 'epoch',
    ending: null,
    step: 0,
    updates: 0,
    epoch: 0,
    stepInEpoch: 0,
    position: null,
    lossSum: 0,
    weightSum: 0,
    learningRate: 0,
    validatedStep: -1,
    retries: 0,
    rateFactor: 1,
    best: null,
    waited: 0,
    history: [],
  }
}
