import { isDigit, isIdeograph, isPunctuation } from './character-classes.js'

/** Receives the part `block[begin, end)`. */
export type PartConsumer = (block: Uint32Array, begin: number, end: number) => void

/** How text becomes words: at white space only, or with punctuation as words of its own. */
export type WordSplit = 'whitespace' | 'punctuation'

/**
 * Version of the rule below. Saved with a model; a changed rule gets a new number and the old one stays readable.
 *
 * Version 1, applied to each stretch without white space, from left to right:
 * 1. `<unk>` and `<eos>` stay whole.
 * 2. A Han ideograph or kana is a word.
 * 3. A punctuation or symbol character (`isPunctuation`) is a word, with the same character repeated after it
 *    (`...`, `--`), except inside a word: an apostrophe (' ’), hyphen (- ‐), full stop or underscore between two letters
 *    or digits stays in it, and so do comma and colon between two digits (don't, well-known, U.S, 3.14, 1,000, 10:30).
 * 4. Everything else joins the word it stands in.
 */
export const wordSplitVersion = 1

export function splitWord(block: Uint32Array, begin: number, end: number, consume: PartConsumer): void {
  let start = begin
  let i = begin
  while (i < end) {
    const c = block[i]!
    // Letters and digits of ASCII, the common case, need no table.
    if ((c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57)) {
      i++
      continue
    }
    let length = 0
    if (c === lessThan) length = specialAt(block, i, end)
    if (length === 0) {
      if (isIdeograph(c)) length = 1
      else if (
        isPunctuation(c) &&
        !(i > start && i + 1 < end && bindsInside(block[i - 1]!, c, block[i + 1]!))
      ) {
        length = 1
        while (i + length < end && block[i + length] === c) length++
      }
    }
    if (length === 0) {
      i++
      continue
    }
    if (i > start) consume(block, start, i)
    consume(block, i, i + length)
    i += length
    start = i
  }
  if (i > start) consume(block, start, i)
}

const lessThan = 0x3c
const specialSpellings = ['<unk>', '<eos>'].map((text) => Uint32Array.from(text, (c) => c.charCodeAt(0)))

function specialAt(block: Uint32Array, at: number, end: number): number {
  for (const spelling of specialSpellings) {
    if (at + spelling.length <= end && spelling.every((c, i) => block[at + i] === c)) return spelling.length
  }
  return 0
}

function bindsInside(before: number, c: number, after: number): boolean {
  switch (c) {
    case 0x2c: // comma
    case 0x3a: // colon
      return isDigit(before) && isDigit(after)
    case 0x27: // apostrophe
    case 0x2019: // right single quotation mark
    case 0x2d: // hyphen-minus
    case 0x2010: // hyphen
    case 0x2e: // full stop
    case 0x5f: // underscore
      return joins(before) && joins(after)
    default:
      return false
  }
}

function joins(c: number): boolean {
  return !isPunctuation(c) && !isIdeograph(c)
}
