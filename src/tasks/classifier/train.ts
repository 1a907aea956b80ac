import type { Engine } from '../../engine/engine.js'
import type { MemoryReport, Session } from '../../graph/index.js'
import {
  type Callback,
  type CheckpointOptions,
  createSchedule,
  DivergedError,
  type FitResult,
  fit,
  type TrainerState,
} from '../../training/index.js'
import { checkResumable } from '../checkpoint-file.js'
import { lendWeights } from '../language-encoder.js'
import { makeOptimizer } from '../optimizer-settings.js'
import type { PretrainedEncoder } from '../pretrained-encoder.js'
import { readSchedule } from '../schedule-text.js'
import { asMemoryError, openTrainingSession } from '../training-memory.js'
import type { ClassifierCheckpoint } from './checkpoint-file.js'
import { Classifier } from './classifier.js'
import { type Companion, storeBaseline, trainCompanion } from './companion.js'
import type { ClassifierExample } from './examples.js'
import { classifierRates } from './from-encoders.js'
import type { Calibration, ClassifierRecord, ValidationScores } from './model-file.js'
import { ClassifierNetwork } from './network.js'
import { type PreparedExamples, prepareExamples } from './prepare.js'
import type { ClassificationScores } from './scores.js'
import { rememberExamples } from './seen-examples.js'
import type { ClassifierOptions, ClassifierSettings } from './settings.js'
import { ClassifierBatches } from './training-batches.js'
import { ClassifierTrainingModel } from './training-model.js'
import { ValidationScorer } from './validation-scorer.js'

export type ClassifierTrainingOptions = ClassifierOptions & ClassifierRun

/** How a training runs, as opposed to what is trained. */
export interface ClassifierRun {
  readonly engine: Engine
  /**
   * Begins with the word embedding and recurrent layers of a language model, or of one that reads forward and one that
   * reads backward: `readPretrainedEncoder(bytes, name)`. Their vocabulary and shape are those of the classifier.
   */
  readonly from?: readonly PretrainedEncoder[] | undefined
  /** Validation examples; otherwise `validSplit` of the others is held out. */
  readonly valid?: readonly ClassifierExample[] | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds of training. */
  readonly timeLimit?: number | undefined
  readonly callbacks?: readonly Callback[]
  readonly checkpoint?: {
    readonly every?: CheckpointOptions['every']
    write(state: ClassifierCheckpoint): void | Promise<void>
  }
  /**
   * Goes on from here, with the same examples. The settings are those of the checkpoint; `epochs`, `patience`, `lr` and
   * `clip` may be changed.
   */
  readonly resume?: ClassifierCheckpoint | undefined
  /** Bytes of memory the machine has; a model that cannot fit is refused instead of tried. */
  readonly memoryLimit?: number | undefined
  /** Called once the settings are chosen, before the first step. */
  readonly onPrepared?: (prepared: PreparedClassifier) => void
  /** Called once the baseline is trained, before the first step. */
  readonly onBaseline?: (baseline: {
    readonly name: string
    readonly valid: ClassificationScores | undefined
  }) => void
}

/** What is known before the first step. */
export interface PreparedClassifier
  extends Pick<PreparedExamples, 'settings' | 'features' | 'labels' | 'counts'> {
  readonly parameters: number
  readonly stepsPerEpoch: number
  readonly memory: () => MemoryReport | undefined
  /** Steps of texts (words or characters) trained on so far. */
  readonly tokens: () => number
}

export interface TrainedClassifier {
  readonly model: Classifier
  /** Absent when training diverged. */
  readonly fit: FitResult | undefined
  /** Training diverged, and `model` holds the best weights from before. */
  readonly diverged?: DivergedError
  /** Scores on the validation part, calibrated; absent without one. */
  readonly valid: ClassificationScores | undefined
  readonly prepared: PreparedClassifier
}

/** Settings that make a model smaller. */
const sizes = '`maxVocabulary`, `pairs`, `units`, `batch` or `passage`'

