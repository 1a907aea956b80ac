import type { FeatureSettings } from './text-features.js'
import { splitPart, withoutTags } from './words.js'

/**
 * Cuts texts into pieces, words or characters as they are written, and numbers the different ones in the order of their first
 * appearance. What stands between white space is cut once and looked up from then on.
 */
export class PieceReader {
  /** By number. */
  readonly pieces: string[] = []
  private readonly numbers = new Map<string, number>()
  private readonly parts = new Map<string, readonly number[]>()
  private buffer = new Int32Array(1024)

  constructor(private readonly settings: Pick<FeatureSettings, 'unit' | 'split' | 'stripTags'>) {}

  /** Numbers of the pieces of a text. */
  read(text: string): Int32Array {
    const { unit, stripTags } = this.settings
    const clean = (stripTags ? withoutTags(text) : text).normalize('NFC').trim()
    if (clean === '') return new Int32Array(0)
    if (unit === 'char')
      return Int32Array.from(Array.from(clean.replace(/\s+/g, ' '), (character) => this.numberOf(character)))
    let length = 0
    for (const part of partsOf(clean)) {
      let known = this.parts.get(part)
      if (!known) {
        known = this.split(part)
        this.parts.set(part, known)
      }
      if (length + known.length > this.buffer.length) this.grow(length + known.length)
      for (const number of known) this.buffer[length++] = number
    }
    return this.buffer.slice(0, length)
  }

  /** The pieces of a text themselves. */
  piecesOf(text: string): string[] {
    return Array.from(this.read(text), (number) => this.pieces[number]!)
  }

  private split(part: string): readonly number[] {
    const words = this.settings.split === 'whitespace' ? [part] : splitPart(part)
    return words.map((word) => this.numberOf(word))
  }

  private numberOf(piece: string): number {
    let number = this.numbers.get(piece)
    if (number === undefined) {
      number = this.pieces.length
      this.numbers.set(piece, number)
      this.pieces.push(piece)
    }
    return number
  }

  private grow(least: number): void {
    const larger = new Int32Array(Math.max(least, this.buffer.length * 2))
    larger.set(this.buffer)
    this.buffer = larger
  }
}

/** What stands between white space; of a long text little by little, as a list of all would take many times its memory. */
function partsOf(text: string): readonly string[] | Iterable<string> {
  return text.length <= atOnce ? text.split(/\s+/) : partsOfLong(text)
}

const atOnce = 1 << 20

function* partsOfLong(text: string): Generator<string> {
  const space = /\s/g
  for (let begin = 0; begin < text.length; ) {
    space.lastIndex = begin + atOnce
    const end = space.exec(text)?.index ?? text.length
    for (const part of text.slice(begin, end).split(/\s+/)) if (part !== '') yield part
    begin = end
  }
}
