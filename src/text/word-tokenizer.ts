import { RepriseError } from '../errors.js'
import { characterClassesVersion, isWhiteSpace } from './character-classes.js'
import { codePointsToString } from './code-points.js'
import { IdBuffer } from './id-buffer.js'
import { expectOneOf, expectRecord } from './json-checks.js'
import { checkNormalizeOptions, type NormalizeOptions, TextPipeline } from './normalize.js'
import { decodeWhole, encodeWhole, joinIds, type Segmenter, TextEncoding } from './text-encoder.js'
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
import { splitWord, type WordSplit, wordSplitVersion } from './word-splitting.js'
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
    return new TextEncoding(
      new WordSegmenter(words, unknownId, lineEndId, split, closeLastLine),
      this.normalize,
      name,
    )
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

/** Finds words and line ends in a stream of code points; a word may begin in one block and end in another. */
class WordScanner {
  private word = new Uint32Array(256)
  private length = 0
  private lineOpen = false

  constructor(
    private readonly onWord: (block: Uint32Array, begin: number, end: number) => void,
    private readonly onLineEnd: () => void,
  ) {}

  push(block: Uint32Array, length: number): void {
    let start = 0
    for (let i = 0; i < length; i++) {
      const c = block[i]!
      if (c > 32 && c < 0x85) continue
      if (!isWhiteSpace(c)) continue
      if (i > start || this.length > 0) this.finishWord(block, start, i)
      start = i + 1
      if (c === 10) {
        this.onLineEnd()
        this.lineOpen = false
      } else this.lineOpen = true
    }
    if (start < length) {
      this.keep(block, start, length)
      this.lineOpen = true
    }
  }

  endDocument(closeLine: boolean): void {
    if (this.length > 0) this.finishWord(this.word, 0, 0)
    if (this.lineOpen && closeLine) this.onLineEnd()
    this.lineOpen = false
  }

  private finishWord(block: Uint32Array, begin: number, end: number): void {
    if (this.length === 0) this.onWord(block, begin, end)
    else {
      this.keep(block, begin, end)
      const { length } = this
      this.length = 0
      this.onWord(this.word, 0, length)
    }
  }

  private keep(block: Uint32Array, begin: number, end: number): void {
    const length = this.length + end - begin
    if (length > this.word.length) {
      const larger = new Uint32Array(Math.max(this.word.length * 2, length))
      larger.set(this.word.subarray(0, this.length))
      this.word = larger
    }
    this.word.set(block.subarray(begin, end), this.length)
    this.length = length
  }
}

class WordSegmenter implements Segmenter {
  unknown = 0
  private out = new IdBuffer()
  private readonly scanner: WordScanner

  constructor(
    words: WordTable,
    unknownId: number,
    lineEndId: number,
    split: WordSplit,
    private readonly closeLastLine: boolean,
  ) {
    const encodeWord = (block: Uint32Array, begin: number, end: number): void => {
      let id = words.find(block, begin, end)
      if (id < 0) {
        id = unknownId
        this.unknown++
      }
      this.out.push(id)
    }
    this.scanner = new WordScanner(splitter(split, encodeWord), () => this.out.push(lineEndId))
  }

  push(block: Uint32Array, length: number, out: IdBuffer): void {
    this.out = out
    this.scanner.push(block, length)
  }

  endDocument(out: IdBuffer): void {
    this.out = out
    this.scanner.endDocument(this.closeLastLine)
  }
}

class WordTokenizerBuilder implements TokenizerBuilder {
  private readonly words = new WordTable()
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
    const countWord = (block: Uint32Array, begin: number, end: number): void => {
      const number = this.words.add(block, begin, end)
      if (number >= this.counts.length) {
        const larger = new Float64Array(this.counts.length * 2)
        larger.set(this.counts)
        this.counts = larger
      }
      this.counts[number] = this.counts[number]! + 1
    }
    this.scanner = new WordScanner(splitter(this.split, countWord), () => {})
    this.pipeline = new TextPipeline(
      (block, length) => this.scanner.push(block, length),
      this.normalize,
      name,
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
    this.scanner.endDocument(true)
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

type WordConsumer = (block: Uint32Array, begin: number, end: number) => void

function splitter(split: WordSplit, consume: WordConsumer): WordConsumer {
  return split === 'whitespace' ? consume : (block, begin, end) => splitWord(block, begin, end, consume)
}
