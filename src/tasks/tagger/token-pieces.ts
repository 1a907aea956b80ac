import { type Tokenizer, type TokenizerJSON, tokenizerFromJSON } from '../../text/index.js'
import { type EncoderShape, readEncoderShape } from '../pretrained-encoder.js'

/** Language models that a tagger began with, as its vocabulary has them. */
export interface LanguageJson {
  /** One for all: a pair has the same vocabulary. */
  readonly tokenizer: TokenizerJSON
  /** Forward, then backward; at least one of them. */
  readonly shapes: readonly EncoderShape[]
}

/** Of a token that a language model splits into more, the first and the last half of so many are read. */
const mostPieces = 16

/** Tokens of a sentence as a language model reads them: folded like its text, and split where it splits words. */
export class TokenPieces {
  readonly shapes: readonly EncoderShape[]
  /** The step before and after each sentence: the end of a line. */
  readonly lineEnd: number
  private readonly tokenizer: Tokenizer
  private readonly unknown: number

  /** Throws when `json` is not what a model of this library has. */
  constructor(json: LanguageJson) {
    this.tokenizer = tokenizerFromJSON(json.tokenizer)
    this.shapes = json.shapes.map(readEncoderShape)
    const { lineEndId, vocabulary } = this.tokenizer
    if (lineEndId === undefined || vocabulary.unknownId === undefined || this.shapes.length === 0)
      throw new Error('its language model is not one of words')
    this.lineEnd = lineEndId
    this.unknown = vocabulary.unknownId
  }

  get vocabularySize(): number {
    return this.tokenizer.vocabulary.size
  }

  /** Rows of the language model's vocabulary, at least one; what it does not know is its unknown word. */
  of(token: string): Int32Array {
    const ids = this.tokenizer.encodePrompt(token.replaceAll('\n', ' '))
    if (ids.length === 0) return Int32Array.of(this.unknown)
    if (ids.length <= mostPieces) return ids
    return Int32Array.of(...ids.subarray(0, mostPieces / 2), ...ids.subarray(-mostPieces / 2))
  }
}
