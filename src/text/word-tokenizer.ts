import { RepriseError } from '../errors.js'
import { characterClassesVersion } from './character-classes.js'
import { codePointsToString } from './code-points.js'
import { IdBuffer } from './id-buffer.js'
import { expectOneOf, expectRecord } from './json-checks.js'
import { checkNormalizeOptions, type NormalizeOptions, TextPipeline } from './normalize.js'
import { decodeWhole, encodeWhole, joinIds, TextEncoding } from './text-encoder.js'
import type {
  EncodedText,
  StreamingDecoder,
  StreamingEncoder,
  Tokenizer,
  TokenizerBuilder,
  TokenizerJSON,
} from './tokenizer.js'
import {
  buildVocabulary,
  checkVocabularyOptions,
  endToken,
  unknownToken,
  Vocabulary,
  type VocabularyOptions,
} from './vocabulary.js'
import { WordJoiner } from './word-joining.js'
import { WordScanner } from './word-scanner.js'
import { type WordSplit, wordSplitVersion } from './word-splitting.js'
import { WordTable } from './word-table.js'

export interface WordTokenizerOptions extends VocabularyOptions {
  readonly normalize?: NormalizeOptions
  /** `whitespace` (default), for text already split as in the PTB files; `punctuation` for ordinary text. */
  readonly split?: WordSplit
}

const specials = [unknownToken, endToken]

/**
 * Words between white space, one sentence a line: every line, an empty one too and a last one without a line end too,
 * gives its words and `<eos>`. The literal words `<unk>` and `<eos>` of a text are those specials.
 */
export class WordTokenizer implements Tokenizer {
  readonly kind = 'word'
  readonly lineEndId: number
  private readonly unknownId: number
  private readonly words = new WordTable()

  constructor(
    readonly vocabulary: Vocabulary,
    readonly normalize: NormalizeOptions = {},
    readonly split: WordSplit = 'whitespace',
  ) {
    const { unknownId, endId } = vocabulary
    if (unknownId === undefined || endId === undefined) {
      throw new RepriseError(
        'bad-vocabulary',
        `word vocabulary: needs the specials ${specials.join(' and ')}.`,
      )
    }
    this.unknownId = unknownId
    this.lineEndId = endId
    for (const token of vocabulary.tokens) this.words.addString(token)
    if (this.words.size !== vocabulary.size) {
      throw new RepriseError('bad-vocabulary', 'word vocabulary: two tokens are the same word.')
    }
  }

  encode(text: string): Int32Array {
    return this.encodeWithCounts(text).ids
  }

  encodeWithCounts(text: string): EncodedText {
    return encodeWhole(this.encoder(), text)
  }

  /** Line ends inside `line` are white space like any other: the result has one `<eos>`, at its end. */
  encodeLine(line: string): Int32Array {
    return joinIds([this.encodePrompt(line.replaceAll('\n', ' ')), [this.lineEndId]])
  }

  encodePrompt(text: string): Int32Array {
    return encodeWhole(this.newEncoder(false), text).ids
  }

  decode(ids: ArrayLike<number>): string {
    return decodeWhole(this.decoder(), ids)
  }

  encoder(name?: string): StreamingEncoder {
    return this.newEncoder(true, name)
  }

  /** Words with a space between them, or put together as `WordJoiner` does; `<eos>` is a line end. */
  decoder(): StreamingDecoder {
    const { vocabulary, lineEndId } = this
    const joiner = new WordJoiner()
    let first = true
    return {
      push: (id) => {
        if (id === lineEndId) {
          first = true
          joiner.reset()
          return '\n'
        }
        const word = vocabulary.tokenOf(id)
        const space = this.split === 'punctuation' ? joiner.before(word) : first ? '' : ' '
        first = false
        return space + word
      },
      end: () => '',
    }
  }

  toJSON(): TokenizerJSON {
    return {
      kind: this.kind,
      version: 1,
      normalize: this.normalize,
      split: this.split,
      splitVersion: wordSplitVersion,
      characterClasses: characterClassesVersion,
      vocabulary: this.vocabulary.toJSON(),
    }
  }

