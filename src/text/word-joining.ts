import { isIdeograph } from './character-classes.js'

const noSpaceBefore = new Set('.,;:!?)]}%…”’»\'"/、。，．；：！？）」』】'.split(''))
const noSpaceAfter = new Set('([{“‘«¿¡#$€£@/（「『【'.split(''))

/**
 * Puts words that were split from their punctuation back together as people write them.
 *
 * A heuristic, since the split forgets where spaces were: closing marks lean left, opening ones lean right, a straight
 * double quote leans by turns within a line, and ideographs take no spaces.
 */
export class WordJoiner {
  private previous = ''
  private quoteOpen = false

  /** The text that goes before `word`: a space or nothing. */
  before(word: string): string {
    const { previous } = this
    this.previous = word
    let left = noSpaceBefore.has(word[0]!)
    if (word === '"') {
      left = this.quoteOpen
      this.quoteOpen = !this.quoteOpen
    }
    const afterOpeningQuote = previous === '"' && this.quoteOpen && word !== '"'
    if (previous === '' || left || afterOpeningQuote || noSpaceAfter.has(previous)) return ''
    return isIdeographic(previous) && isIdeographic(word) ? '' : ' '
  }

  /** A line ended. */
  reset(): void {
    this.previous = ''
    this.quoteOpen = false
  }
}

function isIdeographic(word: string): boolean {
  const codePoint = word.codePointAt(0)!
  return isIdeograph(codePoint) || (codePoint >= 0x3001 && codePoint <= 0x301f) || codePoint >= 0xff01
}
