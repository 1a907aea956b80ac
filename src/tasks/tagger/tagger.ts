import type { Engine, EngineInfo } from '../../engine/engine.js'
import { RepriseError } from '../../errors.js'
import { Session } from '../../graph/index.js'
import { checkWeightFormat, type WeightFormat } from '../../quantization.js'
import { checkWeights } from '../model-parts.js'
import { onEngine } from '../on-engine.js'
import type { SeenTexts } from '../seen-texts.js'
import type { TokenizedSentence } from './batches.js'
import { Labeller, type LabellingOptions } from './labeller.js'
import { LabelScheme } from './labels.js'
import { readTagger, type TaggerTrainingRecord, taggerPieces } from './model-file.js'
import { TaggerNetwork } from './network.js'
import { noteEvaluated, type TaggerNote } from './notes.js'
import { TaggerScorer, type TaggerScores } from './scorer.js'
import { type RepeatedSentences, sightingOf } from './seen-sentences.js'
import type { TaggerSettings } from './settings.js'
import { detectScheme, illegalTransitions, spansOf } from './tag-scheme.js'
import { splitTokens } from './tokens.js'
import type { TaggerTrainingOptions } from './train.js'
import type { TaggerExample, TaggerVocabulary } from './vocabulary.js'

/** A sentence to tag: a text, which is split into tokens, its tokens, or tokens with further columns. */
export type TaggerInput = string | readonly string[] | TokenizedSentence

/** A span found: `type`, the places of its first token and the one after its last, and its tokens with spaces between. */
export interface TaggedSpan {
  readonly type: string
  readonly begin: number
  readonly end: number
  readonly text: string
}

export interface TaggedText {
  readonly tokens: readonly string[]
  /** One a token, in the scheme of the training data. */
  readonly tags: readonly string[]
  /** Empty where tags are not about spans. */
  readonly spans: readonly TaggedSpan[]
}

export interface TaggerLoadOptions {
  /** How to keep kernels and embeddings: float32, bf16 or int8 with a scale for each output. Default: as the file has them. */
  readonly weights?: WeightFormat | undefined
}

/** Scores, and what is to be known about them. */
export interface TaggerEvaluation extends TaggerScores {
  /** What is odd about the sentences: illegal transitions, sentences so long that they are read in pieces. */
  readonly notes: readonly TaggerNote[]
  /** Which of the sentences a tagger knew before; null in files of older versions. */
  readonly repeated: RepeatedSentences | null
}

/** Sentences of a stream that are tagged together. */
const together = 256
const programs = 64

/**
 * Finds a tag for each token of a sentence, and the spans that the tags stand for.
 *
 * ```ts
 * import { Tagger } from 'reprise/tasks'
 * const tagger = await Tagger.load('ner.safetensors')
 * const [found] = await tagger.predict(['Ada Lovelace lived in London.'])
 * found.spans // [{ type: 'PER', begin: 0, end: 2, text: 'Ada Lovelace' }, …]
 * ```
 */
export class Tagger {
  private readonly labeller: Labeller
  /** The engine was loaded for this model alone, and goes with it. */
  private ownsEngine = false

  constructor(
    readonly engine: Engine,
    readonly session: Session,
    readonly network: TaggerNetwork,
    readonly settings: TaggerSettings,
    readonly scheme: LabelScheme,
    readonly training: TaggerTrainingRecord,
    /** The sentences it was trained on; absent in files of older versions. */
    readonly seen?: SeenTexts | undefined,
  ) {
    this.labeller = new Labeller(session, network)
  }

  /**
   * Trains a tagger on sentences with a tag for each token. Settings left out are chosen from the data. Without an engine
   * the fastest one of this machine is loaded.
   *
   * Throws what `trainTagger` throws, also `diverged` when there are best weights (`error.best`) and an `AbortError` when
   * the signal ends it; use `trainTagger` to keep what was learnt until then.
   */
  static async train(
    examples: readonly TaggerExample[],
    options: Omit<TaggerTrainingOptions, 'engine'> & { readonly engine?: Engine } = {},
  ): Promise<Tagger> {
    const { trainTagger } = await import('./train.js')
    return Tagger.onEngine(options.engine, async (engine) => {
      const { model, fit, diverged } = await trainTagger(examples, { ...options, engine })
      if (diverged === undefined && fit?.stopped !== 'aborted') return model
      model.dispose()
      options.signal?.throwIfAborted()
      throw diverged
    })
  }

