import { RepriseError } from '../errors.js'
import type { Callback, HistoryEntry } from './callbacks.js'
import type { TrainerState } from './checkpoint.js'
import type { EarlyStoppingOptions } from './early-stopping.js'
import type { Optimizer } from './optimizers/optimizer.js'
import type { ParameterRates } from './parameter-rates.js'
import type { Schedule } from './schedules/schedule.js'

export interface FitOptions {
  readonly optimizer: Optimizer
  /** Default: the optimizer's learning rate throughout. */
  readonly schedule?: Schedule
  /** Rates of their own for groups of parameters, which may be frozen for a while. */
  readonly rates?: ParameterRates
  /** Passes over the data; default 1, or as many as `steps` takes. */
  readonly epochs?: number
  /** Ends after this many steps in all, in the middle of an epoch if need be; sets the length of the schedule. */
  readonly steps?: number
  /** Of everything random inside the model (dropout); an integer in 0 … 2⁵³−1, default 0. Data has seeds of its own. */
  readonly seed?: number
  /**
   * Scores on held-out data, such as `{ loss, perplexity }`. Must leave parameters and carried states of training as
   * they were, and must throw (not return) when it ends early because of the signal.
   */
  readonly validate?: (signal: AbortSignal | undefined) => Scored | Promise<Scored>
  /** Validate after every so many steps as well; at the end of each epoch in any case. */
  readonly validateEvery?: number
  /** Keeps the best weights and stops when nothing gets better. */
  readonly earlyStopping?: EarlyStoppingOptions
  readonly callbacks?: readonly Callback[]
  readonly checkpoint?: CheckpointOptions
  /** Goes on from here. Give the same options and data as before. */
  readonly resume?: TrainerState
  readonly divergence?: DivergenceOptions
  /** Ends training after the step under way. */
  readonly signal?: AbortSignal
  /** Milliseconds for this call; then training ends after the step under way and a last validation. */
  readonly timeLimit?: number
  /** Clock in milliseconds; default `performance.now`. */
  readonly now?: () => number
}

type Scored = Readonly<Record<string, number>>

export interface CheckpointOptions {
  /** Stores a state, best atomically: to a temporary name, then renamed. Training waits for it. */
  write(state: TrainerState): void | Promise<void>
  /** How often: at the first step boundary after so many milliseconds, or every so many steps. Default: only when stopped. */
  readonly every?: { readonly milliseconds?: number; readonly steps?: number }
}

export interface DivergenceOptions {
  /** How often to go back to the best weights (the initial ones before any validation) and go on slower; default 0. */
  readonly retries?: number
  /** The learning rate is multiplied by this at each retry; default 0.3. */
  readonly factor?: number
}

export interface FitResult {
  /**
   * - `completed`: all epochs or steps done; `early-stopping`: no improvement any more
   * - `aborted`: by the signal; `time-limit`; `callback`: a callback asked for it. These can be resumed.
   */
  readonly stopped: 'completed' | 'early-stopping' | 'aborted' | 'time-limit' | 'callback'
  /** Steps done, and epochs finished. */
  readonly steps: number
  readonly epochs: number
  readonly history: readonly HistoryEntry[]
  /** The best validation; absent before any. */
  readonly best?: { readonly score: number; readonly step: number; readonly epoch: number }
  /** Whether the session now holds the best weights instead of the last ones. */
  readonly restoredBest: boolean
  /** The state training ended in, with the last weights; pass it as `resume` to go on. */
  readonly state: TrainerState
}

/** Throws `option` for numbers that make no sense. */
export function checkFitOptions(options: FitOptions): void {
  const {
    epochs = 1,
    steps = 1,
    seed = 0,
    validateEvery = 1,
    timeLimit = 0,
    divergence,
    checkpoint,
  } = options
  const whole = (name: string, value: number, min: number) => {
    if (Number.isSafeInteger(value) && value >= min) return
    throw new RepriseError('option', `fit: ${name} must be a whole number of at least ${min}, got ${value}`)
  }
  whole('epochs', epochs, 1)
  whole('steps', steps, 1)
  whole('seed', seed, 0)
  whole('validateEvery', validateEvery, 1)
  whole('divergence.retries', divergence?.retries ?? 0, 0)
  whole('checkpoint.every.steps', checkpoint?.every?.steps ?? 1, 1)
  if (!(timeLimit >= 0))
    throw new RepriseError('option', `fit: timeLimit must be milliseconds, got ${timeLimit}`)
  const factor = divergence?.factor ?? 0.3
  if (!(factor > 0 && factor < 1)) {
    throw new RepriseError('option', `fit: divergence.factor must be between 0 and 1, got ${factor}`)
  }
  if (options.validateEvery !== undefined && !options.validate) {
    throw new RepriseError(
      'option',
      'fit: validateEvery needs validate, the function that computes the scores',
    )
  }
}
