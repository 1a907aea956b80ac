import type { JsonValue } from './json.js'

/**
 * Where batches come from. Deterministic and seekable: the batches of epoch e depend on nothing but e (and a seed of the
 * source's own), however often training was interrupted.
 */
export interface BatchSource<Batch> {
  /** Steps of an epoch, for schedules and the time left. An epoch ends when `next` gives undefined, not after this many. */
  readonly stepsPerEpoch: number
  /** Goes to the first batch of an epoch, counted from 0. */
  startEpoch(epoch: number): void | Promise<void>
  /**
   * The next batch of the epoch, or undefined after the last. It is asked for while the step before still runs, so the
   * source may read ahead; the arrays of a batch may be reused by the following call.
   */
  next(): Batch | undefined | Promise<Batch | undefined>
  /** Plain JSON for "the batches given so far in this epoch are done". */
  position(): JsonValue
  /** Goes to a place `position` gave in the same epoch; `startEpoch` of that epoch has been called before. */
  seek(position: JsonValue): void | Promise<void>
}
