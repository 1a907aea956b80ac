import { encodeCorpus, reversedIds, reversedTokens, type TextInput, textSource } from '../../data/index.js'
import { Sampler, type SamplingOptions, StopStrings } from '../../decoding/index.js'
import type { Engine, EngineInfo } from '../../engine/engine.js'
import { RepriseError } from '../../errors.js'
import { type MemoryReport, Session } from '../../graph/index.js'
import { checkWeightFormat, type WeightFormat } from '../../quantization.js'
import { RandomStream } from '../../random.js'
import type { Tokenizer } from '../../text/index.js'
import { letOthersRun } from '../let-others-run.js'
import { checkWeights } from '../model-parts.js'
import { onEngine } from '../on-engine.js'
import { checkKnown, contextOf } from './corpus.js'
import { type EvaluationOptions, Evaluator, type LanguageScores } from './evaluator.js'
import { languageModelPieces, readLanguageModel, type TrainingRecord } from './model-file.js'
import { LanguageNetwork } from './network.js'
import type { LanguageModelSettings } from './settings.js'
import { LanguageModelState, Stepper } from './stepper.js'
import type { LanguageModelTrainingOptions } from './train.js'

export interface WeightOptions {
  /** How to keep kernels and embedding: float32, bf16 or int8 with a scale for each output. Default: as the file has them. */
  readonly weights?: WeightFormat | undefined
}

export interface GenerateOptions extends Omit<SamplingOptions, 'banned'> {
  /** Most tokens to generate. Default 200. */
  readonly length?: number
  /** Texts that end generation; not part of the result. */
  readonly stop?: readonly string[]
  /** The same seed, prompt and options give the same text. Default: drawn anew each time. */
  readonly seed?: number
  readonly signal?: AbortSignal
  /** Called for every token generated, also for those whose text is held back. */
  readonly onToken?: (id: number) => void
  /** Go on from this state instead of an empty one; it is advanced. */
  readonly state?: LanguageModelState
}

export interface TokenScore {
  readonly token: string
  /** −ln p(token | what came before) */
  readonly nats: number
}

export interface SentenceScore {
  /** −ln of the probability of the whole text. */
  readonly nats: number
  /** exp(nats / tokens) */
  readonly perplexity: number
  readonly tokens: readonly TokenScore[]
}

/** Scores of a text with what depends on its unit. */
export interface TextScores extends LanguageScores {
  readonly bitsPerCharacter: number
  /** Tokens of the text that the vocabulary does not have. */
  readonly outOfVocabulary: number
}

/**
 * A trained language model: probabilities of texts, new text, one token at a time with explicit state.
 *
 * ```ts
 * import { LanguageModel } from 'reprise/tasks'
 * const lm = await LanguageModel.load('book.safetensors')
 * for await (const piece of lm.generate('Call me ', { temperature: 0.8, seed: 7 })) process.stdout.write(piece)
 * const state = lm.start()
 * lm.step(state, 'C') // explicit state: save it, fork it with state.clone(), rewind by keeping a copy
 * ```
 */
export class LanguageModel {
  private readonly stepper: Stepper
  /** The engine was loaded for this model alone, and goes with it. */
  private ownsEngine = false

  constructor(
    readonly engine: Engine,
    readonly session: Session,
    readonly network: LanguageNetwork,
    readonly settings: LanguageModelSettings,
    readonly tokenizer: Tokenizer,
    readonly training: TrainingRecord,
  ) {
    this.stepper = new Stepper(session, network)
  }

  /** Reads a model file's bytes onto an engine. `name` is used in error messages. */
  static fromBytes(
    engine: Engine,
    bytes: Uint8Array,
    name = 'model',
    options: WeightOptions = {},
  ): LanguageModel {
    const asked = options.weights === undefined ? undefined : checkWeightFormat(options.weights)
    const file = readLanguageModel(bytes, name)
    const network = new LanguageNetwork(file.settings, file.tokenizer.vocabulary.size, asked ?? file.format)
    checkWeights(network.parameters, file.weights, name)
    const session = new Session(engine, network.parameters)
    for (const parameter of network.parameters) {
      session.writeParameter(parameter, file.weights.get(parameter.name)!.values)
    }
    return new LanguageModel(engine, session, network, file.settings, file.tokenizer, file.training)
  }

