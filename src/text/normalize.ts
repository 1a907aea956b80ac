import { RepriseError } from '../errors.js'
import { isWhiteSpace } from './character-classes.js'
import {
  type AsciiConsumer,
  type CodePointConsumer,
  CodePointReader,
  codePointsToString,
  type Newlines,
} from './code-points.js'
import { expectRecord } from './json-checks.js'

/** How text is changed before it is cut into tokens. Everything is off by default except CR LF → LF. */
export interface NormalizeOptions {
  /** Unicode normal form. */
  readonly unicode?: 'NFC' | 'NFKC'
  readonly lowercase?: boolean
  /** Removes the accents U+0300–U+036F (é → e, й → и); signs that belong to a script, as in Hindi, stay. */
  readonly stripAccents?: boolean
  /** A run of white space becomes one space, or one newline when the run has a newline. */
  readonly collapseWhiteSpace?: boolean
  /** `lf` (default): CR LF becomes LF. `keep`: line ends stay as they are. */
  readonly newlines?: Newlines
}

const known = ['unicode', 'lowercase', 'stripAccents', 'collapseWhiteSpace', 'newlines'] as const

/** Checks options that come from a person or a file. Throws `option`. */
export function checkNormalizeOptions(value: unknown): NormalizeOptions {
  const options = expectRecord(value, 'normalize')
  for (const [name, option] of Object.entries(options)) {
    const fine =
      name === 'unicode'
        ? option === 'NFC' || option === 'NFKC'
        : name === 'newlines'
          ? option === 'lf' || option === 'keep'
          : (known as readonly string[]).includes(name) && typeof option === 'boolean'
    if (!fine) {
      throw new RepriseError(
        'option',
        `normalize: ${name} = ${JSON.stringify(option)} is not an option. Known: unicode ("NFC", "NFKC"), ` +
          'newlines ("lf", "keep"), lowercase, stripAccents, collapseWhiteSpace (true, false).',
      )
    }
  }
  return { ...options }
}

/** The whole text, normalised. The same code as the streaming form, so both always agree. */
export function normalizeText(text: string, options: NormalizeOptions): string {
  let result = ''
  const pipeline = new TextPipeline((block, length) => {
    result += codePointsToString(block, 0, length)
  }, options)
  pipeline.push(text)
  pipeline.endDocument()
  return result
}

/** Chunks of bytes or strings in, normalised code points out: what every tokenizer reads. */
export class TextPipeline {
  /** Code points delivered so far. */
  characters = 0
  private readonly reader: CodePointReader
  private readonly normalizer: Normalizer | undefined

  /** `consumeAscii`, where it is given, gets long stretches of plain ASCII that nothing is changed in. */
  constructor(
    consume: CodePointConsumer,
    options: NormalizeOptions = {},
    name?: string,
    consumeAscii?: AsciiConsumer,
  ) {
    const counted: CodePointConsumer = (block, length) => {
      this.characters += length
      consume(block, length)
    }
    const { unicode, lowercase, stripAccents, collapseWhiteSpace } = options
    if (unicode !== undefined || lowercase || stripAccents || collapseWhiteSpace) {
      const normalizer = new Normalizer(options, counted)
      this.normalizer = normalizer
      this.reader = new CodePointReader(
        (block, length) => normalizer.push(block, length),
        options.newlines,
        name,
      )
    } else {
      const countedAscii: AsciiConsumer | undefined =
        consumeAscii &&
        ((bytes, begin, end) => {
          this.characters += end - begin
          consumeAscii(bytes, begin, end)
        })
      this.reader = new CodePointReader(counted, options.newlines, name, countedAscii)
    }
  }

  push(chunk: Uint8Array | string): void {
    this.reader.push(chunk)
  }

  rename(name: string): void {
    this.reader.rename(name)
  }

  endDocument(nextName?: string): void {
    this.reader.endDocument(nextName)
    this.normalizer?.end()
  }
}

/**
 * Normalises a stream piece by piece. A piece ends after ASCII white space: no normal form composes across it and
 * no letter's lower case depends on what is behind it, so pieces give what the whole text would.
 */
