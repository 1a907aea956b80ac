import { RepriseError } from '../errors.js'
import type { Session } from '../graph/index.js'
import { hyperState, type Optimizer } from '../training/optimizers/optimizer.js'

/** The optimizer of a compiled model: its rate can be read and set between steps, as callbacks do. */
export class ModelOptimizer {
  /** Steps done since the model was compiled. */
  iterations = 0
  private fixedRate: number | undefined

  constructor(readonly optimizer: Optimizer) {}

  get name(): string {
    return this.optimizer.name
  }

  /** Rate of the next step. Setting it ends a schedule. */
  get learningRate(): number {
    return this.fixedRate ?? this.optimizer.rateAt(this.iterations)
  }

  set learningRate(rate: number) {
    if (!(Number.isFinite(rate) && rate >= 0)) {
      throw new RepriseError('option', `the learning rate must be a number of at least 0, got ${rate}`)
    }
    this.fixedRate = rate
  }

  toConfig(): ReturnType<Optimizer['toConfig']> {
    const config = this.optimizer.toConfig()
    return this.fixedRate === undefined ? config : { ...config, learningRate: this.fixedRate }
  }

  /** Writes what the next step needs. */
  beginStep(session: Session): void {
    session.writeState(hyperState, this.optimizer.hyperparameters(this.iterations, this.learningRate))
  }
}
