import { RepriseError, unknownName } from '../errors.js'
import { NdArray } from '../nd-array.js'
import { pythonJson } from './python-json.js'
import { checkText, defaultFilters, kindOf, wordSplitter } from './text-to-words.js'

/** A text, or a list of tokens that somebody else has cut. */
export type TextOrTokens = string | readonly string[]

/** What `sequencesToMatrix` puts into a cell. */
export type MatrixMode = 'binary' | 'count' | 'freq' | 'tfidf'
const matrixModes: readonly MatrixMode[] = ['binary', 'count', 'freq', 'tfidf']

export interface TokenizerOptions {
  /** Only indices below this number come out: the `numWords − 1` most frequent words. Default: all. */
  readonly numWords?: number | null | undefined
  /** Characters left out of texts. Default: punctuation without the apostrophe, tab, newline. */
  readonly filters?: string | undefined
  /** Default true. */
  readonly lower?: boolean | undefined
  /** What stands between words. Default one space. */
  readonly split?: string | undefined
  /** Every character is a token; `filters` does not apply then. Default false. */
  readonly charLevel?: boolean | undefined
  /** Gets index 1 and stands for words that are unknown or too rare; without it they are left out. */
  readonly oovToken?: string | null | undefined
  /** Cuts a text into tokens instead of `filters`, `lower` and `split`. */
  readonly analyzer?: ((text: string) => readonly string[]) | null | undefined
}

const optionNames = ['numWords', 'filters', 'lower', 'split', 'charLevel', 'oovToken', 'analyzer']

/**
 * Keras's `Tokenizer`: numbers words by how often they occur, most frequent first, words of equal frequency in the order
 * in which they first appeared. Index 0 belongs to no word.
 *
 * Where Keras has dictionaries there are maps here (objects would put words like "7" before all others).
 *
 * @example
 * const tokenizer = new Tokenizer({ oovToken: '<unk>' })
 * tokenizer.fitOnTexts(['the cat sat', 'the dog'])
 * tokenizer.wordIndex                      // Map { '<unk>' → 1, 'the' → 2, 'cat' → 3, 'sat' → 4, 'dog' → 5 }
 * tokenizer.textsToSequences(['the bird']) // [[2, 1]]
 */
export class Tokenizer {
  readonly numWords: number | null
  readonly filters: string
  readonly lower: boolean
  readonly split: string
  readonly charLevel: boolean
  readonly oovToken: string | null
  readonly analyzer: ((text: string) => readonly string[]) | null
  /** Texts (or sequences) fitted on. */
  documentCount = 0
  /** How often each word occurred, in order of appearance. */
  wordCounts: Map<string, number> = new Map()
  /** In how many texts each word occurred. */
  wordDocs: Map<string, number> = new Map()
  /** In how many texts the word of each index occurred. */
  indexDocs: Map<number, number> = new Map()
  wordIndex: Map<string, number> = new Map()
  indexWord: Map<number, string> = new Map()
  private readonly words: (text: string) => readonly string[]

  /** Throws `unknown-name` for an unknown option, `option` for a value that does not fit. */
  constructor(options: TokenizerOptions = {}) {
    for (const name of Object.keys(options)) {
      if (!optionNames.includes(name)) throw unknownName('option of Tokenizer', name, optionNames)
    }
    this.numWords = options.numWords ?? null
    if (this.numWords !== null && !(Number.isInteger(this.numWords) && this.numWords >= 0)) {
      throw new RepriseError(
        'option',
        `Tokenizer: numWords must be a whole number or null, got ${this.numWords}`,
      )
    }
    this.filters = options.filters ?? defaultFilters
    this.lower = options.lower ?? true
    this.split = options.split ?? ' '
    this.charLevel = options.charLevel ?? false
    this.oovToken = options.oovToken ?? null
    this.analyzer = options.analyzer ?? null
    this.words = this.analyzer ?? wordSplitter(this)
  }

  /** Counts the words of the texts and numbers them anew; can be called again with more texts. Throws `bad-input`. */
  fitOnTexts(texts: Iterable<TextOrTokens>): void {
    for (const text of this.checkTexts(texts)) {
      const tokens = this.tokens(text)
      this.documentCount++
      for (const word of tokens) this.wordCounts.set(word, (this.wordCounts.get(word) ?? 0) + 1)
      for (const word of new Set(tokens)) this.wordDocs.set(word, (this.wordDocs.get(word) ?? 0) + 1)
    }
    const ranked = [...this.wordCounts].sort((a, b) => b[1] - a[1]).map(([word]) => word)
    if (this.oovToken !== null) ranked.unshift(this.oovToken)
    this.wordIndex = new Map(ranked.map((word, rank) => [word, rank + 1]))
    this.indexWord = new Map([...this.wordIndex].map(([word, index]) => [index, word]))
    for (const [word, documents] of this.wordDocs) this.indexDocs.set(this.wordIndex.get(word)!, documents)
  }

  /** Learns from sequences what mode `tfidf` needs: in how many of them each index occurs. */
  fitOnSequences(sequences: Iterable<ArrayLike<number>>): void {
    for (const sequence of sequences) {
      this.documentCount++
      for (const index of new Set(Array.from(sequence))) {
        this.indexDocs.set(index, (this.indexDocs.get(index) ?? 0) + 1)
      }
    }
  }

  /** One list of indices per text. */
  textsToSequences(texts: Iterable<TextOrTokens>): number[][] {
    return [...this.textsToSequencesGenerator(texts)]
  }