/**
 * Trains a classifier. Mistakes in the settings are found before anything is computed.
 *
 * Throws `option`, `labels`, `one-label`, `empty-data`, `checkpoint`, `out-of-memory`, `diverged` (when there are no best
 * weights to fall back on); an `AbortError` when the signal comes before the first step.
 */
export async function trainClassifier(
  examples: readonly ClassifierExample[],
  options: ClassifierTrainingOptions,
): Promise<TrainedClassifier> {
  const { engine, valid, signal, timeLimit, callbacks, checkpoint, resume, memoryLimit, from, ...others } =
    options
  const { onPrepared, onBaseline, ...given } = others
  const asked = resume ? { ...withoutIdle(resume.settings), ...given } : given
  const data = prepareExamples(examples, asked, { valid, signal, from })
  if (resume) checkResumable(resume, data.settings, data.fingerprint)
  const running = {
    engine,
    signal,
    timeLimit,
    callbacks,
    checkpoint,
    resume,
    memoryLimit,
    onPrepared,
    onBaseline,
    from,
  }
  return run(data, running)
}

/** Settings as they might have been given: one that has no effect would be refused. */
function withoutIdle({ pairEmbedding, ...settings }: ClassifierSettings): ClassifierOptions {
  return settings.pairs === 0 ? settings : { ...settings, pairEmbedding }
}

type Running = { readonly [K in keyof ClassifierRun]: ClassifierRun[K] | undefined } & {
  readonly engine: Engine
}

async function run(data: PreparedExamples, options: Running): Promise<TrainedClassifier> {
  const { settings, features, labels, train, valid } = data
  const network = new ClassifierNetwork(settings, {
    words: features.wordRows,
    pairs: features.pairTableRows,
    labels: labels.length,
  })
  const session = openTrainingSession(options.engine, network.parameters, {
    memoryLimit: options.memoryLimit,
    advice: sizes,
  })
  try {
    session.initializeParameters()
    if (settings.multiLabel) startWithFrequencies(session, data.counts)
    lendWeights(session, network.encoders, options.from ?? [])
    const batches = new ClassifierBatches(train, network, settings, data.labelWeights)
    const training = new ClassifierTrainingModel(session, network, settings)
    const scorer = new ValidationScorer(session, network, data)
    const prepared: PreparedClassifier = {
      settings,
      features,
      labels,
      counts: data.counts,
      parameters: network.parameters.count,
      stepsPerEpoch: batches.stepsPerEpoch,
      memory: () => training.memory(),
      tokens: () => training.steps,
    }
    options.onPrepared?.(prepared)
    const companion = await companionOf(data, options.signal)
    const baselineScores = companion && (await scorer.baselineScores(companion.heldOut))
    if (companion) options.onBaseline?.({ name: companion.model.name, valid: baselineScores })
    const baseline = companion && baselineScores && { name: companion.model.name, ...kept(baselineScores) }
    const finish = (outcome: Outcome) =>
      assemble(data, options.engine, session, network, companion, {
        ...outcome,
        ...(baseline && { baseline }),
      })
    const rates = classifierRates(network, settings)
    let last: Float32Array | undefined
    const keepLast: Callback = {
      onEpochEnd: ({ epoch }) => {
        if (epoch + 1 === settings.epochs) last = session.readParameters().slice()
      },
    }
    let result: FitResult
    try {
      result = await fit(training, batches, {
        optimizer: makeOptimizer(settings),
        schedule: createSchedule(readSchedule(settings.schedule)!),
        epochs: settings.epochs,
        seed: settings.seed,
        ...(rates && { rates }),
        ...(valid.length > 0 && {
          validate: (signal: AbortSignal | undefined) => scorer.scores(signal),
          earlyStopping: { ...(settings.patience !== undefined && { patience: settings.patience }) },
        }),
        callbacks: [...(options.callbacks ?? []), ...(valid.length > 0 ? [keepLast] : [])],
        ...(options.checkpoint && {
          checkpoint: {
            ...(options.checkpoint.every && { every: options.checkpoint.every }),
            write: (state: TrainerState) =>
              options.checkpoint!.write({ state, settings, fingerprint: data.fingerprint }),
          },
        }),
        ...(options.resume && { resume: options.resume.state }),
        ...(options.signal && { signal: options.signal }),
        ...(options.timeLimit !== undefined && { timeLimit: options.timeLimit }),
      })
    } catch (error) {
      if (!(error instanceof DivergedError) || !error.best) throw error
      session.writeParameters(error.best.parameters)
      const outcome = {
        epochs: error.epoch,
        steps: error.step,
        best: { epoch: error.best.epoch + 1, score: error.best.score },
        history: [],
      }
      return {
        model: finish({ ...outcome, calibration: plain }),
        fit: undefined,
        valid: undefined,
        diverged: error,
        prepared,
      }
    }
    const isLast =
      last !== undefined &&
      result.restoredBest &&
      result.stopped === 'completed' &&
      (await scorer.preferLast(last))
    const outcome = { ...outcomeOf(result), ...(isLast && { kept: settings.epochs }) }
    if (result.stopped === 'aborted' || valid.length === 0) {
      return { model: finish({ ...outcome, calibration: plain }), fit: result, valid: undefined, prepared }
    }
    const join = settings.baseline === 'join' ? companion?.heldOut : undefined
    const { calibration, scores, network: alone } = await scorer.calibrate(join)
    const model = finish({
      ...outcome,
      calibration,
      valid: kept(scores),
      ...(alone && { networkValid: kept(alone) }),
    })
    return { model, fit: result, valid: scores, prepared }
  } catch (error) {
    session.dispose()
    throw asMemoryError(error, network.parameters, sizes)
  }
}

