import { isWhiteSpace } from './character-classes.js'
import { IdBuffer } from './id-buffer.js'
import { longestShortWord } from './short-word-table.js'
import type { Segmenter } from './text-encoder.js'
import { splitWord, type WordSplit } from './word-splitting.js'
import type { WordTable } from './word-table.js'

export interface WordScannerOptions {
  readonly words: WordTable
  /** Whether words that are not in the table are put into it. */
  readonly grow: boolean
  readonly split: WordSplit
  /** Stands in `out` for a line end, and for a word that is not in the table. */
  readonly lineEnd: number
  readonly unknown: number
  /** Whether a last line without a line end gets one. */
  readonly closeLastLine: boolean
}

/**
 * Finds words and line ends in a text and writes their numbers to a buffer. Text comes as code points (`push`) or as bytes
 * of ASCII (`pushAscii`), in any order; a word may begin in one piece and end in another.
 */
export class WordScanner implements Segmenter {
  /** Words that were not in the table. */
  unknown = 0
  /** The letters of a word whose end was not seen yet. */
  private word = new Uint32Array(256)
  private length = 0
  private lineOpen = false
  private out = new IdBuffer()
  private spelled = new Uint32Array(256)
  private readonly onWord: (block: Uint32Array, begin: number, end: number) => void

  constructor(private readonly options: WordScannerOptions) {
    const whole = (block: Uint32Array, begin: number, end: number): void => this.number(block, begin, end)
    this.onWord =
      options.split === 'whitespace' ? whole : (block, begin, end) => splitWord(block, begin, end, whole)
  }

  push(block: Uint32Array, length: number, out: IdBuffer): void {
    this.out = out
    let start = 0
    for (let i = 0; i < length; i++) {
      const c = block[i]!
      if (c > 32 && c < 0x85) continue
      if (!isWhiteSpace(c)) continue
      if (i > start || this.length > 0) this.finishWord(block, start, i)
      start = i + 1
      if (c === lineFeed) out.push(this.options.lineEnd)
      this.lineOpen = c !== lineFeed
    }
    if (start < length) {
      this.keep(block, start, length)
      this.lineOpen = true
    }
  }

  /** Bytes `[begin, end)`, all of them ASCII and none of them NUL. */
  pushAscii(bytes: DataView, begin: number, end: number, out: IdBuffer): void {
    let at = begin
    if (this.length > 0) at = this.pushTo(bytes, at, wordEnd(bytes, at, end) + 1, end, out)
    for (;;) {
      at = this.pushShort(bytes, at, end, out)
      const stop = wordEnd(bytes, at, end)
      this.pushTo(bytes, at, stop + 1, end, out)
      if (stop + 1 >= end) return
      at = stop + 1
    }
  }

  endDocument(out: IdBuffer): void {
    this.out = out
    if (this.length > 0) this.finishWord(this.word, 0, 0)
    if (this.lineOpen && this.options.closeLastLine) out.push(this.options.lineEnd)
    this.lineOpen = false
  }

