import { type CorpusOptions, type TextInput, textSource } from '../../data/index.js'
import type { Engine } from '../../engine/engine.js'
import type { MemoryReport } from '../../graph/index.js'
import { type Given, resolve } from '../../options.js'
import {
  type Callback,
  type CheckpointOptions,
  createSchedule,
  DivergedError,
  type FitResult,
  fit,
  type TrainerState,
} from '../../training/index.js'
import { checkResumable, type TaskCheckpoint } from '../checkpoint-file.js'
import { makeOptimizer } from '../optimizer-settings.js'
import { readSchedule } from '../schedule-text.js'
import { asMemoryError, openTrainingSession } from '../training-memory.js'
import { checkSettings, chooseSettings } from './choose.js'
import { contextOf, type LanguageCorpus, prepareCorpus } from './corpus.js'
import { DivergenceWatch, withAdvice } from './divergence-watch.js'
import { Evaluator, type LanguageScores } from './evaluator.js'
import { LanguageModel } from './language-model.js'
import type { TrainingRecord } from './model-file.js'
import { LanguageNetwork } from './network.js'
import { type LanguageModelSettings, languageModelFields } from './settings.js'
import { LanguageBatches, LanguageTrainingModel } from './training-model.js'

export type LanguageModelTrainingOptions = Given<typeof languageModelFields> & TrainingRun

/** How a training runs, as opposed to what is trained. */
export interface TrainingRun {
  readonly engine: Engine
  /** Validation text; otherwise `validSplit` of the training text is held out. */
  readonly valid?: TextInput | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds of training. */
  readonly timeLimit?: number | undefined
  readonly callbacks?: readonly Callback[]
  readonly checkpoint?: {
    readonly every?: CheckpointOptions['every']
    write(state: LanguageCheckpoint): void | Promise<void>
  }
  /**
   * Goes on from here, with the same text. The settings are those of the checkpoint; `epochs`, `patience`, `lr` and
   * `clip` may be changed.
   */
  readonly resume?: LanguageCheckpoint | undefined
  /** Bytes of memory the machine has; a model that cannot fit is refused instead of tried. */
  readonly memoryLimit?: number | undefined
  /** Called once the text is read and the settings are chosen, before the first step. */
  readonly onPrepared?: (prepared: PreparedTraining) => void
  readonly onRead?: CorpusOptions['onProgress']
}

/** What is known before the first step. */
export interface PreparedTraining {
  readonly settings: LanguageModelSettings
  readonly corpus: LanguageCorpus
  readonly parameters: number
  readonly stepsPerEpoch: number
  readonly memory: () => MemoryReport | undefined
  readonly model: LanguageModel
}

/** A training state and what it belongs to. */
export type LanguageCheckpoint = TaskCheckpoint<LanguageModelSettings>

export interface TrainedLanguageModel {
  readonly model: LanguageModel
  /** Absent when training diverged. */
  readonly fit: FitResult | undefined
  /** Training diverged, and `model` holds the best weights from before. */
  readonly diverged?: DivergedError
  /** Scores of the held-out part with the final weights; absent without one. */
  readonly valid: (LanguageScores & { readonly bitsPerCharacter: number }) | undefined
}

/**
 * Trains a language model on a text. Mistakes in the settings are found before any text is read.
 *
 * Throws `option`, `too-short`, `empty-text`, `all-unknown`, `checkpoint`, `out-of-memory`, `diverged` (when there are no
 * best weights to fall back on) and what reading throws; an `AbortError` when the signal comes while reading.
 */
export async function trainLanguageModel(
  text: TextInput,
  options: LanguageModelTrainingOptions,
): Promise<TrainedLanguageModel> {
  const { engine, valid, signal, timeLimit, callbacks, checkpoint, resume, memoryLimit, ...others } = options
  const { onPrepared, onRead, ...given } = others
  const asked = resume ? { ...resume.settings, ...given } : given
  const resolved = resolve('language model', languageModelFields, asked)
  checkSettings(resolved, valid !== undefined)
  const reading = { ...(signal && { signal }), ...(onRead && { onProgress: onRead }) }
  const validSource = valid === undefined ? undefined : textSource(valid, 'validation text')
  const corpus = await prepareCorpus(resolved, textSource(text), validSource, reading)
  try {
    const vocabulary = corpus.tokenizer.vocabulary.size
    const settings = chooseSettings(asked, { tokens: corpus.train.length, vocabulary })
    if (resume) checkResumable(resume, settings, corpus.fingerprint)
    const running = { engine, signal, timeLimit, callbacks, checkpoint, resume, memoryLimit, onPrepared }
    return await run(corpus, settings, running)
  } finally {
    corpus.close()
  }
}

