import { RepriseError } from '../errors.js'
import { readFlatObject } from './python-json.js'
import { Tokenizer } from './tokenizer.js'

/**
 * A tokenizer from the text of `toJson`, Reprise's or Keras's `tokenizer.to_json()`. Throws `bad-input` when the text is
 * something else, or parts of it are missing or wrong.
 *
 * @example
 * const tokenizer = tokenizerFromJson(await readFile('tokenizer.json', 'utf8'))
 */
export function tokenizerFromJson(json: string): Tokenizer {
  const config = new Config(json)
  const tokenizer = new Tokenizer({
    numWords: config.get('num_words', 'a whole number or null', (v) => v === null || isCount(v)),
    filters: config.get('filters', 'a text', isString),
    lower: config.get('lower', 'true or false', isBoolean),
    split: config.get('split', 'a text', isString),
    charLevel: config.get('char_level', 'true or false', isBoolean),
    oovToken: config.get('oov_token', 'a text or null', (v) => v === null || isString(v)),
  })
  tokenizer.documentCount = config.get('document_count', 'a whole number', isCount)
  tokenizer.wordCounts = config.map('word_counts', String, isCount)
  tokenizer.wordDocs = config.map('word_docs', String, isCount)
  tokenizer.indexDocs = config.map('index_docs', Number, isCount)
  tokenizer.wordIndex = config.map('word_index', String, isCount)
  tokenizer.indexWord = config.map('index_word', Number, isString)
  return tokenizer
}

const isString = (value: unknown) => typeof value === 'string'
const isBoolean = (value: unknown) => typeof value === 'boolean'
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

/** The `config` of the file, read with checks. */
class Config {
  private readonly fields: Readonly<Record<string, unknown>>

  constructor(json: string) {
    let parsed: unknown
    try {
      parsed = JSON.parse(json)
    } catch (cause) {
      throw new RepriseError('bad-input', `tokenizerFromJson: this is no JSON: ${(cause as Error).message}`, {
        cause,
      })
    }
    const { class_name: name, config } = (parsed ?? {}) as Record<string, unknown>
    if (name !== 'Tokenizer' || config === null || typeof config !== 'object') {
      throw new RepriseError(
        'bad-input',
        `tokenizerFromJson: expected what Tokenizer.toJson writes, with class_name "Tokenizer" and config, got class_name ${JSON.stringify(name)}`,
      )
    }
    this.fields = config as Record<string, unknown>
  }

  get<Value>(name: string, expected: string, fits: (value: unknown) => boolean): Value {
    const value = Object.hasOwn(this.fields, name) ? this.fields[name] : undefined
    if (fits(value)) return value as Value
    throw new RepriseError(
      'bad-input',
      `tokenizerFromJson: ${name} must be ${expected}, got ${JSON.stringify(value)}`,
    )
  }

  /** Keras writes its dictionaries as JSON inside a string. */
  map<Key extends string | number, Value>(
    name: string,
    key: (text: string) => Key,
    fits: (value: unknown) => boolean,
  ): Map<Key, Value> {
    const text = this.get<string>(name, 'an object as JSON text', isString)
    const entries = readFlatObject(text)
    const read = entries?.map(([word, value]) => [key(word), value] as const)
    if (!read?.every(([word, value]) => fits(value) && (isString(word) || isCount(word)))) {
      throw new RepriseError('bad-input', `tokenizerFromJson: ${name} is damaged: ${text.slice(0, 60)} …`)
    }
    return new Map(read as [Key, Value][])
  }
}
