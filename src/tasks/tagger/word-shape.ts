// What can be told of a word by looking at its letters, before anything is learnt.

/** Casing classes, version 1; saved models depend on their order. */
export const casingClasses = [
  'no letters',
  'digits only',
  'with digits',
  'lower case',
  'one capital',
  'capitalised',
  'all capitals',
  'mixed',
] as const

const letter = /\p{L}/u
const digit = /\p{Nd}/u
const digits = /\p{Nd}/gu

/** The casing class of a word, an index into `casingClasses`. */
export function casingOf(word: string): number {
  const hasDigit = digit.test(word)
  if (!letter.test(word)) return hasDigit ? (/^[\p{Nd}.,]+$/u.test(word) ? 1 : 2) : 0
  if (hasDigit) return 2
  const lower = word.toLowerCase()
  if (word === lower) return 3
  const letters = [...word].filter((character) => letter.test(character))
  const capitals = letters.filter((character) => character !== character.toLowerCase()).length
  if (capitals === letters.length) return letters.length === 1 ? 4 : 6
  return capitals === 1 && letters[0] !== letters[0]!.toLowerCase() ? 5 : 7
}

/** The word as it is looked up: digits as 0 and in lower case, if asked for. */
export function foldWord(word: string, options: { lowercase: boolean; keepDigits: boolean }): string {
  const cased = options.lowercase ? word.toLowerCase() : word
  return options.keepDigits ? cased : cased.replace(digits, '0')
}

const longestPrefix = 3
const longestSuffix = 4

/** Kinds of affixes: prefixes of 1–3 letters, then suffixes of 1–4. */
export const affixKinds = longestPrefix + longestSuffix

/**
 * The affixes of a word in lower case, with digits as 0, in the order of their kinds; '' for those longer than the
 * word.
 */
export function affixesOf(word: string): string[] {
  const letters = [...word.toLowerCase().replace(digits, '0')]
  const part = (length: number, fromEnd: boolean) => {
    if (length > letters.length) return ''
    return (fromEnd ? letters.slice(letters.length - length) : letters.slice(0, length)).join('')
  }
  return [
    ...Array.from({ length: longestPrefix }, (_, k) => part(k + 1, false)),
    ...Array.from({ length: longestSuffix }, (_, k) => part(k + 1, true)),
  ]
}