  /**
   * Reads words four bytes at a time, as long as they are short, end before `end` and in white space, and are not to be
   * looked at for punctuation. Gives the place of the first other one.
   */
  private pushShort(bytes: DataView, begin: number, end: number, out: IdBuffer): number {
    const { words, grow, lineEnd, unknown } = this.options
    const punctuation = this.options.split === 'punctuation'
    // No more than one for each byte.
    out.reserve(end - begin)
    const ids = out.data
    let n = out.length
    let i = begin
    // The byte behind the longest short word can be read too.
    const last = end - longestShortWord - 4
    while (i <= last) {
      let first = bytes.getInt32(i, true)
      let second = 0
      let third = 0
      let stop = belowSpace(first)
      let next = i
      if (stop !== 0) {
        const bits = bitsBelow(stop)
        first &= (1 << bits) - 1
        next += bits >> 3
      } else {
        second = bytes.getInt32(i + 4, true)
        stop = belowSpace(second)
        if (stop !== 0) {
          const bits = bitsBelow(stop)
          second &= (1 << bits) - 1
          next += 4 + (bits >> 3)
        } else {
          third = bytes.getInt32(i + 8, true)
          stop = belowSpace(third)
          if (stop !== 0) {
            const bits = bitsBelow(stop)
            third &= (1 << bits) - 1
            next += 8 + (bits >> 3)
          } else next += longestShortWord
        }
      }
      const c = bytes.getUint8(next)
      // A letter: the word is longer. A control character that is not white space: it is a letter too.
      if (c > space || (c !== space && !isWhiteSpace(c))) break
      if (punctuation && !(isPlain(first) && isPlain(second) && isPlain(third))) break
      if (first !== 0) {
        const number = grow ? words.addShort(first, second, third) : words.findShort(first, second, third)
        if (number >= 0) ids[n++] = number
        else {
          ids[n++] = unknown
          this.unknown++
        }
      }
      if (c === lineFeed) ids[n++] = lineEnd
      i = next + 1
    }
    out.length = n
    if (i > begin) this.lineOpen = bytes.getUint8(i - 1) !== lineFeed
    return i
  }

  /** `push` of the bytes `[begin, stop)`, but none from `end` on. Gives where it stopped. */
  private pushTo(bytes: DataView, begin: number, stop: number, end: number, out: IdBuffer): number {
    const until = Math.min(stop, end)
    if (until - begin > this.spelled.length) this.spelled = new Uint32Array(2 * (until - begin))
    for (let i = begin; i < until; i++) this.spelled[i - begin] = bytes.getUint8(i)
    this.push(this.spelled, until - begin, out)
    return until
  }

  private number(block: Uint32Array, begin: number, end: number): void {
    const { words, grow, unknown } = this.options
    const number = grow ? words.add(block, begin, end) : words.find(block, begin, end)
    if (number >= 0) this.out.push(number)
    else {
      this.out.push(unknown)
      this.unknown++
    }
  }

  private finishWord(block: Uint32Array, begin: number, end: number): void {
    if (this.length === 0) this.onWord(block, begin, end)
    else {
      this.keep(block, begin, end)
      const { length } = this
      this.length = 0
      this.onWord(this.word, 0, length)
    }
  }

  private keep(block: Uint32Array, begin: number, end: number): void {
    const length = this.length + end - begin
    if (length > this.word.length) {
      const larger = new Uint32Array(Math.max(this.word.length * 2, length))
      larger.set(this.word.subarray(0, this.length))
      this.word = larger
    }
    this.word.set(block.subarray(begin, end), this.length)
    this.length = length
  }
}

const lineFeed = 10
const space = 32

/** The place of the next white space from `begin` on, or `end`. */
function wordEnd(bytes: DataView, begin: number, end: number): number {
  let i = begin
  while (i < end && !isWhiteSpace(bytes.getUint8(i))) i++
  return i
}

/** The highest bit of every byte up to 32; above the lowest of them also of others. The bytes are ASCII. */
function belowSpace(letters: number): number {
  return (letters - 0x21212121) & ~letters & 0x80808080
}

/** Bits in front of the byte of the lowest flag: 0, 8, 16 or 24. */
function bitsBelow(flags: number): number {
  return (31 - Math.clz32(flags & -flags)) & ~7
}

/** Whether four bytes of ASCII are letters and digits, or 0. No sum of two bytes carries into the next. */
function isPlain(letters: number): boolean {
  const lower = letters | 0x20202020
  const letter = (lower + 0x1f1f1f1f) & ~(lower + 0x05050505)
  const digit = (letters + 0x50505050) & ~(letters + 0x46464646)
  return ((letter | digit | ~(letters + 0x7f7f7f7f)) & 0x80808080) === (0x80808080 | 0)
}