  /** Reads a model file's bytes onto an engine. `name` is used in error messages. */
  static fromBytes(
    engine: Engine,
    bytes: Uint8Array,
    name = 'model',
    options: TaggerLoadOptions = {},
  ): Tagger {
    const asked = options.weights === undefined ? undefined : checkWeightFormat(options.weights)
    const file = readTagger(bytes, name)
    const network = new TaggerNetwork(file.settings, file.vocabulary, file.scheme, asked ?? file.format)
    checkWeights(network.parameters, file.weights, name)
    const session = new Session(engine, network.parameters, { programs })
    for (const parameter of network.parameters) {
      session.writeParameter(parameter, file.weights.get(parameter.name)!.values)
    }
    const { settings, scheme, training, seen } = file
    return new Tagger(engine, session, network, settings, scheme, training, seen)
  }

  /** Reads a model from a file (Node) or from bytes. Throws `option`, `not-a-model`, `damaged-file`, `wrong-task`, `newer-version`. */
  static async load(
    file: string | Uint8Array,
    options: TaggerLoadOptions & { readonly engine?: Engine } = {},
  ): Promise<Tagger> {
    if (options.weights !== undefined) checkWeightFormat(options.weights)
    const bytes =
      typeof file === 'string' ? await (await import('../../data/node-files.js')).readWholeFile(file) : file
    const name = typeof file === 'string' ? file : 'model'
    return Tagger.onEngine(options.engine, async (engine) => Tagger.fromBytes(engine, bytes, name, options))
  }

  private static onEngine(
    given: Engine | undefined,
    make: (engine: Engine) => Promise<Tagger>,
  ): Promise<Tagger> {
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
    return taggerPieces(this.session, this)
  }

  get vocabulary(): TaggerVocabulary {
    return this.network.vocabulary
  }

  /** How kernels and embeddings are kept. */
  get weights(): WeightFormat {
    return this.network.parameters.weights
  }

  get engineInfo(): EngineInfo {
    return this.engine.info
  }

  /**
   * Tags sentences, given in any order and length; results come in the order of the inputs. Calls may overlap. An async
   * iterable gives one back, whose results come as soon as some are read. Throws `option` where further columns are missing
   * that the model was trained with.
   *
   * ```ts
   * await tagger.predict(['Ada Lovelace lived in London.', ['one', 'token', 'each']])
   * for await (const { tokens, tags } of tagger.predict(lines)) console.log(tokens, tags)
   * ```
   */
  predict(sentences: readonly TaggerInput[], options?: LabellingOptions): Promise<TaggedText[]>
  predict(
    sentences: AsyncIterable<TaggerInput>,
    options?: LabellingOptions,
  ): AsyncGenerator<TaggedText, void, undefined>
  predict(
    sentences: readonly TaggerInput[] | AsyncIterable<TaggerInput>,
    options: LabellingOptions = {},
  ): Promise<TaggedText[]> | AsyncGenerator<TaggedText, void, undefined> {
    return Symbol.asyncIterator in sentences ? this.stream(sentences, options) : this.tag(sentences, options)
  }

  private async *stream(sentences: AsyncIterable<TaggerInput>, options: LabellingOptions) {
    let waiting: TaggerInput[] = []
    for await (const sentence of sentences) {
      options.signal?.throwIfAborted()
      waiting.push(sentence)
      if (waiting.length < together) continue
      yield* await this.tag(waiting, options)
      waiting = []
    }
    yield* await this.tag(waiting, options)
  }

  private async tag(inputs: readonly TaggerInput[], options: LabellingOptions): Promise<TaggedText[]> {
    const sentences = inputs.map((input) => this.sentenceOf(input))
    const found = await this.labeller.label(sentences, options)
    const { labels } = this.vocabulary
    return sentences.map(({ tokens }, index) => {
      const own = Array.from(found[index]!, (label) => labels[label]!)
      const spans = this.scheme.hasSpans ? spansOf(own) : []
      return {
        tokens,
        tags: this.scheme.toTags(own),
        spans: spans.map((span) => ({ ...span, text: tokens.slice(span.begin, span.end).join(' ') })),
      }
    })
  }

