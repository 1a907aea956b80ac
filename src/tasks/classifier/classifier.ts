import type { Engine, EngineInfo } from '../../engine/engine.js'
import { Session } from '../../graph/index.js'
import { checkWeightFormat, type WeightFormat } from '../../quantization.js'
import { listOrStream } from '../list-or-stream.js'
import { checkWeights } from '../model-parts.js'
import { onEngine } from '../on-engine.js'
import type { TextBaseline } from './baseline/index.js'
import { restoreBaseline } from './companion.js'
import type { ClassifierExample } from './examples.js'
import { selectorOf } from './explain-network.js'
import { type Explanation, explainedLabel, joinExplanations } from './explanation.js'
import { joinLogits, logitsOf, probabilitiesOf } from './joint-scales.js'
import {
  type Calibration,
  type ClassifierParts,
  type ClassifierRecord,
  classifierPieces,
  readClassifier,
} from './model-file.js'
import { ClassifierNetwork } from './network.js'
import { type ClassPrediction, classPrediction } from './prediction.js'
import { Predictor } from './predictor.js'
import { type ClassificationReport, classificationReport, type ReportedProbabilities } from './report.js'
import type { ScoreOptions } from './scores.js'
import type { ClassifierSettings } from './settings.js'
import type { EncodedText, TextFeatures } from './text-features.js'
import type { ClassifierTrainingOptions } from './train.js'

export interface PredictionOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (fraction: number) => void
}

/** Texts that are predicted together when they come as a stream. */
const streamed = 512

/**
 * A recurrent classifier of texts: two labels, several, or any number of labels a text.
 *
 * ```ts
 * import { Classifier } from 'reprise/tasks'
 * const classifier = await Classifier.load('spam.safetensors')
 * const [answer] = await classifier.predict(['You have won a prize!']) // { label: 'spam', probability: 0.98, … }
 * for await (const { label } of classifier.predict(lines)) console.log(label) // an async iterable streams
 * ```
 */
export class Classifier {
  readonly kind = 'recurrent'
  private readonly predictor: Predictor
  /** Trained beside the network, kept to compare with and, where that helps, to decide together. */
  readonly baseline: TextBaseline | undefined
  /** The engine was loaded for this model alone, and goes with it. */
  private ownsEngine = false

  constructor(
    readonly engine: Engine,
    readonly session: Session,
    readonly network: ClassifierNetwork,
    private readonly parts: ClassifierParts,
  ) {
    this.predictor = new Predictor(session, network, { window: windowOf(parts.settings) })
    this.baseline = parts.baseline && restoreBaseline(parts.baseline, 'the baseline in the model')
  }

  /** Reads a model file's bytes onto an engine. `name` is used in error messages. */
  static fromBytes(
    engine: Engine,
    bytes: Uint8Array,
    name = 'model',
    options: { readonly weights?: WeightFormat | undefined } = {},
  ): Classifier {
    const asked = options.weights === undefined ? undefined : checkWeightFormat(options.weights)
    const file = readClassifier(bytes, name)
    const { settings, features, labels } = file
    const sizes = { words: features.wordRows, pairs: features.pairTableRows, labels: labels.length }
    const network = new ClassifierNetwork(settings, sizes, asked ?? file.format)
    checkWeights(network.parameters, file.weights, name)
    const session = new Session(engine, network.parameters)
    for (const parameter of network.parameters)
      session.writeParameter(parameter, file.weights.get(parameter.name)!.values)
    return new Classifier(engine, session, network, file)
  }

