import { RepriseError } from '../errors.js'

/** What Keras takes for punctuation: all ASCII signs but the apostrophe, tab and newline. */
export const defaultFilters = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'

export interface WordSequenceOptions {
  /** Characters that separate words and are left out. Default: punctuation without the apostrophe, tab, newline. */
  readonly filters?: string | undefined
  /** Lowercases the text first. Default true. */
  readonly lower?: boolean | undefined
  /** What stands between words. Default one space. */
  readonly split?: string | undefined
}

/**
 * The words of a text, as Keras's `text_to_word_sequence`: lowercase, every filtered character replaced by `split`, cut at
 * `split`, empty pieces dropped. Throws `option` for an empty `split`.
 *
 * @example
 * textToWordSequence("Don't panic, it's 42!") // ["don't", 'panic', "it's", '42']
 */
export function textToWordSequence(text: string, options: WordSequenceOptions = {}): string[] {
  return wordSplitter(options)(checkText('textToWordSequence', text))
}

/** The same with the options worked out once, for many texts. */
export function wordSplitter(options: WordSequenceOptions): (text: string) => string[] {
  const { filters = defaultFilters, lower = true, split = ' ' } = options
  if (split === '') {
    throw new RepriseError(
      'option',
      'split must be a text of at least one character, got "". For characters use charLevel.',
    )
  }
  const filtered = filters === '' ? undefined : new RegExp(`[${filters.replace(/[\\\]^-]/g, '\\$&')}]`, 'gu')
  return (text) => {
    const cased = lower ? text.toLowerCase() : text
    const parted = filtered ? cased.replace(filtered, () => split) : cased
    return parted.split(split).filter((word) => word !== '')
  }
}

/** Throws `bad-input` for anything but a string. */
export function checkText(owner: string, text: unknown): string {
  if (typeof text === 'string') return text
  throw new RepriseError('bad-input', `${owner}: expected a text (a string), got ${kindOf(text)}`)
}

/** What a value is, for messages: "null", "a list", "a number". */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
