import { splitPart } from '../words.js'

/** Letters of a part that are read: a line of a hundred megabytes without a space says no more than its beginning. */
const longestPart = 1000

/** What stands between white space, as runs of letters are looked for in it. */
export function letterPartsOf(text: string, lowercase: boolean): string[] {
  const normal = text.replaceAll('\0', ' ').normalize('NFKC')
  return (lowercase ? normal.toLowerCase() : normal)
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => (part.length > longestPart ? part.slice(0, longestPart) : part))
}

/** For each of these parts the number of its first word among the words of the text, and how many words it has. */
export function wordsOfParts(text: string): { readonly word: number; readonly words: number }[] {
  let word = 0
  return letterPartsOf(text, false).map((part) => {
    const words = splitPart(part).length
    word += words
    return { word: word - words, words }
  })
}
