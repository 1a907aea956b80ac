import type { Session } from '../../graph/index.js'
import { type BestWeights, type Callback, DivergedError } from '../../training/index.js'
import type { LanguageModelSettings } from './settings.js'

const memory = 20 // steps the average looks back, and the fewest before it counts

/**
 * Notices a loss that is finite and yet hopeless: on average over twice that of guessing. Too high a learning rate ends
 * there as often as in NaN, since saturated cells keep their outputs finite.
 */
export class DivergenceWatch {
  private average = 0
  private steps = 0
  private readonly guessing: number
  private found: { step: number; epoch: number; layer: string; message: string } | undefined

  constructor(
    private readonly session: Session,
    vocabularySize: number,
  ) {
    this.guessing = Math.log(vocabularySize)
  }

  get triggered(): boolean {
    return this.found !== undefined
  }

  readonly callback: Callback = {
    onStep: ({ loss, step, epoch }, context) => {
      this.steps++
      this.average += (loss - this.average) / Math.min(this.steps, memory)
      if (this.steps < memory || this.average < 2 * this.guessing + 3) return
      const { layer, size } = this.largestWeight()
      const message =
        `training diverged in step ${step} (epoch ${epoch + 1}): the loss is ${loss.toPrecision(4)} nats per token, and ` +
        `guessing gives ${this.guessing.toFixed(2)}. The largest weights are in layer "${layer}" (up to ${size.toPrecision(2)}).`
      this.found = { step, epoch, layer, message }
      context.stop()
    },
  }

  /** What happened, for a training that this has stopped. */
  error(best: BestWeights | undefined): DivergedError {
    const { step, epoch, layer, message } = this.found!
    return new DivergedError(message, step, epoch, layer, best)
  }

  private largestWeight(): { layer: string; size: number } {
    let layer = ''
    let size = -1
    for (const parameter of this.session.parameters) {
      for (const value of this.session.readParameter(parameter)) {
        if (Math.abs(value) <= size) continue
        size = Math.abs(value)
        layer = parameter.name.split('/')[0]!
      }
    }
    return { layer, size }
  }
}

/** The same error, saying what to do in terms of the settings. `usualRate` is what would be chosen for this text. */
export function withAdvice(
  error: DivergedError,
  { lr, clip }: Pick<LanguageModelSettings, 'lr' | 'clip'>,
  usualRate: number,
): DivergedError {
  const rate = Number(Math.min(lr / 10, usualRate).toPrecision(2))
  const clipping = clip === 0 ? 'clip the gradient (`clip` 1)' : `a smaller \`clip\` (it was ${clip})`
  const message = `${error.happened} Try \`lr\` ${rate} (it was ${lr}), or ${clipping}.`
  return new DivergedError(message, error.step, error.epoch, error.where, error.best, error.happened)
}
