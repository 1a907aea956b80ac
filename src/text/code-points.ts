import { RepriseError } from '../errors.js'

/** Receives code points. The block belongs to the caller and is overwritten after the call returns. */
export type CodePointConsumer = (block: Uint32Array, length: number) => void

/** Receives the bytes `[begin, end)`: ASCII without NUL and carriage return, each a code point. They are the caller's. */
export type AsciiConsumer = (bytes: DataView, begin: number, end: number) => void

/** `lf` turns every CR LF pair into LF; `keep` leaves line ends as they are. A lone CR is always kept. */
export type Newlines = 'lf' | 'keep'

const blockSize = 1 << 13
const replacementCharacter = 0xfffd
const byteOrderMark = 0xfeff
const carriageReturn = 13
const lineFeed = 10

/**
 * Turns a stream of UTF-8 bytes or JavaScript strings, split anywhere, into code points.
 *
 * A byte order mark at the start of a document is dropped, CR LF becomes LF unless `newlines` is `keep`, and a lone
 * surrogate in a string becomes U+FFFD (as `TextEncoder` does, so a string and its bytes read the same).
 *
 * Throws `not-utf8` with the offset of the first byte of the bad sequence, and `binary-text` at a NUL.
 */
export class CodePointReader {
  private readonly block = new Uint32Array(blockSize + 2)
  private length = 0
  /** Bytes (or code units of strings) of this document before the current chunk. */
  private base = 0
  private atStart = true
  private carriageReturnPending = false
  private highSurrogate = 0
  /** State of an unfinished UTF-8 sequence: bytes still needed and seen, and the range of the next one. */
  private needed = 0
  private seen = 0
  private lower = 0x80
  private upper = 0xbf
  private codePoint = 0
  /** First two bytes of the document, to recognise what it is when it is not text. */
  private firstBytes = 0
  private firstBytesSeen = 0

  constructor(
    private readonly consume: CodePointConsumer,
    private readonly newlines: Newlines = 'lf',
    private name = 'text',
    /** Gets long stretches of ASCII as they are, at their place between the blocks. */
    private readonly consumeAscii?: AsciiConsumer,
  ) {}

  push(chunk: Uint8Array | string): void {
    if (typeof chunk === 'string') this.pushString(chunk)
    else this.pushBytes(chunk)
    this.flush()
  }

  /** Ends the document (an unfinished UTF-8 sequence is an error) and gets ready for the next one. */
  endDocument(nextName?: string): void {
    this.finishSequence()
    this.finishPair()
    this.finishCarriageReturn()
    this.flush()
    this.base = 0
    this.atStart = true
    this.firstBytes = this.firstBytesSeen = 0
    if (nextName !== undefined) this.name = nextName
  }

  /** Names the document for error messages. */
  rename(name: string): void {
    this.name = name
  }

