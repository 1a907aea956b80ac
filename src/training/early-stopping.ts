import type { Session } from '../graph/session.js'
import { boolean, type Given, integer, optional, resolve } from '../options.js'
import type { Scores } from './callbacks.js'
import { Monitor, monitorFields } from './monitor.js'
import type { RunState } from './run-state.js'

export const earlyStoppingFields = {
  ...monitorFields,
  patience: optional(
    integer('stop after this many validations without improvement; default: never', undefined, { min: 0 }),
  ),
  restoreBest: boolean('end with the weights of the best validation', true),
} as const

/** As Keras's EarlyStopping, but `restoreBest` is on unless turned off, and without `patience` it only keeps the best. */
export type EarlyStoppingOptions = Given<typeof earlyStoppingFields>

/** Keeps the best weights and counts validations without improvement. All it remembers is in the run state. */
export class EarlyStopping {
  private readonly options
  private readonly monitor: Monitor

  constructor(options: EarlyStoppingOptions) {
    this.options = resolve('earlyStopping', earlyStoppingFields, options)
    this.monitor = new Monitor('earlyStopping', this.options)
  }

  get restoresBest(): boolean {
    return this.options.restoreBest
  }

  /** Takes in a validation; copies the parameters out when they are the best so far. */
  observe(run: RunState, scores: Scores, session: Session): void {
    if (this.monitor.improves(scores, run.best?.score)) {
      run.best = { score: this.monitor.read(scores), step: run.step, epoch: run.epoch }
      run.waited = 0
      if (this.restoresBest || run.bestParameters) {
        run.bestParameters ??= new Float32Array(session.parameters.length)
        session.readParameters(run.bestParameters)
      }
    } else {
      run.waited++
    }
  }

  /** Whether patience has run out. */
  isOver({ waited }: RunState): boolean {
    const { patience } = this.options
    return patience !== undefined && waited >= Math.max(1, patience)
  }
}
