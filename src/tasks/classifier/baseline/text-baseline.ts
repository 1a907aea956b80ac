import { type ModelFile, readModelFile, writeModelFile } from '../../../formats/model-file.js'
import { listOrStream } from '../../list-or-stream.js'
import type { ClassifierExample, ExampleCounts } from '../examples.js'
import type { Explanation } from '../explanation.js'
import { probabilitiesOf } from '../joint-scales.js'
import { type ClassPrediction, classPrediction } from '../prediction.js'
import { type ClassificationReport, classificationReport } from '../report.js'
import type { ClassificationScores, ScoreOptions } from '../scores.js'
import type { BagOfWords } from './bag-of-words.js'
import { explainBaseline } from './explain.js'
import { type BaselineReport, reportBaseline } from './inspect.js'
import { scoresOf } from './logistic-regression.js'
import { type BaselineParts, baselineFile, readBaseline } from './model-file.js'
import type { BaselineSettings } from './settings.js'
import { type BaselineRecord, type BaselineTrainingOptions, logitRows, trainBaseline } from './train.js'
import { pauses } from './word-numbers.js'

/** Texts that are predicted together when they come as a stream. */
const streamed = 512

export interface BaselinePredictionOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (fraction: number) => void
}

/**
 * A classifier of texts by their words, pairs of words and, where texts are short, runs of letters (TF-IDF) with logistic
 * regression: two labels, several, or any number of labels a text. Trained in seconds, often hard to beat, and without an engine.
 *
 * ```ts
 * import { TextBaseline } from 'reprise/tasks'
 * const baseline = await TextBaseline.train([
 *   { text: 'what a lovely film', labels: ['good'] },
 *   { text: 'a dull film', labels: ['bad'] },
 *   { text: 'lovely, simply lovely', labels: ['good'] },
 *   { text: 'dull and long', labels: ['bad'] },
 * ])
 * const [answer] = await baseline.predict(['lovely film']) // { label: 'good', probability: …, scores: { … } }
 * await baseline.save('films.safetensors')
 * ```
 */
export class TextBaseline {
  readonly kind = 'baseline'
  /** For reports: `TF-IDF + logistic regression`. */
  readonly name: string

  private constructor(private readonly model: BaselineParts) {
    const { weighting } = model.settings
    this.name = `${weighting === 'tfidf' ? 'TF-IDF' : 'bag of words'} + logistic regression`
  }

  /**
   * Trains on labelled texts. How strongly large weights are penalised is chosen on the validation part, which is then
   * trained on too (`refit`). The same examples, options and seed give the same model.
   *
   * Throws `one-label` where there is nothing to tell apart, `option`, `unknown-name`, and an `AbortError`.
   */
  static async train(
    examples: readonly ClassifierExample[],
    options: BaselineTrainingOptions = {},
  ): Promise<TextBaseline> {
    return new TextBaseline(await trainBaseline(examples, options))
  }

  /**
   * As `train`, and gives beside the model the one that has not seen the validation part: its scores there are fair.
   */
  static async trainWithHeldOut(
    examples: readonly ClassifierExample[],
    options: BaselineTrainingOptions = {},
  ): Promise<{
    readonly model: TextBaseline
    readonly heldOut: TextBaseline
    /** The part that was held out, or what was given for it. */
    readonly validExamples: readonly ClassifierExample[]
    /** What was found in the examples. */
    readonly counts: ExampleCounts
  }> {
    const trained = await trainBaseline(examples, options)
    return {
      model: new TextBaseline(trained),
      heldOut: new TextBaseline({ ...trained, weights: trained.beforeRefit }),
      validExamples: trained.validExamples,
      counts: trained.counts,
    }
  }

  /** Reads a model file's bytes. Throws `not-a-model`, `damaged-file`, `wrong-task`, `newer-version`. */
  static fromBytes(bytes: Uint8Array, name = 'model'): TextBaseline {
    return TextBaseline.fromFile(readModelFile(bytes, name), name)
  }

  /** From the content of a model file. Throws `damaged-file`, `wrong-task`, `newer-version`. */
  static fromFile(file: ModelFile, name = 'model'): TextBaseline {
    return new TextBaseline(readBaseline(file, name))
  }

  /** Reads a model from a file (Node) or from bytes. */
  static async load(file: string | Uint8Array): Promise<TextBaseline> {
    if (typeof file !== 'string') return TextBaseline.fromBytes(file)
    const { readWholeFile } = await import('../../../data/node-files.js')
    return TextBaseline.fromBytes(await readWholeFile(file), file)
  }

