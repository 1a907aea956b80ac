import type { Callback, Logs } from '../callback.js'
import type { Model } from '../model.js'

/** Ends training when the loss is not a finite number any more. */
export class TerminateOnNaN implements Callback {
  private model: Model | undefined

  setModel(model: Model): void {
    this.model = model
  }

  onTrainBatchEnd(batch: number, { loss }: Logs): void {
    if (loss === undefined || Number.isFinite(loss)) return
    console.warn(`Batch ${batch}: Invalid loss, terminating training`)
    this.model!.stopTraining = true
  }
}
