import { RepriseError } from '../errors.js'
import { Registry } from '../registry.js'
import { ByteTokenizer, type ByteTokenizerOptions } from './byte-tokenizer.js'
import { CharacterTokenizer, type CharacterTokenizerOptions } from './character-tokenizer.js'
import { expectRecord } from './json-checks.js'
import type { Tokenizer, TokenizerBuilder, TokenizerJSON } from './tokenizer.js'
import { WordTokenizer, type WordTokenizerOptions } from './word-tokenizer.js'

/** How a kind of tokenizer is made from text and read from a file. */
export interface TokenizerKind<Options = never> {
  builder(options?: Options, name?: string): TokenizerBuilder
  fromJSON(json: unknown): Tokenizer
}

/** The options of every kind that comes with Reprise. */
export interface TokenizerOptions {
  character: CharacterTokenizerOptions
  byte: ByteTokenizerOptions
  word: WordTokenizerOptions
}

const kinds = new Registry<TokenizerKind>('tokenizer', {
  character: CharacterTokenizer,
  byte: ByteTokenizer,
  word: WordTokenizer,
})

/** The known kinds of tokenizer. */
export function tokenizerKinds(): readonly string[] {
  return kinds.names()
}

/** Adds a kind of your own, so that models which have it can be loaded. Throws `duplicate-name`. */
export function registerTokenizer<Options>(name: string, kind: TokenizerKind<Options>): void {
  kinds.add(name, kind as TokenizerKind)
}

/** A builder of the kind `name`: push text, then `build`. `document` names the text in error messages. */
export function tokenizerBuilder<K extends keyof TokenizerOptions>(
  name: K,
  options?: TokenizerOptions[K],
  document?: string,
): TokenizerBuilder
export function tokenizerBuilder(name: string, options?: unknown, document?: string): TokenizerBuilder
export function tokenizerBuilder(name: string, options?: unknown, document?: string): TokenizerBuilder {
  return kinds.get(name).builder(options as never, document)
}

/** A tokenizer as saved by `toJSON`. Throws `unknown-name`, `damaged-file`. */
export function tokenizerFromJSON(value: unknown): Tokenizer {
  const json: Partial<TokenizerJSON> = expectRecord(value, 'tokenizer')
  if (typeof json.kind !== 'string') throw new RepriseError('damaged-file', 'tokenizer: its kind is missing.')
  return kinds.get(json.kind).fromJSON(json)
}
