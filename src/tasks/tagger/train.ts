import type { Engine } from '../../engine/engine.js'
import type { MemoryReport, Session } from '../../graph/index.js'
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
import { lendWeights } from '../language-encoder.js'
import { stackRates } from '../layer-rates.js'
import { makeOptimizer } from '../optimizer-settings.js'
import { type PretrainedEncoder, pairEncoders } from '../pretrained-encoder.js'
import { readSchedule } from '../schedule-text.js'
import { asMemoryError, openTrainingSession } from '../training-memory.js'
import { SentenceEncoder, TaggerBatches } from './batches.js'
import { checkTaggerSettings, chooseTaggerSettings } from './choose.js'
import {
  buildTaggerCorpus,
  hashOf,
  prepareTaggerData,
  type TaggerCorpus,
  type TaggerData,
} from './dataset.js'
import type { TaggerTrainingRecord } from './model-file.js'
import { TaggerNetwork } from './network.js'
import type { TaggerNote } from './notes.js'
import type { TaggerScores } from './scorer.js'
import { rememberSentences } from './seen-sentences.js'
import { type TaggerSettings, taggerFields } from './settings.js'
import { Tagger } from './tagger.js'
import { TaggerTrainingModel } from './training-model.js'
import type { TaggerExample, VectorSource } from './vocabulary.js'

export type TaggerTrainingOptions = Given<typeof taggerFields> & TaggerRun

/** How a training runs, as opposed to what is trained. */
export interface TaggerRun {
  readonly engine: Engine
  /** Validation sentences; otherwise `validSplit` of the training sentences is held out. */
  readonly valid?: readonly TaggerExample[] | undefined
  /** Pre-trained word vectors: what `readWordVectors` gives. */
  readonly vectors?: VectorSource | undefined
  /**
   * Begins with the word embedding and recurrent layers of a language model, or of one that reads forward and one that
   * reads backward: `readPretrainedEncoder(bytes, name)`. What they say of each token is read beside everything else.
   */
  readonly from?: readonly PretrainedEncoder[] | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds of training. */
  readonly timeLimit?: number | undefined
  readonly callbacks?: readonly Callback[]
  readonly checkpoint?: {
    readonly every?: CheckpointOptions['every']
    write(state: TaggerCheckpoint): void | Promise<void>
  }
  /** Goes on from here, with the same data. `epochs`, `patience`, `lr` and `clip` may be changed. */
  readonly resume?: TaggerCheckpoint | undefined
  /** Bytes of memory the machine has; a model that cannot fit is refused instead of tried. */
  readonly memoryLimit?: number | undefined
  /** Called once settings are chosen, before the first step. */
  readonly onPrepared?: (prepared: PreparedTagger) => void
}

/** What is known before the first step. */
export interface PreparedTagger {
  readonly settings: TaggerSettings
  readonly data: TaggerData
  readonly corpus: TaggerCorpus
  /** What was odd about the data, with counts. */
  readonly notes: readonly TaggerNote[]
  readonly parameters: number
  readonly stepsPerEpoch: number
  readonly memory: () => MemoryReport | undefined
  readonly model: Tagger
}

/** A training state and what it belongs to. */
export type TaggerCheckpoint = TaskCheckpoint<TaggerSettings>

export interface TrainedTagger {
  readonly model: Tagger
  /** Absent when training diverged. */
  readonly fit: FitResult | undefined
  /** Training diverged, and `model` holds the best weights from before. */
  readonly diverged?: DivergedError
  /** Scores of the held-out sentences with the final weights; absent without any. */
  readonly valid: TaggerScores | undefined
}

const sizes = '`units`, `layers`, `embedding` or `batch`'
/** Programs are small, and one is needed for each shape of a batch. */
const programs = 64

/**
 * Trains a tagger on tagged sentences.
 *
 * Throws `option`, `empty-data`, `one-label`, `too-short`, `checkpoint`, `out-of-memory`, `diverged` (when there are no best
 * weights to fall back on).
 */