  /**
   * Trains a model on a text: a string, bytes, lines, or anything `textSource` takes. Settings left out are chosen from
   * its size. Without an engine the fastest one of this machine is loaded.
   *
   * Throws what `trainLanguageModel` throws, also `diverged` when there are best weights (`error.best`) and an
   * `AbortError` when the signal ends it; use `trainLanguageModel` to keep what was learnt until then.
   */
  static async train(
    text: TextInput,
    options: Omit<LanguageModelTrainingOptions, 'engine'> & { readonly engine?: Engine } = {},
  ): Promise<LanguageModel> {
    const { trainLanguageModel } = await import('./train.js')
    return LanguageModel.onEngine(options.engine, async (engine) => {
      const { model, fit, diverged } = await trainLanguageModel(text, { ...options, engine })
      if (diverged === undefined && fit?.stopped !== 'aborted') return model
      model.dispose()
      options.signal?.throwIfAborted()
      throw diverged
    })
  }

  /**
   * Reads a model from a file (Node) or from bytes. With `weights` "int8" or "bf16" it takes a quarter or half of the memory and
   * generates faster; it can then not be trained on. Throws `option`, `not-a-model`, `damaged-file`, `wrong-task`, `newer-version`.
   *
   * ```ts
   * const lm = await LanguageModel.load('book.safetensors', { weights: 'int8' })
   * ```
   */
  static async load(
    file: string | Uint8Array,
    options: WeightOptions & { readonly engine?: Engine } = {},
  ): Promise<LanguageModel> {
    if (options.weights !== undefined) checkWeightFormat(options.weights)
    const bytes =
      typeof file === 'string' ? await (await import('../../data/node-files.js')).readWholeFile(file) : file
    const name = typeof file === 'string' ? file : 'model'
    return LanguageModel.onEngine(options.engine, async (engine) =>
      LanguageModel.fromBytes(engine, bytes, name, options),
    )
  }

  /** Makes a model on the engine given, or on one of its own that is freed with it. */
  private static async onEngine(
    given: Engine | undefined,
    make: (engine: Engine) => Promise<LanguageModel>,
  ): Promise<LanguageModel> {
    return onEngine(given, make, (model) => {
      model.ownsEngine = true
    })
  }

  /** Writes the model to a file (Node), all or nothing. Throws `cannot-write`. */
  async save(path: string): Promise<void> {
    const { writeFileAtomic } = await import('../../formats/node-atomic-file.js')
    await writeFileAtomic(path, this.toPieces())
  }

  /** How kernels and embedding are kept. */
  get weights(): WeightFormat {
    return this.network.parameters.weights
  }

  get engineInfo(): EngineInfo {
    return this.engine.info
  }

  /** The model as the pieces of a safetensors file. */
  toPieces(): Uint8Array[] {
    return languageModelPieces(this.session, this)
  }

  /**
   * The state before any text. A line end is taken to stand before it, if the vocabulary has one; without, every first
   * token is equally likely.
   */
  start(): LanguageModelState {
    const state = this.stepper.start()
    const context = contextOf(this.tokenizer)
    if (context !== undefined) {
      this.stepper.step(state, context)
      state.tokens = 0
    }
    return state
  }

  /** Reads text (or one token id) into a state, which then predicts what comes next. Returns the tokens read. */
  step(state: LanguageModelState, text: string | number): number {
    const ids = typeof text === 'number' ? [text] : this.tokenizer.encodePrompt(text)
    for (const id of ids) this.stepper.step(state, id)
    return ids.length
  }

  /** A state from the JSON of one. Throws `state` when it belongs to another model. */
  restoreState(json: unknown): LanguageModelState {
    const { values, logits, tokens } = (json ?? {}) as {
      values?: unknown
      logits?: unknown
      tokens?: unknown
    }
    const empty = this.stepper.start()
    const isNumbers = (list: unknown, length: number): list is number[] =>
      Array.isArray(list) && list.length === length && list.every((value) => typeof value === 'number')
    if (
      !isNumbers(values, empty.values.length) ||
      !isNumbers(logits, empty.logits.length) ||
      typeof tokens !== 'number'
    ) {
      throw new RepriseError('state', 'this is not a state of this model')
    }
    return new LanguageModelState(Float32Array.from(values), Float32Array.from(logits), tokens)
  }

  /** Tokens of a text, and how many of them the model does not know. */
  count(text: string): { tokens: number; unknown: number } {
    const { ids, unknown } = this.tokenizer.encodeWithCounts(text)
    return { tokens: ids.length, unknown }
  }