  /**
   * Trains on labelled texts. Settings left out are chosen from them; without an engine the fastest one of this machine is
   * loaded.
   *
   * Throws what `trainClassifier` throws, also `diverged` when there are best weights (`error.best`) and an `AbortError`
   * when the signal ends it; use `trainClassifier` to keep what was learnt until then.
   */
  static async train(
    examples: readonly ClassifierExample[],
    options: Omit<ClassifierTrainingOptions, 'engine'> & { readonly engine?: Engine } = {},
  ): Promise<Classifier> {
    const { trainClassifier } = await import('./train.js')
    return Classifier.onEngine(options.engine, async (engine) => {
      const { model, fit, diverged } = await trainClassifier(examples, { ...options, engine })
      if (diverged === undefined && fit?.stopped !== 'aborted') return model
      model.dispose()
      options.signal?.throwIfAborted()
      throw diverged
    })
  }

  /** Reads a model from a file (Node) or from bytes. Throws `not-a-model`, `damaged-file`, `wrong-task`, `newer-version`. */
  static async load(
    file: string | Uint8Array,
    options: { readonly engine?: Engine; readonly weights?: WeightFormat } = {},
  ): Promise<Classifier> {
    const bytes =
      typeof file === 'string' ? await (await import('../../data/node-files.js')).readWholeFile(file) : file
    const name = typeof file === 'string' ? file : 'model'
    return Classifier.onEngine(options.engine, async (engine) =>
      Classifier.fromBytes(engine, bytes, name, options),
    )
  }

  private static onEngine(
    given: Engine | undefined,
    make: (engine: Engine) => Promise<Classifier>,
  ): Promise<Classifier> {
    return onEngine(given, make, (model) => {
      model.ownsEngine = true
    })
  }

  /** Writes the model to a file (Node), all or nothing. Throws `cannot-write`. */
  async save(path: string): Promise<void> {
    const { writeFileAtomic } = await import('../../formats/node-atomic-file.js')
    await writeFileAtomic(path, this.toPieces())
  }

  /** The model as the pieces of a safetensors file. */
  toPieces(): Uint8Array[] {
    return classifierPieces(this.session, this.parts)
  }

  /** Sorted. */
  get labels(): readonly string[] {
    return this.parts.labels
  }

  /** Whether a text may have several labels, or none. */
  get multiLabel(): boolean {
    return this.settings.multiLabel
  }

  get settings(): ClassifierSettings {
    return this.parts.settings
  }

  get features(): TextFeatures {
    return this.parts.features
  }

  get training(): ClassifierRecord {
    return this.parts.training
  }

  get calibration(): Calibration {
    return this.parts.calibration
  }

  get engineInfo(): EngineInfo {
    return this.engine.info
  }

  /** How kernels and embeddings are kept. */
  get weights(): WeightFormat {
    return this.network.parameters.weights
  }

  /** Words or characters of a text that are read, and how many of them the model does not know. */
  count(text: string): { tokens: number; unknown: number } {
    const { words, unknown } = this.features.encode(text)
    return { tokens: words.length, unknown }
  }

  /**
   * Labels of texts with calibrated probabilities, in the order of the texts. A list gives a list. An async iterable gives
   * one: predictions follow as soon as their texts are there, texts that are there together are read together. May be
   * called again before earlier calls have ended. A text without a word gets what the network says of one unknown word.
   */
  predict(texts: readonly string[], options?: PredictionOptions): Promise<ClassPrediction[]>
  predict(
    texts: AsyncIterable<string>,
    options?: PredictionOptions,
  ): AsyncGenerator<ClassPrediction, void, undefined>
  predict(
    texts: readonly string[] | AsyncIterable<string>,
    options: PredictionOptions = {},
  ): Promise<ClassPrediction[]> | AsyncGenerator<ClassPrediction, void, undefined> {
    return listOrStream(texts, (list) => this.predictAll(list, options), streamed)
  }

  private async predictAll(texts: readonly string[], options: PredictionOptions): Promise<ClassPrediction[]> {
    const rows = await this.probabilities(texts, options)
    return texts.map((text, index) => classPrediction(text, rows[index]!, this.labels, this.multiLabel))
  }

