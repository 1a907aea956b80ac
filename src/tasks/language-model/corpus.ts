import {
  buildCorpus,
  type CorpusOptions,
  encodeCorpus,
  reversedTokens,
  splitHeldOut,
  type TextSource,
  type TokenSequence,
} from '../../data/index.js'
import { RepriseError } from '../../errors.js'
import {
  ByteTokenizer,
  CharacterTokenizer,
  type NormalizeOptions,
  type Tokenizer,
  type TokenizerBuilder,
  WordTokenizer,
} from '../../text/index.js'
import type { ResolvedOptions } from './settings.js'

/** Text ready for training. */
export interface LanguageCorpus {
  readonly tokenizer: Tokenizer
  readonly train: TokenSequence
  /** Held out; absent when the split is 0 and there is no validation text. */
  readonly valid: TokenSequence | undefined
  /** Unicode characters per token of the validation part, for bits per character; 1 for characters. */
  readonly validCharacters: number
  /** Tokens of the training and held-out text, and of a validation text of its own, that are not in the vocabulary. */
  readonly unknownInTraining: number
  readonly unknownInValidation: number
  /** Fingerprint of tokens and vocabulary, so that a checkpoint is not resumed with another text. */
  readonly fingerprint: string
  close(): void
}

type TextSettings = Pick<
  ResolvedOptions,
  'unit' | 'lowercase' | 'collapseWhiteSpace' | 'unicode' | 'splitPunctuation' | 'minCount' | 'maxVocabulary'
>

/** A builder for the tokenizer the settings ask for. */
export function tokenizerBuilder(settings: TextSettings, name: string): TokenizerBuilder {
  const normalize: NormalizeOptions = {
    ...(settings.lowercase && { lowercase: true }),
    ...(settings.collapseWhiteSpace && { collapseWhiteSpace: true }),
    ...(settings.unicode && { unicode: settings.unicode }),
  }
  const limits = {
    ...(settings.minCount !== undefined && { minimumCount: settings.minCount }),
    ...(settings.maxVocabulary !== undefined && { maximumSize: settings.maxVocabulary }),
  }
  switch (settings.unit) {
    case 'byte':
      return ByteTokenizer.builder({ normalize }, name)
    case 'char':
      return CharacterTokenizer.builder({ normalize, ...limits }, name)
    case 'word':
      return WordTokenizer.builder(
        { normalize, ...limits, ...(settings.splitPunctuation && { split: 'punctuation' }) },
        name,
      )
  }
}

/**
 * The token taken to stand before a text, so that its first token is predicted too: a line end, which the tokens of a
 * text have nearly always. Undefined where they have none; then the first token is not predicted.
 */
export function contextOf(tokenizer: Tokenizer): number | undefined {
  if (tokenizer.lineEndId !== undefined) return tokenizer.lineEndId
  const [id, ...more] = tokenizer.encodePrompt('\n')
  return more.length === 0 && id !== tokenizer.vocabulary.unknownId ? id : undefined
}

/**
 * Reads, counts and encodes the training text, and the validation text or a held-out part of the training text. Throws
 * `too-short`, `empty-text`, `all-unknown` and what reading throws.
 */
