import type { CompiledProgram, Session } from '../graph/session.js'
import type { Optimizer } from './optimizers/optimizer.js'

/** What `fit` needs to know of a model. */
export interface TrainingModel<Batch> {
  readonly session: Session
  /**
   * States carried from batch to batch (hidden states of the training program); `fit` sets them to zero when an epoch
   * begins. Leave out those that the batches themselves reset.
   */
  readonly carriedStates?: readonly string[]
  /**
   * The training program for this batch with its inputs written. Its spec must have
   * - `fetch`: `loss`, the sum over the batch, and `weight`, what it is divided by (tokens, rows), one element each
   * - `differentiate`: what should be minimised, usually loss / weight
   * - `update: optimizer.update`, which adds the output `norm`
   *
   * Keep programs under a key that contains `optimizer.key`.
   */
  prepare(batch: Batch, optimizer: Optimizer): CompiledProgram
  /**
   * After a diverged step: the name of the first layer whose output is not finite for this batch, or undefined when all
   * are finite. Weights are as they were before the step, carried states are zero.
   */
  diagnose?(batch: Batch): string | undefined | Promise<string | undefined>
}
