import type { Vocabulary } from './vocabulary.js'

/** Text to ids and back. A tokenizer is fixed once built, and is saved inside the model. */
export interface Tokenizer {
  /** Name in the registry: `character`, `byte`, `word`. */
  readonly kind: string
  readonly vocabulary: Vocabulary
  /**
   * The id that ends every line, when the tokenizer reads line by line (words). A text is cut only after it, and it is
   * the context of a text's first token. Undefined where a text may be cut anywhere (characters, bytes).
   */
  readonly lineEndId: number | undefined

  /** The ids of a whole text, just as a file with this content gives them. */
  encode(text: string): Int32Array
  /** As `encode`, and says how many tokens were not in the vocabulary. */
  encodeWithCounts(text: string): EncodedText
  /** One sentence, with `<eos>` at its end when the vocabulary has that. */
  encodeLine(line: string): Int32Array
  /** The beginning of a text that will go on: as `encode`, but an unfinished line stays open. */
  encodePrompt(text: string): Int32Array
  /** The text of ids; throws `bad-token-id` for ids outside the vocabulary. */
  decode(ids: ArrayLike<number>): string

  /** For text that comes in pieces or does not fit in memory. `name` is used in error messages. */
  encoder(name?: string): StreamingEncoder
  /** For ids that come one by one: the pieces put together are what `decode` gives. */
  decoder(): StreamingDecoder

  toJSON(): TokenizerJSON
}

export interface EncodedText {
  readonly ids: Int32Array
  /** Tokens that became `<unk>` because the vocabulary does not have them. */
  readonly unknown: number
}

/** The saved form: `kind` finds the reader, the rest belongs to the kind. */
export interface TokenizerJSON {
  readonly kind: string
  readonly [field: string]: unknown
}

/** What an encoder has read so far. */
export interface TextStatistics {
  readonly tokens: number
  readonly unknown: number
  /** Unicode characters (code points) after normalising, line ends included. */
  readonly characters: number
}

/** Takes chunks of UTF-8 bytes or text split anywhere; the ids do not depend on where. */
export interface StreamingEncoder {
  readonly statistics: TextStatistics
  /** The ids that are certain by now; may be empty. Throws `not-utf8`, `binary-text`, `unknown-token`. */
  push(chunk: Uint8Array | string): Int32Array
  /** Ends this document, for example a file (for words, this ends an open line); the next `push` begins another. */
  endDocument(nextName?: string): Int32Array
}

export interface StreamingDecoder {
  /** The text this id adds that is certain by now; may be empty. */
  push(id: number): string
  /** What was held back: an unfinished UTF-8 sequence. */
  end(): string
}

/** Reads a corpus once and makes the tokenizer for it. */
export interface TokenizerBuilder {
  /** Unicode characters read so far. */
  readonly characters: number
  push(chunk: Uint8Array | string): void
  endDocument(nextName?: string): void
  /** Call after `endDocument`. */
  build(): Tokenizer
}
