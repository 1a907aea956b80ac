import { type Given, integer, number, type Resolved, resolve } from '../../options.js'
import type { Callback } from '../callback.js'
import type { Model } from '../model.js'
import { lessIsBetter, monitorFields, readMonitor } from './monitor.js'

const fields = {
  ...monitorFields,
  factor: number('the rate is multiplied by it', 0.1, { min: 0, below: 1 }),
  patience: integer('epochs without improvement before the rate falls', 10, { min: 0 }),
  minDelta: number('smaller changes do not count', 1e-4, { min: 0 }),
  cooldown: integer('epochs to wait after a fall', 0, { min: 0 }),
  minLr: number('the rate never falls below', 0, { min: 0 }),
}

/** Lowers the learning rate when a score gets no better, as Keras's callback of this name. */
export class ReduceLROnPlateau implements Callback {
  private readonly options: Resolved<typeof fields>
  private readonly less: boolean
  private model: Model | undefined
  private best = Number.NaN
  private wait = 0
  private cooling = 0

  constructor(given: Given<typeof fields> = {}) {
    this.options = resolve('ReduceLROnPlateau', fields, given)
    this.less = lessIsBetter(this.options.monitor, this.options.mode)
  }

  setModel(model: Model): void {
    this.model = model
  }

  onTrainBegin(): void {
    this.best = this.less ? Infinity : -Infinity
    this.wait = 0
    this.cooling = 0
  }

  onEpochEnd(epoch: number, logs: Record<string, number>): void {
    const { monitor, factor, patience, cooldown, minLr, minDelta, verbose } = this.options
    const { optimizer } = this.model!
    logs.learning_rate = optimizer.learningRate
    const score = readMonitor('ReduceLROnPlateau', monitor, logs)
    if (score === undefined) return
    if (this.cooling > 0) {
      this.cooling--
      this.wait = 0
    }
    if (this.less ? score < this.best - minDelta : score > this.best + minDelta) {
      this.best = score
      this.wait = 0
      return
    }
    if (this.cooling > 0) return
    this.wait++
    if (this.wait < patience || optimizer.learningRate <= Math.fround(minLr)) return
    optimizer.learningRate = Math.max(optimizer.learningRate * factor, minLr)
    if (verbose) {
      console.log(
        `Epoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${optimizer.learningRate}.`,
      )
    }
    this.cooling = cooldown
    this.wait = 0
  }
}