  private pushBytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.finishPair()
    this.noteFirstBytes(bytes)
    let i = 0
    while (i < bytes.length && this.needed > 0) this.continueSequence(bytes, i++)
    if (i < bytes.length && this.needed === 0) this.resolveCarriageReturn(bytes[i]!)
    const block = this.block
    const size = bytes.length
    const words = new DataView(bytes.buffer, bytes.byteOffset, size)
    // Parts of a Buffer are Buffers, which are slow to make.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, size)
    while (i < size) {
      if (this.length >= blockSize) this.flush()
      const stop = Math.min(size, i + blockSize - this.length)
      let n = this.length
      // Where the last look for a stretch of plain ASCII failed, none is begun again so soon.
      let look = i
      while (i < stop) {
        if (i >= look) {
          const end = plainEnd(words, i, stop)
          if (end - i >= leastStretch) {
            if (this.consumeAscii) {
              this.length = n
              this.flush()
              n = 0
              this.consumeAscii(words, i, end)
            } else {
              block.set(plain.subarray(i, end), n)
              n += end - i
            }
            i = end
          }
          look = end + leastStretch
          if (i >= stop) break
        }
        const b = bytes[i]!
        if (b < 0x80) {
          if (b === carriageReturn && this.newlines === 'lf') {
            if (i + 1 >= size) this.carriageReturnPending = true
            else if (bytes[i + 1] !== lineFeed) block[n++] = b
          } else {
            if (b === 0) this.failBinary(this.base + i)
            block[n++] = b
          }
          i++
        } else if (i + 3 < size && b >= 0xc2 && b < 0xf0) {
          // Two and three byte sequences whole in this chunk; everything rarer takes the general path below.
          const c1 = bytes[i + 1]!
          if (b < 0xe0) {
            if ((c1 & 0xc0) !== 0x80) this.failEncoding(this.base + i)
            block[n++] = ((b & 0x1f) << 6) | (c1 & 0x3f)
            i += 2
          } else {
            const c2 = bytes[i + 2]!
            const value = ((b & 0x0f) << 12) | ((c1 & 0x3f) << 6) | (c2 & 0x3f)
            if (
              (c1 & 0xc0) !== 0x80 ||
              (c2 & 0xc0) !== 0x80 ||
              value < 0x800 ||
              (value & 0xf800) === 0xd800
            ) {
              this.failEncoding(this.base + i)
            }
            if (value !== byteOrderMark || i > 0 || !this.atStart) block[n++] = value
            i += 3
          }
        } else {
          this.length = n
          if (i > 0) this.atStart = false
          this.startSequence(b, this.base + i++)
          while (i < size && this.needed > 0) this.continueSequence(bytes, i++)
          n = this.length
        }
      }
      this.length = n
    }
    if (this.needed === 0 || this.seen < size) this.atStart = false
    this.base += size
  }

  private pushString(text: string): void {
    if (text.length === 0) return
    this.finishSequence()
    const size = text.length
    let i = 0
    if (this.highSurrogate !== 0) {
      const unit = text.charCodeAt(0)
      if ((unit & 0xfc00) === 0xdc00) {
        this.emit(joinSurrogates(this.highSurrogate, unit))
        this.highSurrogate = 0
        i = 1
      } else this.finishPair()
    }
    if (i < size) this.resolveCarriageReturn(text.charCodeAt(i))
    const block = this.block
    while (i < size) {
      if (this.length >= blockSize) this.flush()
      const stop = Math.min(size, i + blockSize - this.length)
      let n = this.length
      while (i < stop) {
        let unit = text.charCodeAt(i++)
        if (unit === 0) this.failBinary(this.base + i - 1)
        if (unit === carriageReturn && this.newlines === 'lf') {
          if (i >= size) this.carriageReturnPending = true
          if (i >= size || text.charCodeAt(i) === lineFeed) continue
        } else if ((unit & 0xf800) === 0xd800) {
          if ((unit & 0xfc00) === 0xd800) {
            if (i >= size) {
              this.highSurrogate = unit
              continue
            }
            const next = text.charCodeAt(i)
            if ((next & 0xfc00) === 0xdc00) {
              unit = joinSurrogates(unit, next)
              i++
            } else unit = replacementCharacter
          } else unit = replacementCharacter
        } else if (unit === byteOrderMark && i === 1 && this.atStart) continue
        block[n++] = unit
      }
      this.length = n
    }
    this.atStart = false
    this.base += size
  }

  /** The WHATWG UTF-8 decoder: a first byte sets how many follow and the range of the next. */
  private startSequence(b: number, offset: number): void {
    this.lower = 0x80
    this.upper = 0xbf
    this.seen = 1
    if (b >= 0xc2 && b <= 0xdf) {
      this.needed = 1
      this.codePoint = b & 0x1f
    } else if (b >= 0xe0 && b <= 0xef) {
      if (b === 0xe0) this.lower = 0xa0
      if (b === 0xed) this.upper = 0x9f
      this.needed = 2
      this.codePoint = b & 0x0f
    } else if (b >= 0xf0 && b <= 0xf4) {
      if (b === 0xf0) this.lower = 0x90
      if (b === 0xf4) this.upper = 0x8f
      this.needed = 3
      this.codePoint = b & 0x07
    } else this.failEncoding(offset)
  }

  private continueSequence(bytes: Uint8Array, i: number): void {
    const b = bytes[i]!
    if (b < this.lower || b > this.upper) this.failEncoding(this.base + i - this.seen)
    this.lower = 0x80
    this.upper = 0xbf
    this.codePoint = (this.codePoint << 6) | (b & 0x3f)
    this.seen++
    if (--this.needed === 0) {
      if (this.codePoint !== byteOrderMark || !this.atStart) this.emit(this.codePoint)
      this.atStart = false
    }
  }

  private finishSequence(): void {
    if (this.needed > 0) this.failEncoding(this.base - this.seen)
  }

  private finishPair(): void {
    if (this.highSurrogate === 0) return
    this.highSurrogate = 0
    this.emit(replacementCharacter)
  }

  private resolveCarriageReturn(next: number): void {
    if (next === lineFeed) this.carriageReturnPending = false
    else this.finishCarriageReturn()
  }

  private finishCarriageReturn(): void {
    if (this.carriageReturnPending) this.emit(carriageReturn)
    this.carriageReturnPending = false
  }

  private emit(codePoint: number): void {
    this.atStart = false
    this.block[this.length++] = codePoint
  }

  private flush(): void {
    if (this.length === 0) return
    const length = this.length
    this.length = 0
    this.consume(this.block, length)
  }

  private noteFirstBytes(bytes: Uint8Array): void {
    for (let i = 0; this.firstBytesSeen < 2 && i < bytes.length; i++, this.firstBytesSeen++) {
      this.firstBytes = (this.firstBytes << 8) | bytes[i]!
    }
  }

  private failEncoding(offset: number): never {
    throw new RepriseError(
      'not-utf8',
      `${this.name} is not UTF-8 text: bad byte sequence at offset ${offset}. ${this.guess()}`,
    )
  }

  private failBinary(offset: number): never {
    throw new RepriseError(
      'binary-text',
      `${this.name} is not text: it has a NUL at offset ${offset}. ${this.guess()} Or use the byte unit.`,
    )
  }

  private guess(): string {
    if (this.firstBytesSeen === 2) {
      if (this.firstBytes === 0xfffe || this.firstBytes === 0xfeff) {
        return 'It looks like UTF-16; convert it: iconv -f UTF-16 -t UTF-8.'
      }
      if (this.firstBytes === 0x1f8b) return 'It looks gzipped; decompress it first.'
    }
    return 'Convert it to UTF-8 first, for example: iconv -f LATIN1 -t UTF-8.'
  }
}