  /** The same one by one, for texts that do not fit into memory together. */
  *textsToSequencesGenerator(texts: Iterable<TextOrTokens>): Generator<number[]> {
    const unknown = this.oovIndex()
    for (const text of this.checkTexts(texts)) {
      const sequence: number[] = []
      for (const word of this.tokens(text)) {
        const index = this.wordIndex.get(word)
        const known = index !== undefined && !(this.numWords && index >= this.numWords)
        if (known) sequence.push(index)
        else if (unknown !== undefined) sequence.push(unknown)
      }
      yield sequence
    }
  }

  /** The words of each sequence, with one space between. */
  sequencesToTexts(sequences: Iterable<ArrayLike<number>>): string[] {
    return [...this.sequencesToTextsGenerator(sequences)]
  }

  *sequencesToTextsGenerator(sequences: Iterable<ArrayLike<number>>): Generator<string> {
    const oov = this.oovIndex()
    const unknown = oov === undefined ? undefined : this.indexWord.get(oov)
    for (const sequence of sequences) {
      const words: string[] = []
      for (const index of Array.from(sequence)) {
        const word = this.numWords && index >= this.numWords ? undefined : this.indexWord.get(index)
        const shown = word ?? unknown
        if (shown !== undefined) words.push(shown)
      }
      yield words.join(' ')
    }
  }

  /** One row per text, [texts, numWords or words + 1]; see `sequencesToMatrix`. */
  textsToMatrix(texts: Iterable<TextOrTokens>, mode: MatrixMode = 'binary'): NdArray<Float32Array> {
    return this.sequencesToMatrix(this.textsToSequences(texts), mode)
  }

  /**
   * One row per sequence, one column per index: `binary` 1 where the index occurs, `count` how often, `freq` its share of
   * the sequence, `tfidf` (1 + ln count) · ln(1 + documents / (1 + documents with it)). Indices from `numWords` on are
   * left out. Throws `not-fitted`, `id-out-of-range` for an index that is no whole number from 0, `unknown-name`.
   */
  sequencesToMatrix(
    sequences: Iterable<ArrayLike<number>>,
    mode: MatrixMode = 'binary',
  ): NdArray<Float32Array> {
    if (!matrixModes.includes(mode)) throw unknownName('matrix mode', String(mode), matrixModes)
    const width = this.numWords || (this.wordIndex.size > 0 ? this.wordIndex.size + 1 : 0)
    if (width === 0) {
      throw new RepriseError(
        'not-fitted',
        'Tokenizer: the width of the matrix is not known; set numWords, or call fitOnTexts first.',
      )
    }
    if (mode === 'tfidf' && this.documentCount === 0) {
      throw new RepriseError(
        'not-fitted',
        'Tokenizer: call fitOnTexts or fitOnSequences before mode "tfidf".',
      )
    }
    const rows = [...sequences]
    const matrix = new Float32Array(rows.length * width)
    for (const [row, sequence] of rows.entries()) {
      for (const [index, count] of countsOf(sequence, width, row)) {
        matrix[row * width + index] = this.cell(mode, index, count, sequence.length)
      }
    }
    return new NdArray(matrix, [rows.length, width])
  }

  /** The text Keras's `to_json` writes; `tokenizerFromJson` and Keras read it. An `analyzer` is not saved. */
  toJson(): string {
    return pythonJson({
      class_name: 'Tokenizer',
      config: {
        num_words: this.numWords,
        filters: this.filters,
        lower: this.lower,
        split: this.split,
        char_level: this.charLevel,
        oov_token: this.oovToken,
        document_count: this.documentCount,
        word_counts: pythonJson(this.wordCounts),
        word_docs: pythonJson(this.wordDocs),
        index_docs: pythonJson(this.indexDocs),
        index_word: pythonJson(this.indexWord),
        word_index: pythonJson(this.wordIndex),
      },
    })
  }

  private cell(mode: MatrixMode, index: number, count: number, length: number): number {
    if (mode === 'binary') return 1
    if (mode === 'count') return count
    if (mode === 'freq') return count / length
    const documents = this.indexDocs.get(index) ?? 0
    return (1 + Math.log(count)) * Math.log(1 + this.documentCount / (1 + documents))
  }

  private oovIndex(): number | undefined {
    return this.oovToken === null ? undefined : this.wordIndex.get(this.oovToken)
  }

  private tokens(text: TextOrTokens): readonly string[] {
    if (typeof text !== 'string') return this.lower ? text.map((token) => token.toLowerCase()) : text
    if (this.charLevel) return [...(this.lower ? text.toLowerCase() : text)]
    return this.words(text)
  }

  private *checkTexts(texts: Iterable<TextOrTokens>): Generator<TextOrTokens> {
    if (typeof texts === 'string' || typeof (texts as Iterable<unknown>)?.[Symbol.iterator] !== 'function') {
      throw new RepriseError(
        'bad-input',
        `Tokenizer: expected a list of texts, got ${kindOf(texts)}; wrap it: [text]`,
      )
    }
    let place = 0
    for (const text of texts) {
      if (Array.isArray(text))
        for (const token of text) checkText(`Tokenizer: a token of text ${place}`, token)
      else checkText(`Tokenizer: text ${place}`, text)
      place++
      yield text
    }
  }
}

function countsOf(sequence: ArrayLike<number>, width: number, row: number): Map<number, number> {
  const counts = new Map<number, number>()
  for (let k = 0; k < sequence.length; k++) {
    const index = sequence[k]!
    if (!(Number.isInteger(index) && index >= 0)) {
      throw new RepriseError(
        'id-out-of-range',
        `Tokenizer: sequence ${row} has ${index} at position ${k}; expected whole numbers from 0`,
      )
    }
    if (index < width) counts.set(index, (counts.get(index) ?? 0) + 1)
  }
  return counts
}
