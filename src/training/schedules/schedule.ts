import { type Fields, type Given, type Resolved, resolve } from '../../options.js'
import type { Scores } from '../callbacks.js'
import { type JsonObject, type JsonValue, plainJson } from '../json.js'

/** Where training stands before a step. */
export interface Progress {
  /** Steps done: 0 at the first. */
  readonly step: number
  readonly totalSteps: number
  readonly stepsPerEpoch: number
  /** From 0. */
  readonly epoch: number
  /** step / totalSteps, at most 1. */
  readonly fraction: number
}

/**
 * Learning rate over time. The object itself never changes: what a schedule learns from scores is a state that `fit` keeps
 * and checkpoints store.
 */
export interface Schedule {
  readonly name: string
  /** The rate for the next step; `learningRate` is the optimizer's. */
  rate(progress: Progress, learningRate: number, state: JsonValue): number
  /** State before any score; default null. */
  readonly initialState?: JsonValue
  /** The state after the scores of a validation, or of an epoch without one. */
  observe?(state: JsonValue, scores: Scores): JsonValue
  /** `createSchedule(schedule.toConfig())` is the same schedule. */
  toConfig(): { readonly name: string } & JsonObject
}

/** A schedule that depends on progress alone, as a function of its options. */
export function pureSchedule<F extends Fields>(
  name: string,
  fields: F,
  rate: (progress: Progress, learningRate: number, options: Resolved<F>) => number,
): (options?: Given<F>) => Schedule {
  return (given = {} as Given<F>) => {
    const options = resolve(`schedule ${name}`, fields, given)
    return {
      name,
      rate: (progress, learningRate) => rate(progress, learningRate, options),
      toConfig: () => ({ name, ...plainJson(options) }),
    }
  }
}
