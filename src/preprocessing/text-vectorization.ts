import { RepriseError, unknownName } from '../errors.js'
import { NdArray } from '../nd-array.js'
import { joinNgrams, type Split, type Standardize, splitter, standardizer } from './text-steps.js'
import { kindOf } from './text-to-words.js'
import { TokenStatistics } from './token-statistics.js'

export interface TextVectorizationOptions {
  /** Largest vocabulary, the special tokens included. Default: no limit. */
  readonly maxTokens?: number | null | undefined
  /** Default `lowerAndStripPunctuation`, which lowers A–Z alone; null leaves texts as they are. */
  readonly standardize?: Standardize | ((text: string) => string) | null | undefined
  /** Default `whitespace` (ASCII); null for tokens that are cut already. */
  readonly split?: Split | ((text: string) => readonly string[]) | null | undefined
  /** 2 for single tokens and pairs, [3] for triples alone. Default: none. */
  readonly ngrams?: number | readonly number[] | null | undefined
  /** Default `int`. */
  readonly outputMode?: 'int' | 'multiHot' | 'count' | 'tfIdf' | undefined
  /** Steps of every row in mode `int`. Default: those of the longest text of the call. */
  readonly outputSequenceLength?: number | null | undefined
  /** Makes the other modes `maxTokens` wide. Default false. */
  readonly padToMaxTokens?: boolean | undefined
  /** A vocabulary made earlier, instead of `adapt`. */
  readonly vocabulary?: readonly string[] | null | undefined
  /** Goes with `vocabulary` in mode `tfIdf`. */
  readonly idfWeights?: ArrayLike<number> | null | undefined
}

/** A text, a batch of texts, or a batch of texts (or cut tokens, with `split: null`) in rows. */
export type Texts = string | readonly string[] | readonly (readonly string[])[]

const modes = ['int', 'multiHot', 'count', 'tfIdf'] as const
const optionNames = [
  ...['maxTokens', 'standardize', 'split', 'ngrams', 'outputMode', 'outputSequenceLength'],
  ...['padToMaxTokens', 'vocabulary', 'idfWeights'],
]
const mask = ''
const unknown = '[UNK]'

/**
 * Keras's `TextVectorization`: texts in, rows of token numbers (or of counts) out.
 *
 * The vocabulary goes by frequency, tokens of equal frequency from last to first in the order of code points; before it
 * stand `''` (padding, mode `int` alone) and `[UNK]`. `call` gives int32 [texts, steps] padded with 0 at the end, int32
 * [texts, vocabulary] in modes `multiHot` and `count`, float32 in mode `tfIdf`. One text instead of a batch gives one row.
 *
 * @example
 * const vectorize = new TextVectorization({ outputSequenceLength: 4 })
 * vectorize.adapt(['foo bar', 'bar baz', 'baz bada boom'])
 * vectorize.getVocabulary()                     // ['', '[UNK]', 'baz', 'bar', 'foo', 'boom', 'bada']
 * vectorize.call(['Foo, qux bar!', 'qux baz'])  // [[4, 1, 3, 0], [1, 2, 0, 0]]
 */
export class TextVectorization {
  private readonly options: Required<{ [K in keyof TextVectorizationOptions]: TextVectorizationOptions[K] }>
  private readonly standardize: (text: string) => string
  private readonly split: ((text: string) => readonly string[]) | undefined
  private readonly widths: readonly number[] | undefined
  private readonly fixedVocabulary: boolean
  private tokens: readonly string[] | undefined
  private index: ReadonlyMap<string, number> = new Map()
  private weights: Float32Array | undefined

  /** Throws `unknown-name`, `option`, and what `setVocabulary` throws. */
  constructor(options: TextVectorizationOptions = {}) {
    for (const name of Object.keys(options)) {
      if (!optionNames.includes(name)) throw unknownName('option of TextVectorization', name, optionNames)
    }
    const { ngrams = null, standardize = 'lowerAndStripPunctuation', split = 'whitespace' } = options
    this.options = {
      maxTokens: options.maxTokens ?? null,
      standardize,
      split,
      ngrams,
      outputMode: options.outputMode ?? 'int',
      outputSequenceLength: options.outputSequenceLength ?? null,
      padToMaxTokens: options.padToMaxTokens ?? false,
      vocabulary: options.vocabulary ?? null,
      idfWeights: options.idfWeights ?? null,
    }
    this.checkOptions()
    this.standardize = standardizer(standardize)
    this.split = split === null ? undefined : splitter(split)
    if (ngrams !== null) {
      this.widths = typeof ngrams === 'number' ? Array.from({ length: ngrams }, (_, n) => n + 1) : ngrams
    }
    this.fixedVocabulary = this.options.vocabulary !== null
    if (options.vocabulary) this.setVocabulary(options.vocabulary, options.idfWeights)
    else if (options.idfWeights) throw wrong('idfWeights goes with vocabulary, and that is not set')
  }

