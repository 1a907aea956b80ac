import { RepriseError } from '../../errors.js'
import type { Callback } from '../callback.js'
import type { Model } from '../model.js'

/**
 * Sets the learning rate at the beginning of each epoch.
 *
 * @example
 * new LearningRateScheduler((epoch, rate) => (epoch < 10 ? rate : rate * Math.exp(-0.1)))
 */
export class LearningRateScheduler implements Callback {
  private model: Model | undefined

  constructor(
    /** Epoch from 0 and the present rate → the rate of the epoch. */
    private readonly schedule: (epoch: number, learningRate: number) => number,
    private readonly options: { readonly verbose?: boolean | number } = {},
  ) {}

  setModel(model: Model): void {
    this.model = model
  }

  onEpochBegin(epoch: number): void {
    const { optimizer } = this.model!
    const rate = this.schedule(epoch, optimizer.learningRate)
    if (typeof rate !== 'number' || !(rate >= 0)) {
      throw new RepriseError(
        'option',
        `LearningRateScheduler: the schedule must give a number, got ${String(rate)}`,
      )
    }
    optimizer.learningRate = rate
    if (this.options.verbose)
      console.log(`Epoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${rate}.`)
  }

  onEpochEnd(_epoch: number, logs: Record<string, number>): void {
    logs.learning_rate = this.model!.optimizer.learningRate
  }
}