class Normalizer {
  private pending = new Uint32Array(1 << 16)
  private length = 0
  /** White space seen and not yet written, when collapsing: none, a space, or a newline. */
  private run = 0
  private collapsed = new Uint32Array(0)

  constructor(
    private readonly options: NormalizeOptions,
    private readonly consume: CodePointConsumer,
  ) {}

  push(block: Uint32Array, length: number): void {
    this.reserve(length)
    this.pending.set(block.subarray(0, length), this.length)
    const before = this.length
    this.length += length
    let cut = this.length
    while (cut > before && !isBreak(this.pending[cut - 1]!)) cut--
    if (cut === before) return
    this.convert(cut)
    this.pending.copyWithin(0, cut, this.length)
    this.length -= cut
  }

  end(): void {
    this.convert(this.length)
    this.length = 0
    if (this.run !== 0) this.consume(Uint32Array.of(this.run), 1)
    this.run = 0
  }

  /** Only words that are not all ASCII, and the white space behind them, take the slow way through strings. */
  private convert(length: number): void {
    const { pending } = this
    let done = 0
    for (let i = 0; i < length; i++) {
      if (pending[i]! < 0x80) continue
      let begin = i
      while (begin > done && !isBreak(pending[begin - 1]!)) begin--
      let end = i + 1
      while (end < length && !(isBreak(pending[end - 1]!) && pending[end]! < 0x80)) end++
      this.convertPlain(done, begin)
      this.convertPiece(begin, end)
      done = end
      i = end - 1
    }
    this.convertPlain(done, length)
  }

  /** ASCII is its own normal form. */
  private convertPlain(begin: number, end: number): void {
    if (begin === end) return
    const { pending } = this
    if (this.options.lowercase) {
      // Adds 32 to A … Z, where both differences are negative. Capitals come too irregularly for a branch to be foreseen.
      for (let i = begin; i < end; i++) {
        const c = pending[i]!
        pending[i] = c + ((((64 - c) & (c - 91)) >>> 31) << 5)
      }
    }
    this.deliver(pending.subarray(begin, end), end - begin)
  }

  private convertPiece(begin: number, end: number): void {
    const text = this.convertString(codePointsToString(this.pending, begin, end))
    const points = new Uint32Array(text.length)
    let n = 0
    for (let i = 0; i < text.length; n++) {
      const codePoint = text.codePointAt(i)!
      points[n] = codePoint
      i += codePoint > 0xffff ? 2 : 1
    }
    this.deliver(points, n)
  }

  private convertString(text: string): string {
    const { unicode, lowercase, stripAccents } = this.options
    if (unicode !== undefined) text = text.normalize(unicode)
    if (lowercase) text = text.toLowerCase()
    if (stripAccents) {
      text = text
        .normalize('NFD')
        .replace(/[\u0300-\u036f]+/g, '')
        .normalize('NFC')
    }
    return unicode === undefined ? text : text.normalize(unicode)
  }

  private deliver(points: Uint32Array, length: number): void {
    if (!this.options.collapseWhiteSpace) {
      if (length > 0) this.consume(points, length)
      return
    }
    // A pending run may need one place more than the text read so far has given.
    if (this.collapsed.length < length + 1) this.collapsed = new Uint32Array(length + 1)
    const result = this.collapsed
    let n = 0
    for (let i = 0; i < length; i++) {
      const c = points[i]!
      if (isWhiteSpace(c)) {
        if (c === 10 || this.run === 0) this.run = c === 10 ? 10 : 32
        continue
      }
      if (this.run !== 0) {
        result[n++] = this.run
        this.run = 0
      }
      result[n++] = c
    }
    if (n > 0) this.consume(result, n)
  }

  private reserve(more: number): void {
    if (this.length + more <= this.pending.length) return
    const larger = new Uint32Array(Math.max(this.pending.length * 2, this.length + more))
    larger.set(this.pending.subarray(0, this.length))
    this.pending = larger
  }
}

function isBreak(codePoint: number): boolean {
  return codePoint === 32 || codePoint === 10 || codePoint === 9
}