  private newEncoder(closeLastLine: boolean, name?: string): StreamingEncoder {
    const { words, unknownId, lineEndId, split } = this
    const scanner = new WordScanner({
      words,
      grow: false,
      split,
      lineEnd: lineEndId,
      unknown: unknownId,
      closeLastLine,
    })
    return new TextEncoding(scanner, this.normalize, name)
  }

  static fromJSON(value: unknown): WordTokenizer {
    const json = expectRecord(value, 'tokenizer')
    expectOneOf(json.version, [1], 'version')
    expectOneOf(json.splitVersion, [wordSplitVersion], 'splitVersion')
    expectOneOf(json.characterClasses, [characterClassesVersion], 'characterClasses')
    return new WordTokenizer(
      Vocabulary.fromJSON(json.vocabulary),
      checkNormalizeOptions(json.normalize),
      expectOneOf(json.split, ['whitespace', 'punctuation'], 'split'),
    )
  }

  /** Makes a tokenizer from a text. Ids: `<unk>`, `<eos>`, then by count, then by first appearance. */
  static builder(options: WordTokenizerOptions = {}, name?: string): TokenizerBuilder {
    return new WordTokenizerBuilder(options, name)
  }
}

class WordTokenizerBuilder implements TokenizerBuilder {
  private readonly words = new WordTable()
  /** Of the words read and not yet counted. */
  private readonly numbers = new IdBuffer()
  private counts = new Float64Array(1 << 11)
  private readonly scanner: WordScanner
  private readonly pipeline: TextPipeline
  private readonly normalize: NormalizeOptions
  private readonly split: WordSplit

  constructor(
    private readonly options: WordTokenizerOptions,
    name?: string,
  ) {
    checkVocabularyOptions(options, specials.length)
    this.normalize = checkNormalizeOptions(options.normalize ?? {})
    this.split = options.split ?? 'whitespace'
    if (this.split !== 'whitespace' && this.split !== 'punctuation') {
      throw new RepriseError(
        'option',
        `split: expected "whitespace" or "punctuation", got ${JSON.stringify(this.split)}.`,
      )
    }
    this.scanner = new WordScanner({
      words: this.words,
      grow: true,
      split: this.split,
      lineEnd: -1,
      unknown: -1,
      closeLastLine: true,
    })
    this.pipeline = new TextPipeline(
      (block, length) => {
        this.scanner.push(block, length, this.numbers)
        this.count()
      },
      this.normalize,
      name,
      (bytes, begin, end) => {
        this.scanner.pushAscii(bytes, begin, end, this.numbers)
        this.count()
      },
    )
  }

  get characters(): number {
    return this.pipeline.characters
  }

  push(chunk: Uint8Array | string): void {
    this.pipeline.push(chunk)
  }

  endDocument(nextName?: string): void {
    this.pipeline.endDocument(nextName)
    this.scanner.endDocument(this.numbers)
    this.count()
  }

  /** Counts the words found since the last call. */
  private count(): void {
    if (this.words.size > this.counts.length) {
      const larger = new Float64Array(Math.max(this.counts.length * 2, this.words.size))
      larger.set(this.counts)
      this.counts = larger
    }
    const { counts, numbers } = this
    for (let k = 0; k < numbers.length; k++) {
      const number = numbers.data[k]!
      if (number >= 0) counts[number] = counts[number]! + 1
    }
    numbers.length = 0
  }

  build(): WordTokenizer {
    const { words, counts } = this
    const minimumCount = this.options.minimumCount ?? 1
    const counted: [string, number][] = []
    for (let number = 0; number < words.size; number++) {
      if (counts[number]! < minimumCount) continue
      const word = words.wordAt(number)
      counted.push([codePointsToString(word, 0, word.length), counts[number]!])
    }
    return new WordTokenizer(buildVocabulary(counted, specials, this.options), this.normalize, this.split)
  }
}