/** A copy of fewer bytes than this costs more than reading them one by one. */
const leastStretch = 32

/**
 * The end of the ASCII that stands for itself from `begin` on, found four bytes at a time, so up to three bytes early. It
 * ends before a byte of 128 or more, a carriage return and a NUL.
 */
function plainEnd(bytes: DataView, begin: number, end: number): number {
  const last = end - 4
  let i = begin
  for (; i <= last; i += 4) {
    const word = bytes.getInt32(i, true)
    const returns = word ^ 0x0d0d0d0d
    // The usual test for a zero byte, once as it is and once with carriage returns turned into zeros; it also takes
    // some bytes behind a zero for one, and never misses the first.
    const zeros = ((word - 0x01010101) & ~word) | ((returns - 0x01010101) & ~returns)
    if (((word | zeros) & 0x80808080) !== 0) return i
  }
  return i
}

function joinSurrogates(high: number, low: number): number {
  return 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff)
}

/** The string of `codePoints[begin, end)`. */
export function codePointsToString(codePoints: Uint32Array, begin: number, end: number): string {
  let text = ''
  // 4096 arguments stay far below every engine's limit.
  for (let from = begin; from < end; from += 4096) {
    text += String.fromCodePoint.apply(
      null,
      codePoints.subarray(from, Math.min(end, from + 4096)) as unknown as number[],
    )
  }
  return text
}