/** Settings that make a model smaller. */
const sizes = '`units`, `layers`, `batch` or `bptt`'

type Running = { readonly [K in keyof TrainingRun]: TrainingRun[K] | undefined } & { readonly engine: Engine }

async function run(
  corpus: LanguageCorpus,
  settings: LanguageModelSettings,
  options: Running,
): Promise<TrainedLanguageModel> {
  const { tokenizer } = corpus
  const network = new LanguageNetwork(settings, tokenizer.vocabulary.size)
  const session = openTrainingSession(options.engine, network.parameters, {
    memoryLimit: options.memoryLimit,
    advice: sizes,
  })
  const record: { -readonly [K in keyof TrainingRecord]: TrainingRecord[K] } = {
    epochs: 0,
    steps: 0,
    trainTokens: corpus.train.length,
    ...(settings.precision === 'mixed' && options.engine.info.mixed && { precision: 'mixed' as const }),
    history: [],
  }
  const model = new LanguageModel(options.engine, session, network, settings, tokenizer, record)
  try {
    session.initializeParameters()
    const context = contextOf(tokenizer)
    const batches = new LanguageBatches(corpus.train, settings, context)
    const training = new LanguageTrainingModel(session, network, settings)
    const evaluator = new Evaluator(session, network, context)
    options.onPrepared?.({
      settings,
      corpus,
      parameters: network.parameters.count,
      stepsPerEpoch: batches.stepsPerEpoch,
      memory: () => training.memory(),
      model,
    })
    const scoreValid = async (signal: AbortSignal | undefined) =>
      evaluator.evaluate(corpus.valid!, { ...(signal && { signal }) })
    const watch =
      settings.labelSmoothing === 0 ? new DivergenceWatch(session, network.vocabularySize) : undefined
    const result = await fit(training, batches, {
      optimizer: makeOptimizer(settings),
      schedule: createSchedule(readSchedule(settings.schedule)!),
      epochs: settings.epochs,
      seed: settings.seed,
      ...(corpus.valid && {
        validate: async (signal: AbortSignal | undefined) => {
          const { nats, perplexity } = await scoreValid(signal)
          return { loss: nats, perplexity }
        },
        earlyStopping: { ...(settings.patience !== undefined && { patience: settings.patience }) },
      }),
      callbacks: [...(options.callbacks ?? []), ...(watch ? [watch.callback] : [])],
      ...(options.checkpoint && {
        checkpoint: {
          ...(options.checkpoint.every && { every: options.checkpoint.every }),
          // A diverged state must not take the place of a good one.
          write: (state: TrainerState) =>
            watch?.triggered
              ? undefined
              : options.checkpoint!.write({ state, settings, fingerprint: corpus.fingerprint }),
        },
      }),
      ...(options.resume && { resume: options.resume.state }),
      ...(options.signal && { signal: options.signal }),
      ...(options.timeLimit !== undefined && { timeLimit: options.timeLimit }),
    })
    if (watch?.triggered) {
      // Without validation no best weights are kept.
      const best = corpus.valid && result.best
      throw watch.error(best && { ...best, parameters: session.readParameters() })
    }
    if (result.stopped === 'aborted') return { model, fit: result, valid: undefined }
    const valid = corpus.valid && (await scoreValid(undefined))
    Object.assign(record, {
      epochs: result.epochs,
      steps: result.steps,
      ...(result.best && { best: { epoch: result.best.epoch + 1, score: result.best.score } }),
      ...(valid && { valid }),
      history: result.history.map(({ epoch, learningRate, scores }) => ({
        epoch: epoch + 1,
        learningRate,
        scores,
      })),
    })
    return {
      model,
      fit: result,
      valid: valid && { ...valid, bitsPerCharacter: valid.bitsPerToken / corpus.validCharacters },
    }
  } catch (error) {
    if (!(error instanceof DivergedError)) {
      session.dispose()
      throw asMemoryError(error, network.parameters, sizes)
    }
    const size = { tokens: corpus.train.length }
    const diverged = withAdvice(error, settings, chooseSettings({ ...settings, lr: undefined }, size).lr)
    if (!error.best || error.best.score >= Math.log(network.vocabularySize)) {
      session.dispose()
      throw diverged // there are no weights better than guessing
    }
    session.writeParameters(error.best.parameters)
    Object.assign(record, {
      epochs: error.epoch,
      steps: error.step,
      best: { epoch: error.best.epoch + 1, score: error.best.score },
    })
    return { model, fit: undefined, valid: undefined, diverged }
  }
}
