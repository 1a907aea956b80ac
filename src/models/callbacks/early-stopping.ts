import type { NdArray } from '../../nd-array.js'
import { boolean, type Given, integer, type Resolved, resolve } from '../../options.js'
import type { Callback, Logs } from '../callback.js'
import type { Model } from '../model.js'
import { baselineField, lessIsBetter, monitorFields, readMonitor } from './monitor.js'

const fields = {
  ...monitorFields,
  patience: integer('epochs without improvement before it stops', 0, { min: 0 }),
  baseline: baselineField,
  restoreBestWeights: boolean('give the model the weights of its best epoch at the end', false),
  startFromEpoch: integer('epochs before it begins to watch', 0, { min: 0 }),
}

/**
 * Ends training when a score gets no better, as Keras's callback of this name.
 *
 * @example
 * await model.fit(x, y, {
 *   epochs: 50,
 *   validationSplit: 0.1,
 *   callbacks: [new EarlyStopping({ patience: 3, restoreBestWeights: true })],
 * })
 */
export class EarlyStopping implements Callback {
  private readonly options: Resolved<typeof fields>
  private readonly less: boolean
  private model: Model | undefined
  private best = Number.NaN
  private bestWeights: NdArray<Float32Array>[] | undefined
  private wait = 0
  /** Epoch of the best score, from 0. */
  bestEpoch = 0
  /** Epoch after which training was stopped; 0 when it was not. */
  stoppedEpoch = 0

  constructor(given: Given<typeof fields> = {}) {
    this.options = resolve('EarlyStopping', fields, given)
    this.less = lessIsBetter(this.options.monitor, this.options.mode)
  }

  setModel(model: Model): void {
    this.model = model
  }

  onTrainBegin(): void {
    this.wait = 0
    this.stoppedEpoch = 0
    this.bestEpoch = 0
    this.bestWeights = undefined
    this.best = this.less ? Infinity : -Infinity
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    const { monitor, patience, baseline, restoreBestWeights, startFromEpoch } = this.options
    const score = readMonitor('EarlyStopping', monitor, logs)
    if (score === undefined || epoch < startFromEpoch) return
    // Weights are kept even if nothing ever improves.
    if (restoreBestWeights && !this.bestWeights) this.keep(epoch)
    this.wait++
    if (this.improves(score, this.best)) {
      this.best = score
      this.keep(epoch)
      if (baseline === undefined || this.improves(score, baseline)) this.wait = 0
      return
    }
    if (this.wait >= patience && epoch > 0) {
      this.stoppedEpoch = epoch
      this.model!.stopTraining = true
    }
  }

  onTrainEnd(): void {
    const { restoreBestWeights, verbose } = this.options
    if (this.stoppedEpoch > 0 && verbose) console.log(`Epoch ${this.stoppedEpoch + 1}: early stopping`)
    if (!restoreBestWeights || !this.bestWeights) return
    if (verbose) console.log(`Restoring model weights from the end of the best epoch: ${this.bestEpoch + 1}.`)
    this.model!.setWeights(this.bestWeights)
  }

  private keep(epoch: number): void {
    this.bestEpoch = epoch
    if (this.options.restoreBestWeights) this.bestWeights = this.model!.getWeights()
  }

  private improves(score: number, reference: number): boolean {
    const { minDelta } = this.options
    return this.less ? score < reference - minDelta : score > reference + minDelta
  }
}
