export { ByteTokenizer, type ByteTokenizerOptions } from './byte-tokenizer.js'
export { CharacterTokenizer, type CharacterTokenizerOptions } from './character-tokenizer.js'
export type { Newlines } from './code-points.js'
export { type NormalizeOptions, normalizeText } from './normalize.js'
export type {
  EncodedText,
  StreamingDecoder,
  StreamingEncoder,
  TextStatistics,
  Tokenizer,
  TokenizerBuilder,
  TokenizerJSON,
} from './tokenizer.js'
export {
  registerTokenizer,
  type TokenizerKind,
  type TokenizerOptions,
  tokenizerBuilder,
  tokenizerFromJSON,
  tokenizerKinds,
} from './tokenizers.js'
export {
  buildVocabulary,
  endToken,
  unknownToken,
  Vocabulary,
  type VocabularyJSON,
  type VocabularyOptions,
} from './vocabulary.js'
export type { WordSplit } from './word-splitting.js'
export { WordTokenizer, type WordTokenizerOptions } from './word-tokenizer.js'