/**
 * Each label begins as likely as it is. From one half, hundreds of steps go by before a network knows that of ninety labels
 * a text has one or two.
 */
function startWithFrequencies(session: Session, { labels, train }: PreparedExamples['counts']): void {
  const logOdds = labels.map(({ count }) => Math.log((count + 0.5) / (train - count + 0.5)))
  session.writeParameter(session.parameters.get('output/bias')!, Float32Array.from(logOdds))
}

/** Probabilities as the network says. */
const plain: Calibration = { network: 1, baseline: 0 }

/** The baseline beside the network, where the settings want one. */
async function companionOf(
  { settings, trainExamples, validExamples }: PreparedExamples,
  signal: AbortSignal | undefined,
): Promise<Companion | undefined> {
  const { baseline, multiLabel, seed } = settings
  if (baseline === 'none') return undefined
  return trainCompanion(trainExamples, validExamples, { multiLabel, seed, signal })
}

type Outcome = Pick<
  ClassifierRecord,
  'epochs' | 'steps' | 'best' | 'kept' | 'valid' | 'networkValid' | 'baseline' | 'history'
> & {
  readonly calibration: Calibration
}

function outcomeOf({ epochs, steps, best, history }: FitResult) {
  return {
    epochs,
    steps,
    ...(best && { best: { epoch: best.epoch + 1, score: best.score } }),
    history: history.map(({ epoch, learningRate, scores }) => ({ epoch: epoch + 1, learningRate, scores })),
  }
}

function assemble(
  { settings, features, labels, counts, trainExamples, validExamples }: PreparedExamples,
  engine: Engine,
  session: Session,
  network: ClassifierNetwork,
  companion: Companion | undefined,
  { calibration, ...outcome }: Outcome,
): Classifier {
  const { labels: _, pieces, unknown: _u, left: _l, longer: _m, ...examples } = counts
  const training: ClassifierRecord = {
    ...outcome,
    examples,
    trainPieces: pieces,
    ...(settings.precision === 'mixed' && engine.info.mixed && { precision: 'mixed' as const }),
  }
  const baseline = companion && storeBaseline(companion.model)
  const seen = rememberExamples(trainExamples, validExamples)
  const parts = { settings, features, labels, calibration, training, baseline, seen }
  return new Classifier(engine, session, network, parts)
}

const kept = ({ examples, accuracy, macroF1, logLoss }: ClassificationScores): ValidationScores => ({
  examples,
  accuracy,
  macroF1,
  logLoss,
})
