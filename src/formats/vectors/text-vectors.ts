import { badFile } from '../bad-file.js'
import type { ByteWindow } from './byte-window.js'
import { DecimalReader } from './decimal.js'
import type { VectorTable } from './vector-table.js'
import type { WordVectorsOptions } from './word-vectors.js'

const longestLine = 1 << 24
const [lineFeed, carriageReturn, blank, tab] = [10, 13, 32, 9]
const decoder = new TextDecoder()

const wrongCount = 'lines without a word and its numbers, left out'
const twice = 'words that come twice, the first kept'

/** Where a line ends that begins with the window, without its line end; -1 when the window has no whole line. */
export async function wholeLine(window: ByteWindow, name: string): Promise<number> {
  let searched = 0
  for (;;) {
    const found = window.bytes.indexOf(lineFeed, searched)
    if (found >= 0) return found
    searched = window.length
    if (searched > longestLine)
      throw badFile(name, 'a line is longer than any vector; this is no file of word vectors')
    if (!(await window.fill())) return -1
  }
}

/** Reads a word and its numbers a line, after a header if there was one. `declared` is the number of words the header promises. */
export async function readTextVectors(
  window: ByteWindow,
  name: string,
  table: VectorTable,
  options: WordVectorsOptions,
  firstLine: number,
  declared: number | undefined,
): Promise<void> {
  const line = new VectorLine(table.dimension)
  const limit = options.limit ?? Infinity
  const notes = table.collected
  let seen = 0
  for (let number = firstLine; seen < limit; number++) {
    const found = await wholeLine(window, name)
    const bytes = window.bytes
    const end = found < 0 ? bytes.length : found
    if (found < 0 && end === 0) break
    if (line.begin(bytes, end)) {
      seen++
      const wanted = (word: string) => options.wanted === undefined || options.wanted(word)
      let word = line.word(bytes)
      if (wanted(word)) {
        const whole = line.read(bytes, table.next())
        const place = `${name}:${number}`
        // A word that ends in numbers is known only when all were counted.
        if (whole) word = line.word(bytes)
        if (!whole) notes.add(wrongCount, place)
        else if (table.has(word)) notes.add(twice, place)
        else if (wanted(word)) table.add(word)
      }
    } else if (line.end > 0) notes.add(wrongCount, `${name}:${number}`)
    window.take(found < 0 ? end : found + 1)
  }
  if (declared !== undefined && seen < declared && seen < limit) {
    notes.add('words the header promises that are not there', name, declared - seen)
  }
}

/** A line of a word and `dimension` numbers. The word may hold blanks: what counts is what stands before the numbers. */
export class VectorLine {
  wordEnd = 0
  end = 0
  private readonly decimal = new DecimalReader()

  constructor(private readonly dimension: number) {}

  word(bytes: Uint8Array): string {
    return decoder.decode(bytes.subarray(0, this.wordEnd))
  }

  /** Finds the word; false when there are too few numbers. Lines whose word has no blank are not read any further. */
  begin(bytes: Uint8Array, lineEnd: number): boolean {
    let end = lineEnd
    while (end > 0 && (isBlank(bytes[end - 1]!) || bytes[end - 1] === carriageReturn)) end--
    this.end = end
    let at = 0
    while (at < end && !isBlank(bytes[at]!)) at++
    this.wordEnd = at
    if (at === 0 || at === end) return false
    while (isBlank(bytes[at]!)) at++
    return !Number.isNaN(this.decimal.read(bytes, at, end)) || this.fromRight(bytes)
  }

  /** Reads the numbers; false when they are not as many, or not finite. */
  read(bytes: Uint8Array, into: Float32Array): boolean {
    if (this.numbers(bytes, into)) return true
    return this.fromRight(bytes) && this.numbers(bytes, into)
  }

  private numbers(bytes: Uint8Array, into: Float32Array): boolean {
    let at = this.wordEnd
    for (let i = 0; i < this.dimension; i++) {
      while (at < this.end && isBlank(bytes[at]!)) at++
      if (at === this.end) return false
      const value = this.decimal.read(bytes, at, this.end)
      into[i] = value
      if (!Number.isFinite(into[i]!)) return false
      at = this.decimal.at
    }
    return at === this.end
  }

  /** Sets the end of the word before the last `dimension` fields. */
  private fromRight(bytes: Uint8Array): boolean {
    let at = this.end
    for (let i = 0; i < this.dimension; i++) {
      while (at > 0 && !isBlank(bytes[at - 1]!)) at--
      while (at > 0 && isBlank(bytes[at - 1]!)) at--
    }
    this.wordEnd = at
    return at > 0
  }
}

const isBlank = (byte: number) => byte === blank || byte === tab