  /** Writes the model to a file (Node), all or nothing. Throws `cannot-write`. */
  async save(path: string): Promise<void> {
    const { writeFileAtomic } = await import('../../../formats/node-atomic-file.js')
    await writeFileAtomic(path, this.toPieces())
  }

  /** The model as the pieces of a safetensors file. */
  toPieces(): Uint8Array[] {
    return writeModelFile(this.toFile())
  }

  /** What its model file has. */
  toFile(): ModelFile {
    return baselineFile(this.model)
  }

  /** Sorted. */
  get labels(): readonly string[] {
    return this.model.labels
  }

  /** Whether a text may have several labels, or none. */
  get multiLabel(): boolean {
    return this.model.multiLabel
  }

  get settings(): BaselineSettings {
    return this.model.settings
  }

  get training(): BaselineRecord {
    return this.model.training
  }

  /** Weights and biases. */
  get parameters(): number {
    return this.model.weights.length
  }

  /** Words, pairs of words and runs of letters it looks for. */
  get features(): number {
    return this.bag.size
  }

  /** Probability of each label, in the order of `labels`, for each text. */
  async probabilities(
    texts: readonly string[],
    options: BaselinePredictionOptions = {},
  ): Promise<Float32Array[]> {
    const pause = pauses(options.signal)
    const found: Float32Array[] = []
    for (const text of texts) {
      found.push(this.probabilitiesOf(text))
      options.onProgress?.(found.length / texts.length)
      await pause()
    }
    return found
  }

  /**
   * Labels of texts with calibrated probabilities, in the order of the texts. A list gives a list; an async iterable gives
   * one: each prediction follows as soon as its text is there. A text without a known word gets what is true of most.
   */
  predict(texts: readonly string[], options?: BaselinePredictionOptions): Promise<ClassPrediction[]>
  predict(
    texts: AsyncIterable<string>,
    options?: BaselinePredictionOptions,
  ): AsyncGenerator<ClassPrediction, void, undefined>
  predict(
    texts: readonly string[] | AsyncIterable<string>,
    options: BaselinePredictionOptions = {},
  ): Promise<ClassPrediction[]> | AsyncGenerator<ClassPrediction, void, undefined> {
    return listOrStream(texts, (list) => this.predictAll(list, options), streamed)
  }

  private async predictAll(
    texts: readonly string[],
    options: BaselinePredictionOptions,
  ): Promise<ClassPrediction[]> {
    const rows = await this.probabilities(texts, options)
    return texts.map((text, i) => classPrediction(text, rows[i]!, this.labels, this.multiLabel))
  }

  /** Scores on labelled texts with what was odd about them. Labels the model has never seen count as mistakes. */
  async report(
    examples: readonly ClassifierExample[],
    options: ScoreOptions & BaselinePredictionOptions = {},
  ): Promise<ClassificationReport> {
    const texts = examples.map(({ text }) => text)
    const joint = await this.probabilities(texts, options)
    const read = { ...this.bag.count(texts), seen: this.model.seen }
    return classificationReport(examples, this.labels, this.multiLabel, { joint }, read, options)
  }

  /** The scores of `report` alone. */
  evaluate(
    examples: readonly ClassifierExample[],
    options: ScoreOptions & BaselinePredictionOptions = {},
  ): Promise<ClassificationScores> {
    return this.report(examples, options)
  }

  /**
   * Which words moved the decision for a label (default: the most probable one): weight · value of each feature. Throws
   * `unknown-name` for a label the model does not have.
   */
  async explain(text: string, label?: string): Promise<Explanation> {
    return explainBaseline(this.model, text, this.probabilitiesOf(text), label)
  }

  /** Everything there is to know of it, with the strongest words of each label. */
  inspect(): BaselineReport {
    return reportBaseline(this.model, this.name)
  }

  /** Nothing is held outside of the object; here so that all classifiers can be treated alike. */
  dispose(): void {}

  private get bag(): BagOfWords {
    return this.model.bag
  }

  private probabilitiesOf(text: string): Float32Array {
    const { weights, outputs, temperature } = this.model
    const scores = scoresOf(this.bag.row(text), weights, this.bag.size, outputs)
    const [logits] = logitRows(scores, outputs, this.labels, this.multiLabel)
    return Float32Array.from(
      probabilitiesOf(
        logits!.map((logit) => logit / temperature),
        this.multiLabel,
      ),
    )
  }
}