  /**
   * Makes the vocabulary from texts: a list of texts, or any iterable of texts or of batches of texts. What was learned
   * before is forgotten. Throws `option` when the vocabulary was given as an option, `bad-input`.
   */
  adapt(texts: Iterable<string | readonly string[]>): void {
    if (this.fixedVocabulary) throw wrong('adapt is not for a layer whose vocabulary was given as an option')
    if (typeof texts === 'string')
      throw badInput('adapt expects a list of texts, got one text; wrap it: [text]')
    const statistics = new TokenStatistics()
    for (const item of texts) {
      const documents = this.split && Array.isArray(item) ? (item as readonly string[]) : [item]
      for (const document of documents) statistics.add(this.tokensOf(document))
    }
    const { maxTokens, outputMode } = this.options
    const limit = maxTokens ? maxTokens - this.firstToken : undefined
    const tokens = statistics.ranked([mask, unknown]).slice(0, limit)
    this.setTokens(tokens)
    if (outputMode === 'tfIdf') {
      this.setWeights(tokens.map((token) => statistics.inverseDocumentFrequency(token)))
    }
  }

  /** Every token at the place of its number; without the special ones if so wanted. */
  getVocabulary(includeSpecialTokens = true): string[] {
    const special = this.options.outputMode === 'int' ? [mask, unknown] : [unknown]
    return [...(includeSpecialTokens ? special : []), ...(this.tokens ?? [])]
  }

  get vocabularySize(): number {
    return (this.tokens?.length ?? 0) + this.firstToken
  }

  /**
   * Takes a vocabulary made earlier, with the special tokens first or without them, and in mode `tfIdf` one weight per
   * token given. Throws `bad-vocabulary` for an empty one, a repeated token, `''` in the wrong place, or more than
   * `maxTokens`; `option` for weights that are missing or too many.
   */
  setVocabulary(vocabulary: readonly string[], idfWeights?: ArrayLike<number> | null): void {
    const { outputMode, maxTokens } = this.options
    const special = outputMode === 'int' ? [mask, unknown] : [unknown]
    const withSpecial = special.every((token, place) => vocabulary[place] === token)
    const tokens = withSpecial ? vocabulary.slice(special.length) : vocabulary
    if (vocabulary.length === 0) throw badVocabulary('it is empty')
    if (new Set(tokens).size !== tokens.length) {
      const repeated = tokens.find((token, place) => tokens.indexOf(token) !== place)
      throw badVocabulary(`it has ${JSON.stringify(repeated)} twice`)
    }
    if (tokens.includes(mask)) throw badVocabulary(`'' stands for padding and may only come first`)
    if (maxTokens && tokens.length + this.firstToken > maxTokens) {
      throw badVocabulary(`it has ${tokens.length + this.firstToken} tokens, maxTokens is ${maxTokens}`)
    }
    if ((outputMode === 'tfIdf') !== Boolean(idfWeights)) {
      throw wrong(`idfWeights must be given in mode tfIdf and in no other, the mode is ${outputMode}`)
    }
    if (idfWeights && idfWeights.length !== vocabulary.length) {
      throw wrong(`idfWeights has ${idfWeights.length} values for ${vocabulary.length} tokens`)
    }
    this.setTokens(tokens)
    if (idfWeights)
      this.setWeights(
        Array.from(idfWeights).slice(withSpecial ? 1 : 0),
        withSpecial ? idfWeights[0] : undefined,
      )
  }

  /** Throws `not-fitted` before there is a vocabulary, `bad-input`, `shape`. */
  call(texts: Texts): NdArray<Int32Array | Float32Array> {
    if (this.tokens === undefined) {
      throw new RepriseError('not-fitted', 'TextVectorization: call adapt or setVocabulary first')
    }
    const { rows, single } = this.preprocess(texts)
    const result = this.options.outputMode === 'int' ? this.numbers(rows) : this.counts(rows)
    const isToken = typeof texts === 'string' && !this.split && this.options.outputSequenceLength === null
    if (isToken && this.options.outputMode === 'int' && !this.widths) return result.reshape([])
    return single ? result.row(0) : result
  }

  /** The options, with the vocabulary that was learned: `new TextVectorization(config)` is this layer again. */
  getConfig(): TextVectorizationOptions {
    const vocabulary = this.tokens === undefined ? null : this.getVocabulary()
    return {
      ...this.options,
      vocabulary,
      idfWeights: this.weights ? [...this.weights].slice(0, this.vocabularySize) : null,
    }
  }

  private numbers(rows: readonly (readonly string[])[]): NdArray<Int32Array> {
    const longest = rows.reduce((most, row) => Math.max(most, row.length), 0)
    const steps = this.options.outputSequenceLength ?? longest
    const data = new Int32Array(rows.length * steps)
    for (const [k, row] of rows.entries()) {
      for (let step = 0; step < Math.min(steps, row.length); step++)
        data[k * steps + step] = this.numberOf(row[step]!)
    }
    return new NdArray(data, [rows.length, steps])
  }