  /** Probability of each label, in the order of `labels`, for each text. */
  async probabilities(texts: readonly string[], options: PredictionOptions = {}): Promise<Float32Array[]> {
    const { joint } = await this.allProbabilities(texts, this.encode(texts), options, false)
    return [...joint]
  }

  private encode(texts: readonly string[]): EncodedText[] {
    return texts.map((text) => this.features.encode(text))
  }

  /** Of the model; with `parts` also of the network and the baseline by themselves. */
  private async allProbabilities(
    texts: readonly string[],
    encoded: readonly EncodedText[],
    options: PredictionOptions,
    parts: boolean,
  ): Promise<ReportedProbabilities> {
    const { multiLabel, calibration, baseline } = this
    const { signal, onProgress } = options
    const logits = await this.predictor.logits(encoded, signal, onProgress)
    const join = calibration.baseline > 0
    const rows =
      baseline && (join || parts) ? await baseline.probabilities(texts, signal && { signal }) : undefined
    const scales = [calibration.network, calibration.baseline]
    const joint = logits.map((row, i) => {
      const both = join && rows ? [row, logitsOf(rows[i]!, multiLabel)] : [row]
      return Float32Array.from(probabilitiesOf(joinLogits(both, scales), multiLabel))
    })
    if (!parts || !rows || !baseline) return { joint }
    const alone = logits.map((row) => Float32Array.from(probabilitiesOf(row, multiLabel)))
    return { joint, baseline: { name: baseline.name, rows }, ...(join && { network: alone }) }
  }

  /**
   * Scores on labelled texts, with what is odd about them and the scores of the baseline the model keeps. Labels the model
   * has never seen count as mistakes.
   */
  async report(
    examples: readonly ClassifierExample[],
    options: ScoreOptions & PredictionOptions = {},
  ): Promise<ClassificationReport> {
    const texts = examples.map(({ text }) => text)
    const encoded = this.encode(texts)
    const probabilities = await this.allProbabilities(texts, encoded, options, true)
    const tokens = encoded.reduce((sum, { words }) => sum + words.length, 0)
    const unknown = encoded.reduce((sum, text) => sum + text.unknown, 0)
    const read = { tokens, unknown, seen: this.parts.seen }
    return classificationReport(examples, this.labels, this.multiLabel, probabilities, read, options)
  }

  /** The scores of `report` alone. */
  evaluate(
    examples: readonly ClassifierExample[],
    options: ScoreOptions & PredictionOptions = {},
  ): Promise<ClassificationReport> {
    return this.report(examples, options)
  }

  /**
   * Which words moved the decision for a label (default: the most probable one), by gradient × input; with the baseline's
   * share where one is joined. Throws `unknown-name` for a label the model does not have.
   */
  async explain(text: string, label?: string): Promise<Explanation> {
    const { labels, multiLabel, calibration, features } = this
    const [row] = await this.probabilities([text])
    const k = explainedLabel(row!, labels, label)
    const selector = selectorOf(k, labels.length, multiLabel)
    const steps = await this.predictor.contributions(features.encode(text), selector)
    const words = features
      .split(text)
      .slice(0, steps.length)
      .map((word, t) => ({ word, contribution: calibration.network * steps[t]! }))
    const beside = calibration.baseline > 0 ? await this.baseline?.explain(text, labels[k]) : undefined
    const scaled = beside?.words.map(({ word, contribution }) => ({
      word,
      contribution: calibration.baseline * contribution,
    }))
    return {
      label: labels[k]!,
      probability: row![k]!,
      words: scaled ? joinExplanations(words, scaled) : words,
    }
  }

  /** Frees the model's memory, and the engine when it was loaded for this model alone. */
  dispose(): void {
    this.session.dispose()
    if (this.ownsEngine) this.engine.dispose()
  }
}

/** Steps of a text that are read at once when predicting. */
export function windowOf({ passage }: Pick<ClassifierSettings, 'passage'>): number {
  return Math.max(16, 4 * passage)
}