  private sentenceOf(input: TaggerInput): TokenizedSentence {
    const sentence =
      typeof input === 'string'
        ? { tokens: splitTokens(input, this.vocabulary.knows("n't")) }
        : Array.isArray(input)
          ? { tokens: input as readonly string[] }
          : (input as TokenizedSentence)
    const { featureColumns } = this.vocabulary
    const { tokens, features = [] } = sentence
    if (features.length !== featureColumns || features.some(({ length }) => length !== tokens.length)) {
      throw new RepriseError(
        'option',
        `the tagger was trained with ${featureColumns} further columns (features ${this.settings.features.join(', ')}), and a sentence has ${features.length} with a value for each token. Give { tokens, features }, or data with these columns.`,
      )
    }
    return sentence
  }

  /**
   * Tags sentences and compares with the tags they have; says how many of them it was trained on, and how it does on the
   * others. Throws `empty-data` when there are none.
   */
  async evaluate(
    examples: readonly TaggerExample[],
    options: LabellingOptions = {},
  ): Promise<TaggerEvaluation> {
    const { scores, notes, sightings, without } = await this.compare(examples, options)
    const { seen } = this
    const repeated = seen && {
      sentences: sightings.filter((sighting) => sighting !== 'new').length,
      otherTags: sightings.filter((sighting) => sighting === 'other').length,
      without,
      trained: seen.texts,
      remembered: seen.kept,
    }
    return { ...scores, notes, repeated: repeated ?? null }
  }

  /** Tags sentences and compares with the tags they have. Throws `empty-data` when there are none. */
  async score(examples: readonly TaggerExample[], options: LabellingOptions = {}): Promise<TaggerScores> {
    return (await this.compare(examples, options)).scores
  }

  private async compare(examples: readonly TaggerExample[], options: LabellingOptions) {
    const usable = examples.filter(({ tokens }) => tokens.length > 0)
    if (usable.length === 0) {
      throw new RepriseError('empty-data', 'there are no sentences to evaluate on. Give tagged sentences.')
    }
    const scheme = this.schemeFor(usable)
    const found = await this.labeller.label(
      usable.map((example) => this.sentenceOf(example)),
      options,
    )
    const [scorer, others] = [0, 1].map(() => new TaggerScorer(this.vocabulary, scheme)) as [
      TaggerScorer,
      TaggerScorer,
    ]
    const { labels } = this.vocabulary
    const sightings = usable.map((example) =>
      this.seen ? sightingOf(this.seen, example, this.scheme) : 'new',
    )
    for (const [index, example] of usable.entries()) {
      const tags = scheme.toTags(Array.from(found[index]!, (label) => labels[label]!))
      scorer.add(example, tags)
      if (sightings[index] === 'new') others.add(example, tags)
    }
    const { sentences, tokens, accuracy, precision, recall, f1 } = others.scores()
    const isPart = sentences > 0 && sentences < usable.length
    const spans = f1 === undefined ? {} : { precision: precision!, recall: recall!, f1 }
    return {
      scores: scorer.scores(),
      notes: noteEvaluated(examples, usable, scheme.data),
      sightings,
      without: isPart ? { sentences, tokens, accuracy, ...spans } : null,
    }
  }

  /** The scheme of the training data, unless these sentences can only be read in another one. */
  private schemeFor(examples: readonly TaggerExample[]): LabelScheme {
    const { data, network } = this.scheme
    if (!this.scheme.hasSpans) return this.scheme
    if (examples.every(({ tags }) => illegalTransitions(data, tags).count === 0)) return this.scheme
    const own = detectScheme(examples.map(({ tags }) => tags))
    return own === 'none' ? this.scheme : new LabelScheme(own, network)
  }

  /** Frees the model's memory, and the engine when it was loaded for this model alone. */
  dispose(): void {
    this.session.dispose()
    if (this.ownsEngine) this.engine.dispose()
  }
}
