import { RepriseError } from '../errors.js'
import type { Tokenizer } from '../text/index.js'
import { readLanguageModel } from './language-model/model-file.js'
import type { LanguageModelSettings } from './language-model/settings.js'

/** What a language model's network looks like below its output. */
export type EncoderShape = Pick<LanguageModelSettings, 'cell' | 'layers' | 'units' | 'embedding' | 'reverse'>

/** The part of a trained language model that another task begins with: tokenizer, embedding and recurrent layers. */
export interface PretrainedEncoder {
  /** Of the file, for messages. */
  readonly name: string
  readonly shape: EncoderShape
  readonly tokenizer: Tokenizer
  /** By the names of the language model: `embedding/embeddings`, `lstm_1/kernel`, … */
  readonly weights: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>
}

/**
 * Reads the encoder out of a language model file: `reprise train lm --unit word` makes one.
 *
 * Throws `wrong-encoder` for a language model that does not fit, and what reading a language model throws: `wrong-task`,
 * `not-a-model`, `damaged-file`, `newer-version`.
 */
export function readPretrainedEncoder(bytes: Uint8Array, name: string): PretrainedEncoder {
  const { settings, tokenizer, weights, format } = readLanguageModel(bytes, name)
  if (settings.unit !== 'word') {
    const noun = settings.unit === 'byte' ? 'bytes' : 'characters'
    throw wrongEncoder(
      `${name} is a language model of ${noun}, and \`from\` begins with words. Train one with: reprise train lm --unit word`,
    )
  }
  if (format !== 'float32') {
    throw wrongEncoder(
      `${name} keeps its weights as ${format}, which cannot be trained further. Take the float32 model it was made from.`,
    )
  }
  const { cell, layers, units, embedding, reverse } = settings
  const shape = { cell, layers, units, embedding, reverse }
  const own = new Map([...weights].filter(([weight]) => /^(embedding|(rnn|gru|lstm)_\d+)\//.test(weight)))
  const table = own.get('embedding/embeddings')?.shape.join()
  const expected = `${tokenizer.vocabulary.size},${embedding}`
  if (table !== expected) {
    throw new RepriseError(
      'damaged-file',
      `${name} is damaged: its embedding is [${table ?? 'absent'}], not [${expected}]. Take a good copy, or train it again.`,
    )
  }
  return { name, shape, tokenizer, weights: own }
}

/**
 * Puts up to two encoders in order, the one that reads forward first. Throws `wrong-encoder` when they are no pair: both
 * of one direction, or made with different vocabularies.
 */
export function pairEncoders(encoders: readonly PretrainedEncoder[]): readonly PretrainedEncoder[] {
  const [first, second, third] = encoders
  if (third)
    throw wrongEncoder(`\`from\` takes one language model, or one of each direction, not ${encoders.length}.`)
  if (!first || !second) return encoders
  if (first.shape.reverse === second.shape.reverse) {
    const [way, other] = first.shape.reverse ? ['backward', 'without'] : ['forward', 'with']
    throw wrongEncoder(
      `${first.name} and ${second.name} both read ${way}; a pair is one of each. Train one ${other} --reverse, or give one of them.`,
    )
  }
  const text = ({ tokenizer }: PretrainedEncoder) => JSON.stringify(tokenizer.toJSON())
  if (text(first) !== text(second)) {
    throw wrongEncoder(
      `${first.name} and ${second.name} have different vocabularies. Train both on the same text with the same text options.`,
    )
  }
  return first.shape.reverse ? [second, first] : [first, second]
}

/** The shape of an encoder as a model file has it; throws when it is none. */
export function readEncoderShape(saved: unknown): EncoderShape {
  const { cell, layers, units, embedding, reverse } = (saved ?? {}) as Partial<EncoderShape>
  const isSize = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0
  const fine = ['simple', 'gru', 'lstm'].includes(cell as string) && typeof reverse === 'boolean'
  if (!fine || ![layers, units, embedding].every(isSize)) throw new Error('its language model has no shape')
  return { cell, layers, units, embedding, reverse } as EncoderShape
}

function wrongEncoder(message: string): RepriseError {
  return new RepriseError('wrong-encoder', message)
}