  private counts(rows: readonly (readonly string[])[]): NdArray<Int32Array | Float32Array> {
    const { outputMode, padToMaxTokens, maxTokens } = this.options
    const width = padToMaxTokens ? maxTokens! : this.vocabularySize
    const weights = this.weights
    const data = weights ? new Float32Array(rows.length * width) : new Int32Array(rows.length * width)
    for (const [k, row] of rows.entries()) {
      for (const token of row) {
        if (token === mask) continue
        const number = this.numberOf(token)
        const cell = k * width + number
        data[cell] = outputMode === 'multiHot' ? 1 : data[cell]! + 1
      }
      if (weights) for (let n = 0; n < weights.length; n++) data[k * width + n]! *= weights[n]!
    }
    return new NdArray(data, [rows.length, width])
  }

  private numberOf(token: string): number {
    return token === mask ? 0 : (this.index.get(token) ?? this.firstToken - 1)
  }

  /** Rows of tokens; `single` when one text (or one list of cut tokens) came. */
  private preprocess(texts: Texts): { rows: readonly (readonly string[])[]; single: boolean } {
    if (typeof texts === 'string') return { rows: [this.tokensOf(texts)], single: true }
    if (!Array.isArray(texts)) throw badInput(`expected a text or a list of texts, got ${kindOf(texts)}`)
    const list = texts as readonly (string | readonly string[])[]
    if (this.split === undefined && list.length > 0 && list.every((item) => typeof item === 'string')) {
      return { rows: [this.tokensOf(list as readonly string[])], single: true }
    }
    const rows = list.map((item) => {
      if (this.split === undefined || typeof item === 'string') return this.tokensOf(item)
      if (Array.isArray(item) && item.length === 1) return this.tokensOf(item[0]!)
      throw new RepriseError(
        'shape',
        `TextVectorization: to be split, texts come as [texts] or [texts, 1], got a row of ${Array.isArray(item) ? item.length : kindOf(item)}`,
      )
    })
    return { rows, single: false }
  }

  private tokensOf(document: string | readonly string[]): readonly string[] {
    const texts = typeof document === 'string' ? [document] : document
    const tokens = (Array.isArray(texts) ? texts : [texts]).flatMap((text) => {
      if (typeof text !== 'string') throw badInput(`expected texts, got ${kindOf(text)} among them`)
      const standard = this.standardize(text)
      return this.split ? this.split(standard) : [standard]
    })
    return this.widths ? joinNgrams(tokens, this.widths) : tokens
  }

  /** The number of the first token that is no special one. */
  private get firstToken(): number {
    return this.options.outputMode === 'int' ? 2 : 1
  }

  private setTokens(tokens: readonly string[]): void {
    this.tokens = [...tokens]
    this.index = new Map(tokens.map((token, place) => [token, place + this.firstToken]))
  }

  /** `[UNK]` has the mean weight unless it was given one. */
  private setWeights(weights: readonly number[], ofUnknown?: number): void {
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / Math.max(1, weights.length)
    this.weights = Float32Array.from([ofUnknown ?? mean, ...weights])
  }

  private checkOptions(): void {
    const { maxTokens, ngrams, outputMode, outputSequenceLength, padToMaxTokens } = this.options
    if (!modes.includes(outputMode!))
      throw unknownName('outputMode of TextVectorization', String(outputMode), modes)
    const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 1
    if (maxTokens !== null && !(isCount(maxTokens) && maxTokens! > 1)) {
      throw wrong(`maxTokens must be a whole number above 1 or null, got ${maxTokens}`)
    }
    if (padToMaxTokens && maxTokens === null) throw wrong('padToMaxTokens needs maxTokens')
    const widths = Array.isArray(ngrams) ? ngrams : [ngrams ?? 1]
    if (!widths.every(isCount)) {
      throw wrong(
        `ngrams must be a whole number from 1, a list of them or null, got ${JSON.stringify(ngrams)}`,
      )
    }
    if (outputSequenceLength === null) return
    if (outputMode !== 'int')
      throw wrong(`outputSequenceLength is for outputMode "int", the mode is ${outputMode}`)
    if (!isCount(outputSequenceLength)) {
      throw wrong(`outputSequenceLength must be a whole number from 1 or null, got ${outputSequenceLength}`)
    }
  }
}

const wrong = (what: string) => new RepriseError('option', `TextVectorization: ${what}`)
const badInput = (what: string) => new RepriseError('bad-input', `TextVectorization: ${what}`)
const badVocabulary = (what: string) =>
  new RepriseError('bad-vocabulary', `TextVectorization: this vocabulary does not fit: ${what}`)
