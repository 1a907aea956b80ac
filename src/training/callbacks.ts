import type { Session } from '../graph/session.js'
import type { TrainerState } from './checkpoint.js'
import type { DivergedError } from './divergence.js'
import type { FitResult } from './fit-options.js'

/** Numbers by name: `loss`, and `valLoss`, `valPerplexity`, … for what validation returned as `loss`, `perplexity`. */
export type Scores = Readonly<Record<string, number>>

/** One line of the training record. Epochs count from 0, steps are those done. Nothing in it depends on time. */
export interface HistoryEntry {
  readonly epoch: number
  readonly step: number
  /** False for a validation in the middle of an epoch. */
  readonly endOfEpoch: boolean
  /** `loss` is the mean since the epoch began. */
  readonly scores: Scores
  /** Learning rate of the last step. */
  readonly learningRate: number
}

/** What is known after a step. */
export interface StepReport {
  /** Steps done, this one included. */
  readonly step: number
  readonly totalSteps: number
  /** From 0. */
  readonly epoch: number
  readonly epochs: number
  readonly stepInEpoch: number
  readonly stepsPerEpoch: number
  /** Mean loss of this batch. */
  readonly loss: number
  /** Mean loss since the epoch began. */
  readonly epochLoss: number
  readonly learningRate: number
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number
  /** Loss weight (tokens, rows) per second of training, over the recent steps. */
  readonly tokensPerSecond: number
  readonly secondsElapsed: number
  /** Estimated from the steps so far, validation included; never more than the time limit leaves. */
  readonly secondsLeft: number
}

/** What a callback can see and do. */
export interface TrainingContext {
  readonly session: Session
  readonly history: readonly HistoryEntry[]
  /** Ends training after the callbacks of this moment; the result says `stopped: 'callback'`. */
  stop(): void
  /** A checkpoint of this moment. */
  captureState(): TrainerState
}

type Answer = void | Promise<void>

/** Called in the order of the list, each awaited. What they throw ends training. */
export interface Callback {
  onTrainBegin?(context: TrainingContext): Answer
  /** Not called again when training resumes inside the epoch. */
  onEpochBegin?(epoch: number, context: TrainingContext): Answer
  onStep?(report: StepReport, context: TrainingContext): Answer
  onValidation?(scores: Scores, context: TrainingContext): Answer
  /** A diverged step was undone; the error says what would have ended training. */
  onRetry?(error: DivergedError, context: TrainingContext): Answer
  onEpochEnd?(entry: HistoryEntry, context: TrainingContext): Answer
  onTrainEnd?(result: FitResult, context: TrainingContext): Answer
}