export async function prepareCorpus(
  settings: TextSettings & Pick<ResolvedOptions, 'validSplit' | 'reverse'>,
  source: TextSource,
  validSource: TextSource | undefined,
  options: CorpusOptions = {},
): Promise<LanguageCorpus> {
  const { tokens, tokenizer, statistics } = await buildCorpus(
    source,
    tokenizerBuilder(settings, source.name),
    options,
  )
  const close = [() => tokens.close()]
  try {
    let train: TokenSequence = tokens
    let valid: TokenSequence | undefined
    let validCharacters = statistics.characters / statistics.tokens
    let unknownInValidation = 0
    if (validSource) {
      const encoded = await encodeCorpus(validSource, tokenizer, options)
      close.push(() => encoded.tokens.close())
      valid = encoded.tokens
      validCharacters = encoded.statistics.characters / encoded.statistics.tokens
      unknownInValidation = encoded.statistics.unknown
      checkKnown(validSource.name, encoded.tokens, tokenizer, encoded.statistics.unknown)
    } else if (settings.validSplit > 0) {
      const split = holdOut(source.name, tokens, settings.validSplit, tokenizer.lineEndId)
      train = split.train
      valid = split.heldOut
    }
    if (train.length < fewestTokens) {
      const noun = settings.unit === 'word' ? 'words' : settings.unit === 'byte' ? 'bytes' : 'characters'
      throw new RepriseError(
        'too-short',
        `${source.name}: only ${train.length} ${noun} are there to train on, ${fewestTokens} are the least. Give more text.`,
      )
    }
    if (valid && valid.length < (contextOf(tokenizer) === undefined ? 2 : 1)) {
      throw new RepriseError(
        'too-short',
        `${validSource?.name ?? source.name}: the validation part has one token, which leaves nothing to predict. Give more text.`,
      )
    }
    const { lineEndId } = tokenizer
    const direct = (part: TokenSequence) => (settings.reverse ? reversedTokens(part, lineEndId) : part)
    train = direct(train)
    valid &&= direct(valid)
    return {
      tokenizer,
      train,
      valid,
      validCharacters,
      unknownInTraining: statistics.unknown,
      unknownInValidation,
      fingerprint: fingerprint([train, valid], JSON.stringify(tokenizer.toJSON())),
      close: () => {
        for (const each of close) each()
      },
    }
  } catch (error) {
    for (const each of close) each()
    throw error
  }
}

const fewestTokens = 20

/** Splits off the end of the text; says which settings help when it is too short for that. */
function holdOut(name: string, tokens: TokenSequence, fraction: number, lineEndId: number | undefined) {
  try {
    return splitHeldOut(tokens, fraction, lineEndId)
  } catch (error) {
    if (!(error instanceof RepriseError && error.code === 'too-short')) throw error
    const why =
      lineEndId === undefined
        ? `${tokens.length} tokens are too few`
        : 'with words a line is one sentence, and there are too few lines'
    throw new RepriseError(
      'too-short',
      `${name}: ${why} to hold out ${fraction} of them for validation. Give more text, a validation text (\`valid\`), or \`validSplit\` 0.`,
      { cause: error },
    )
  }
}

/** Throws `all-unknown` when a text has no token the model knows (line ends not counted). */
export function checkKnown(name: string, tokens: TokenSequence, tokenizer: Tokenizer, unknown: number): void {
  if (unknown === 0) return
  const lineEnd = tokenizer.lineEndId
  const block = new Int32Array(4096)
  for (let begin = 0; begin < tokens.length; begin += block.length) {
    const count = Math.min(block.length, tokens.length - begin)
    tokens.read(begin, count, block)
    for (let k = 0; k < count; k++)
      if (block[k] !== tokenizer.vocabulary.unknownId && block[k] !== lineEnd) return
  }
  throw new RepriseError(
    'all-unknown',
    `${name}: the model knows none of its ${unknown} ${lineEnd === undefined ? 'characters' : 'words'}. Give text like that of the training.`,
  )
}

/** 64 bits of FNV-1a over tokens and vocabulary. */
function fingerprint(sequences: readonly (TokenSequence | undefined)[], vocabulary: string): string {
  const print = { low: 0x811c9dc5 | 0, high: 0x9747b28c | 0 }
  mixAll(
    print,
    Int32Array.from({ length: vocabulary.length }, (_, k) => vocabulary.charCodeAt(k)),
  )
  const block = new Int32Array(8192)
  for (const tokens of sequences) {
    mixAll(print, Int32Array.of(tokens?.length ?? -1))
    for (let begin = 0; tokens && begin < tokens.length; begin += block.length) {
      const count = Math.min(block.length, tokens.length - begin)
      tokens.read(begin, count, block)
      mixAll(print, block.subarray(0, count))
    }
  }
  return [print.high, print.low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

/** In a function of its own, so that both sums stay in registers. */
function mixAll(print: { low: number; high: number }, values: Int32Array): void {
  let { low, high } = print
  for (let k = 0; k < values.length; k++) {
    const value = values[k]!
    low = Math.imul(low ^ value, 0x01000193)
    high = Math.imul(high ^ (value + 0x9e37), 0x85ebca6b)
  }
  print.low = low
  print.high = high
}
