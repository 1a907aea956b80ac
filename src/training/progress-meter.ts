import type { StepReport } from './callbacks.js'
import type { RunState } from './run-state.js'

const halfLife = 20 // steps

/** The length of a training and how fast it goes; nothing measured here has any influence on results. */
export class ProgressMeter {
  private readonly began: number
  private readonly firstStep: number
  private tokens = 0
  private seconds = 0

  constructor(
    private readonly run: Readonly<RunState>,
    private readonly length: { readonly totalSteps: number; readonly epochs: number },
    private readonly timeLimit: number,
    readonly now: () => number,
  ) {
    this.began = now()
    this.firstStep = run.step
  }

  /** Milliseconds since training began or was resumed. */
  get elapsed(): number {
    return this.now() - this.began
  }

  /** Whether the time limit has passed; never before the first step. */
  get isTimeUp(): boolean {
    return this.run.step > this.firstStep && this.elapsed >= this.timeLimit
  }

  /** Takes in a step that began at this time. */
  add(tokens: number, began: number): void {
    const keep = 0.5 ** (1 / halfLife)
    this.tokens = this.tokens * keep + tokens
    this.seconds = this.seconds * keep + (this.now() - began) / 1000
  }

  report(loss: number, gradientNorm: number): StepReport {
    const { step, epoch, stepInEpoch, stepsPerEpoch, lossSum, weightSum, learningRate } = this.run
    const secondsElapsed = this.elapsed / 1000
    const left = (secondsElapsed / (step - this.firstStep)) * Math.max(0, this.length.totalSteps - step)
    return {
      step,
      epoch,
      ...this.length,
      stepInEpoch,
      stepsPerEpoch,
      loss,
      epochLoss: weightSum === 0 ? 0 : lossSum / weightSum,
      learningRate,
      gradientNorm,
      tokensPerSecond: this.seconds > 0 ? this.tokens / this.seconds : 0,
      secondsElapsed,
      secondsLeft: Math.min(left, Math.max(0, this.timeLimit / 1000 - secondsElapsed)),
    }
  }
}
