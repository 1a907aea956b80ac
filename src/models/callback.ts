import type { Model } from './model.js'

/** Loss and metrics so far: `loss`, `accuracy`, at the end of an epoch `val_loss`, …; and `learning_rate` in epochs. */
export type Logs = Readonly<Record<string, number>>

type Answer = void | Promise<void>

/**
 * What happens beside training, Keras's hooks by Keras's names. Use an object with some of these methods, or extend a class.
 * Hooks are called in the order of the list, each awaited; what they throw ends training. Set `model.stopTraining` to stop.
 *
 * @example
 * await model.fit(x, y, {
 *   callbacks: [{ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) }],
 * })
 */
export interface Callback {
  setModel?(model: Model): void
  setParams?(params: CallbackParams): void
  onTrainBegin?(logs: Logs): Answer
  onTrainEnd?(logs: Logs): Answer
  /** Epochs count from 0. */
  onEpochBegin?(epoch: number, logs: Logs): Answer
  /** Changes made to `logs` reach the callbacks after it and the history. */
  onEpochEnd?(epoch: number, logs: Record<string, number>): Answer
  onTrainBatchBegin?(batch: number, logs: Logs): Answer
  onTrainBatchEnd?(batch: number, logs: Logs): Answer
  onTestBegin?(logs: Logs): Answer
  onTestEnd?(logs: Logs): Answer
  onTestBatchEnd?(batch: number, logs: Logs): Answer
}

export interface CallbackParams {
  readonly epochs: number
  /** Batches per epoch; undefined for a source whose length is not known. */
  readonly steps: number | undefined
  readonly verbose: 0 | 1 | 2
}

/** What `fit` gives back: the logs of each epoch, by name. */
export interface History {
  /** Epoch numbers, from 0. */
  readonly epoch: readonly number[]
  /** `history.loss[2]` is the loss of the third epoch; keys as in Keras: loss, accuracy, val_loss, val_accuracy, … */
  readonly history: Readonly<Record<string, readonly number[]>>
}
