import { unknownName } from '../errors.js'

/** How `TextVectorization` changes a text before it is cut. */
export type Standardize = 'lowerAndStripPunctuation' | 'lower' | 'stripPunctuation'
/** How `TextVectorization` cuts a text. */
export type Split = 'whitespace' | 'character'

const punctuation = /[!-/:-@[-`{-~]/g // every ASCII sign, the apostrophe among them
const asciiSpace = /[\t-\r ]+/

/** TensorFlow lowers A–Z alone here: É stays É. */
const lower = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
const strip = (text: string) => text.replace(punctuation, '')

const standardizers: Readonly<Record<Standardize, (text: string) => string>> = {
  lowerAndStripPunctuation: (text) => strip(lower(text)),
  lower,
  stripPunctuation: strip,
}
const splitters: Readonly<Record<Split, (text: string) => string[]>> = {
  whitespace: (text) => text.split(asciiSpace).filter((word) => word !== ''),
  character: (text) => [...text],
}

/** The change of this name, or the caller's own. Throws `unknown-name`. */
export function standardizer(
  choice: Standardize | ((text: string) => string) | null,
): (text: string) => string {
  if (choice === null) return (text) => text
  return pick('standardize', choice, standardizers)
}

/** The cut of this name, or the caller's own. Throws `unknown-name`. */
export function splitter(
  choice: Split | ((text: string) => readonly string[]),
): (text: string) => readonly string[] {
  return pick<(text: string) => readonly string[]>('split', choice, splitters)
}

function pick<Step>(option: string, choice: string | Step, known: Readonly<Record<string, Step>>): Step {
  if (typeof choice !== 'string') return choice
  if (!Object.hasOwn(known, choice)) {
    throw unknownName(`${option} of TextVectorization`, choice, Object.keys(known))
  }
  return known[choice]!
}

/** All n-grams of the first width, then of the next, …, tokens joined by a space. */
export function joinNgrams(tokens: readonly string[], widths: readonly number[]): string[] {
  return widths.flatMap((width) => {
    const count = Math.max(0, tokens.length - width + 1)
    return Array.from({ length: count }, (_, begin) => tokens.slice(begin, begin + width).join(' '))
  })
}