export async function trainTagger(
  examples: readonly TaggerExample[],
  options: TaggerTrainingOptions,
): Promise<TrainedTagger> {
  const { engine, valid, vectors, signal, timeLimit, callbacks, checkpoint, resume, memoryLimit, ...others } =
    options
  const { onPrepared, from = [], ...given } = others
  const encoders = pairEncoders(from)
  const asked = resume ? { ...resume.settings, ...given } : given
  const resolved = resolve('tagger', taggerFields, asked)
  checkTaggerSettings(resolved, valid !== undefined)
  const data = prepareTaggerData(examples, valid, resolved)
  const settings = chooseTaggerSettings(asked, {
    tokens: data.tokens,
    scheme: data.scheme,
    vectors: vectors !== undefined,
    pretrained: encoders.length > 0,
  })
  const language = encoders[0] && {
    tokenizer: encoders[0].tokenizer.toJSON(),
    shapes: encoders.map(({ shape }) => shape),
  }
  const corpus = buildTaggerCorpus(data, settings, vectors, language)
  const fingerprint = data.fingerprint + (language ? `-${hashOf([JSON.stringify(language)])}` : '')
  if (resume) checkResumable(resume, settings, fingerprint)
  const network = new TaggerNetwork(settings, corpus.vocabulary, corpus.scheme)
  const session = openTrainingSession(engine, network.parameters, { memoryLimit, advice: sizes, programs })
  const record: { -readonly [K in keyof TaggerTrainingRecord]: TaggerTrainingRecord[K] } = {
    epochs: 0,
    steps: 0,
    trainSentences: data.train.length,
    trainTokens: data.tokens,
    history: [],
  }
  const own = valid ? data.train : [...data.train, ...(data.valid ?? [])]
  const seen = rememberSentences(own, corpus.scheme)
  const model = new Tagger(engine, session, network, settings, corpus.scheme, record, seen)
  try {
    session.initializeParameters()
    if (vectors) writeVectors(session, network, vectors)
    lendWeights(session, network.language?.encoders ?? [], encoders)
    const batches = new TaggerBatches(
      corpus.train,
      new SentenceEncoder(corpus.vocabulary, settings),
      settings,
      corpus.counts,
    )
    const training = new TaggerTrainingModel(session, network, settings)
    onPrepared?.({
      settings,
      data,
      corpus,
      notes: [...data.notes, ...corpus.notes],
      parameters: network.parameters.count,
      stepsPerEpoch: batches.stepsPerEpoch,
      memory: () => training.memory(),
      model,
    })
    const watched = corpus.scheme.hasSpans ? 'valF1' : 'valAccuracy'
    const scoreValid = (signal: AbortSignal | undefined) => model.score(data.valid!, { signal })
    const rates = stackRates(network.parameters, network.stacks, settings)
    const result = await fit(training, batches, {
      optimizer: makeOptimizer(settings),
      schedule: createSchedule(readSchedule(settings.schedule)!),
      epochs: settings.epochs,
      seed: settings.seed,
      ...(rates && { rates }),
      ...(data.valid && {
        validate: async (signal: AbortSignal | undefined) => {
          const { accuracy, f1 } = await scoreValid(signal)
          return { accuracy, ...(f1 !== undefined && { f1 }) }
        },
        earlyStopping: {
          monitor: watched,
          ...(settings.patience !== undefined && { patience: settings.patience }),
        },
      }),
      callbacks: callbacks ?? [],
      ...(checkpoint && {
        checkpoint: {
          ...(checkpoint.every && { every: checkpoint.every }),
          write: (state: TrainerState) => checkpoint.write({ state, settings, fingerprint }),
        },
      }),
      ...(resume && { resume: resume.state }),
      ...(signal && { signal }),
      ...(timeLimit !== undefined && { timeLimit }),
    })
    if (result.stopped === 'aborted') return { model, fit: result, valid: undefined }
    const scores = data.valid && (await scoreValid(undefined))
    Object.assign(record, {
      epochs: result.epochs,
      steps: result.steps,
      ...(result.best && { best: { epoch: result.best.epoch + 1, score: result.best.score } }),
      ...(scores && {
        valid: {
          tokens: scores.tokens,
          accuracy: scores.accuracy,
          ...(scores.f1 !== undefined && { f1: scores.f1 }),
        },
      }),
      history: result.history.map(({ epoch, learningRate, scores }) => ({
        epoch: epoch + 1,
        learningRate,
        scores,
      })),
    })
    return { model, fit: result, valid: scores }
  } catch (error) {
    if (!(error instanceof DivergedError)) {
      session.dispose()
      throw asMemoryError(error, network.parameters, sizes)
    }
    const { clip, lr } = settings
    const advice = `Try \`lr\` ${Number((lr / 10).toPrecision(2))} (it was ${lr}), or ${clip === 0 ? 'clip the gradient (`clip` 1)' : `a smaller \`clip\` (it was ${clip})`}.`
    const { step, epoch, where, best, happened } = error
    const diverged = new DivergedError(`${happened} ${advice}`, step, epoch, where, best, happened)
    if (!best) {
      session.dispose()
      throw diverged
    }
    session.writeParameters(best.parameters)
    Object.assign(record, { epochs: epoch, steps: step, best: { epoch: best.epoch + 1, score: best.score } })
    return { model, fit: undefined, valid: undefined, diverged }
  }
}

/** Gives the table of pre-trained vectors its values. */
function writeVectors(
  session: Session,
  { parameters, vocabulary }: TaggerNetwork,
  source: VectorSource,
): void {
  const table = parameters.get('vectors/embeddings')
  if (!table) return
  const { dimension } = source
  const values = new Float32Array(table.size)
  for (const [row, word] of vocabulary.json.vectors!.words.entries()) {
    values.set(source.lookup(word)!.subarray(0, dimension), row * dimension)
  }
  session.writeParameter(table, values)
}
