import type { CorpusOptions, TextSource } from '../../data/index.js'
import type { Engine } from '../../engine/engine.js'
import { RepriseError } from '../../errors.js'
import { type MemoryReport, Session } from '../../graph/index.js'
import { type Given, resolve } from '../../options.js'
import {
  type Callback,
  type CheckpointOptions,
  createOptimizer,
  createSchedule,
  DivergedError,
  type FitResult,
  fit,
  type TrainerState,
} from '../../training/index.js'
import { chooseSettings } from './choose.js'
import { contextOf, type LanguageCorpus, prepareCorpus } from './corpus.js'
import { Evaluator, type LanguageScores } from './evaluator.js'
import { LanguageModel } from './language-model.js'
import type { TrainingRecord } from './model-file.js'
import { LanguageNetwork } from './network.js'
import { parseSchedule } from './schedule-text.js'
import { type LanguageModelSettings, languageModelFields } from './settings.js'
import { LanguageBatches, LanguageTrainingModel } from './training-model.js'

export type LanguageModelTrainingOptions = Given<typeof languageModelFields> & TrainingRun

/** How a training runs, as opposed to what is trained. */
export interface TrainingRun {
  readonly engine: Engine
  /** Validation text; otherwise `validSplit` of the training text is held out. */
  readonly valid?: TextSource | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds of training. */
  readonly timeLimit?: number | undefined
  readonly callbacks?: readonly Callback[]
  readonly checkpoint?: {
    readonly every?: CheckpointOptions['every']
    write(state: LanguageCheckpoint): void | Promise<void>
  }
  readonly resume?: LanguageCheckpoint | undefined
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
export interface LanguageCheckpoint {
  readonly state: TrainerState
  readonly settings: LanguageModelSettings
  /** Of text and vocabulary. */
  readonly fingerprint: string
}

export interface TrainedLanguageModel {
  readonly model: LanguageModel
  /** Absent when training diverged. */
  readonly fit: FitResult | undefined
  /** Training diverged, and `model` holds the best weights from before. */
  readonly diverged?: DivergedError
  /** Scores of the held-out part with the final weights; absent without one. */
  readonly valid: (LanguageScores & { readonly bitsPerCharacter: number }) | undefined
}

/** Trains a language model on a text. Throws what reading, choosing and training throw. */
export async function trainLanguageModel(
  source: TextSource,
  options: LanguageModelTrainingOptions,
): Promise<TrainedLanguageModel> {
  const { engine, valid, signal, timeLimit, callbacks, checkpoint, resume, onPrepared, onRead, ...given } =
    options
  const asked = resume ? { ...resume.settings, ...given } : given
  const resolved = resolve('language model', languageModelFields, asked)
  parseSchedule(resolved.schedule || 'one-cycle')
  const reading = { ...(signal && { signal }), ...(onRead && { onProgress: onRead }) }
  const corpus = await prepareCorpus(resolved, source, valid, reading)
  try {
    const size = { tokens: corpus.train.length, vocabulary: corpus.tokenizer.vocabulary.size }
    const settings = chooseSettings(asked, size)
    if (resume) checkSame(resume, settings, corpus.fingerprint)
    return await run(corpus, settings, {
      engine,
      signal,
      timeLimit,
      callbacks,
      checkpoint,
      resume,
      onPrepared,
    })
  } finally {
    corpus.close()
  }
}

type Running = { readonly [K in keyof TrainingRun]: TrainingRun[K] | undefined } & { readonly engine: Engine }

async function run(
  corpus: LanguageCorpus,
  settings: LanguageModelSettings,
  options: Running,
): Promise<TrainedLanguageModel> {
  const { tokenizer } = corpus
  const network = new LanguageNetwork(settings, tokenizer.vocabulary.size)
  const session = new Session(options.engine, network.parameters)
  const record: { -readonly [K in keyof TrainingRecord]: TrainingRecord[K] } = {
    epochs: 0,
    steps: 0,
    trainTokens: corpus.train.length,
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
    const result = await fit(training, batches, {
      optimizer: makeOptimizer(settings),
      schedule: createSchedule(parseSchedule(settings.schedule)),
      epochs: settings.epochs,
      seed: settings.seed,
      ...(corpus.valid && {
        validate: async (signal: AbortSignal | undefined) => {
          const { nats, perplexity } = await scoreValid(signal)
          return { loss: nats, perplexity }
        },
        earlyStopping: { ...(settings.patience !== undefined && { patience: settings.patience }) },
      }),
      ...(options.callbacks && { callbacks: options.callbacks }),
      ...(options.checkpoint && {
        checkpoint: {
          ...(options.checkpoint.every && { every: options.checkpoint.every }),
          write: (state: TrainerState) =>
            options.checkpoint!.write({ state, settings, fingerprint: corpus.fingerprint }),
        },
      }),
      ...(options.resume && { resume: options.resume.state }),
      ...(options.signal && { signal: options.signal }),
      ...(options.timeLimit !== undefined && { timeLimit: options.timeLimit }),
    })
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
    if (error instanceof DivergedError && error.best) {
      session.writeParameters(error.best.parameters)
      Object.assign(record, {
        epochs: error.epoch,
        steps: error.step,
        best: { epoch: error.best.epoch + 1, score: error.best.score },
      })
      return { model, fit: undefined, valid: undefined, diverged: error }
    }
    session.dispose()
    throw error
  }
}

/** The optimizer the settings ask for. */
export function makeOptimizer(settings: LanguageModelSettings) {
  const { optimizer, lr, clip, weightDecay, momentum } = settings
  return createOptimizer({
    name: optimizer === 'adamw' ? 'adamW' : optimizer,
    learningRate: lr,
    weightDecay,
    ...(clip > 0 && { globalClipnorm: clip }),
    ...((optimizer === 'sgd' || optimizer === 'rmsprop') && momentum > 0 && { momentum }),
  })
}

function checkSame(resume: LanguageCheckpoint, settings: LanguageModelSettings, fingerprint: string): void {
  for (const [name, value] of Object.entries(settings)) {
    const before = (resume.settings as unknown as Record<string, unknown>)[name]
    if (JSON.stringify(before) !== JSON.stringify(value)) {
      throw new RepriseError(
        'checkpoint',
        `the checkpoint was made with ${name} ${JSON.stringify(before)}, now it is ${JSON.stringify(value)}; resume with the same options`,
      )
    }
  }
  if (resume.fingerprint !== fingerprint) {
    throw new RepriseError(
      'checkpoint',
      'the checkpoint was made with another text or another validation part; resume with the same data',
    )
  }
}
