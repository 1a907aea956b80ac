import { isWhiteSpace } from '../../text/character-classes.js'
import { splitWord } from '../../text/word-splitting.js'

const contraction = /^(.+?)(n['’]t|['’](?:s|m|d|re|ve|ll))$/iu

/**
 * The tokens of a text: words between white space, with punctuation as tokens of its own. `contractions`: as treebanks
 * write them, "don't" as "do" and "n't", "Ada's" as "Ada" and "'s".
 */
export function splitTokens(text: string, contractions = false): string[] {
  const points = Uint32Array.from(text, (character) => character.codePointAt(0)!)
  const tokens: string[] = []
  const keep = (begin: number, end: number) => {
    const token = [...points.subarray(begin, end)].map((point) => String.fromCodePoint(point)).join('')
    const parts = contractions ? contraction.exec(token) : null
    if (parts) tokens.push(parts[1]!, parts[2]!)
    else tokens.push(token)
  }
  for (let begin = 0; begin < points.length; ) {
    let end = begin
    while (end < points.length && !isWhiteSpace(points[end]!)) end++
    if (end > begin) splitWord(points, begin, end, (_block, from, to) => keep(from, to))
    begin = end + 1
  }
  return tokens
}