  /**
   * Goes on from a prompt, piece by piece as it comes. The prompt is read once; each token costs one small engine call.
   * Unknown characters of the prompt are read as `<unk>`, which is never generated.
   */
  async *generate(prompt: string, options: GenerateOptions = {}): AsyncGenerator<string, void, undefined> {
    const {
      length = 200,
      stop = [],
      seed = Math.floor(Math.random() * 2 ** 32),
      signal,
      onToken,
      state = this.start(),
      ...sampling
    } = options
    if (this.settings.reverse) {
      throw new RepriseError(
        'option',
        'this model reads text from its end to its beginning (`reverse`), and cannot go on from a prompt. Train one without.',
      )
    }
    const { unknownId } = this.tokenizer.vocabulary
    const banned = unknownId === undefined ? [] : [unknownId]
    const sampler = new Sampler(this.network.vocabularySize, { ...sampling, banned })
    const random = new RandomStream(seed, 'generate')
    const uniform = () => random.uniform()
    const ids = [...this.tokenizer.encodePrompt(prompt)]
    for (const id of ids) this.stepper.step(state, id)
    const decoder = this.tokenizer.decoder()
    for (const id of ids) decoder.push(id)
    const watch = new StopStrings(stop)
    // Words come with the space before them, which an open prompt may have already.
    let spaced = this.tokenizer.lineEndId !== undefined && /\s$/.test(prompt)
    let sinceYield = performance.now()
    for (let count = 0; count < length; count++) {
      signal?.throwIfAborted()
      const id = sampler.sample(state.logits, uniform, ids)
      this.stepper.step(state, id)
      ids.push(id)
      onToken?.(id)
      const piece = decoder.push(id)
      const { text, stop: found } = watch.push(spaced ? piece.replace(/^ /, '') : piece)
      spaced = false
      if (text) yield text
      if (found !== undefined) return
      if (performance.now() - sinceYield > 20) {
        await letOthersRun()
        sinceYield = performance.now()
      }
    }
    const rest = watch.push(decoder.end()).text + watch.end()
    if (rest) yield rest
  }

  /** Probability of one sentence or text; for words each line ends with `<eos>`, which counts. */
  score(text: string): SentenceScore {
    const { reverse } = this.settings
    const { lineEndId } = this.tokenizer
    const line = this.tokenizer.encodeLine(text)
    const ids = reverse ? reversedIds(line, lineEndId) : line
    const state = this.start()
    const scored: TokenScore[] = []
    const logProbabilities = new Float32Array(this.network.vocabularySize)
    let total = 0
    for (const id of ids) {
      const nats = -state.logProbabilities(logProbabilities)[id]!
      total += nats
      scored.push({ token: this.tokenizer.vocabulary.tokenOf(id), nats })
      this.stepper.step(state, id)
    }
    if (reverse) {
      // Told in the order of the text.
      const end = lineEndId === undefined ? [] : scored.splice(-1)
      scored.reverse().push(...end)
    }
    return { nats: total, perplexity: Math.exp(total / Math.max(1, scored.length)), tokens: scored }
  }

  /**
   * Scores a whole text: a string, bytes, lines, or anything `textSource` takes. Every token is predicted once, with
   * carried state. Throws `empty-text`, `all-unknown`, `too-short`, and an `AbortError` when the signal ends it.
   */
  async evaluate(text: TextInput, options: EvaluationOptions = {}): Promise<TextScores> {
    const source = textSource(text)
    const reading = options.signal ? { signal: options.signal } : {}
    const { tokens, statistics } = await encodeCorpus(source, this.tokenizer, reading)
    try {
      checkKnown(source.name, tokens, this.tokenizer, statistics.unknown)
      const evaluator = new Evaluator(this.session, this.network, contextOf(this.tokenizer))
      const { reverse } = this.settings
      const directed = reverse ? reversedTokens(tokens, this.tokenizer.lineEndId) : tokens
      const scores = await evaluator.evaluate(directed, options)
      return {
        ...scores,
        bitsPerCharacter: (scores.bitsPerToken * statistics.tokens) / statistics.characters,
        outOfVocabulary: statistics.unknown,
      }
    } finally {
      tokens.close()
    }
  }

  /** Memory of a generation step. */
  stepMemory(): MemoryReport {
    this.stepper.step(this.stepper.start(), 0)
    return this.stepper.memory()
  }

  /** Frees the model's memory, and the engine when it was loaded for this model alone. */
  dispose(): void {
    this.session.dispose()
    if (this.ownsEngine) this.engine.dispose()
  }
}
