import { splitWord } from '../../text/word-splitting.js'

const tag = /<(?:\/?[a-zA-Z][^<>]{0,500}|!--[^<>]{0,500}--)>/g
const entity = /&(?:(amp|lt|gt|quot|apos|nbsp)|#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6}));/g
const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

/** Whether a text looks like HTML. */
export const hasTags = (text: string): boolean => text.search(tag) >= 0 || text.search(entity) >= 0

/** Text without HTML tags, with its entities read. */
export function withoutTags(text: string): string {
  return text
    .replace(tag, ' ')
    .replace(entity, (whole, name?: string, decimal?: string, hexadecimal?: string) => {
      if (name !== undefined) return named[name]!
      const point = decimal === undefined ? Number.parseInt(hexadecimal!, 16) : Number(decimal)
      return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole
    })
}

/** The words of what stands between white space, see `splitWord`. */
export function splitPart(part: string): readonly string[] {
  if (/^[a-zA-Z0-9]+$/.test(part)) return [part]
  const words: string[] = []
  const points = Uint32Array.from(part, (character) => character.codePointAt(0)!)
  splitWord(points, 0, points.length, (block, begin, end) => {
    words.push(String.fromCodePoint(...block.subarray(begin, Math.min(end, begin + longestWord))))
  })
  return words
}

/** Letters of a word that are read: more are noise, and too many for one call. */
const longestWord = 1000

/** How a word is written. */
export const caseNames = ['lower', 'capital', 'upper', 'mixed', 'digits'] as const

/** Place in `caseNames`. */
export function caseOf(word: string): number {
  if (/^[a-z]+$/.test(word)) return 0
  if (/\d/.test(word)) return 4
  const lower = word.toLowerCase()
  if (lower === word) return 0
  if (word.length > 1 && word.toUpperCase() === word) return 2
  return word.slice(1) === lower.slice(1) ? 1 : 3
}

/** What stands for a rare word with digits: the same with every digit 0; undefined for words without. */
export function shapeOf(word: string): string | undefined {
  return /\d/.test(word) ? word.replace(/\d/g, '0') : undefined
}

/** Rows of a word's letters, at most `most`: 3 to 5 in a row with marks at both ends, hashed (Bojanowski et al. 2017). */
export function subwordsOf(word: string, rows: number, most: number): number[] {
  const marked = `<${word}>`
  const found: number[] = []
  for (let size = 3; size <= 5; size++) {
    for (let begin = 0; begin + size <= marked.length; begin++) {
      if (found.length === most) return found
      found.push(hash(marked, begin, begin + size) % rows)
    }
  }
  return found
}

/** FNV-1a over UTF-16 units. */
function hash(text: string, begin: number, end: number): number {
  let value = 0x811c9dc5
  for (let k = begin; k < end; k++) value = Math.imul(value ^ text.charCodeAt(k), 0x01000193)
  return value >>> 0
}
