import { RepriseError } from '../errors.js'
import type { Notes } from '../formats/notes.js'
import { decodeWindows1252, detectEncoding, namedDecoder } from './text-encodings.js'
import type { TextChunk, TextDocument } from './text-source.js'

const headBytes = 1 << 16
/** JavaScript's strings hold about twice as much. */
const longestLine = 2 ** 28
const lineFeed = 10
const carriageReturn = 13

export const oddLines = 'lines that are not UTF-8, read as windows-1252'

/**
 * The lines of a document, in blocks, without their ends (LF, CR LF, or CR alone). The encoding is found by the first bytes; in UTF-8 a line
 * that is none is read as Windows-1252, and counted where others are good UTF-8.
 *
 * `encoding` holds once all blocks were read. Throws `binary-text`, `line-too-long`, `unknown-name` for an encoding that does not exist.
 */
export class TextLines {
  encoding = 'utf-8'
  private oddCount = 0
  private oddPlace = ''
  private goodBeyondAscii = false
  private lines = 0

  constructor(
    private readonly document: TextDocument,
    private readonly notes: Notes,
    private readonly named?: string,
  ) {}

  async *blocks(): AsyncGenerator<readonly string[]> {
    const chunks = this.document.chunks
    const rest = (Symbol.asyncIterator in chunks ? chunks : fromSync(chunks))[Symbol.asyncIterator]()
    const first: TextChunk[] = []
    let size = 0
    while (size < headBytes) {
      const { done, value } = await rest.next()
      if (done) break
      first.push(value)
      size += value.length
    }
    const all = async function* () {
      yield* first
      yield* { [Symbol.asyncIterator]: () => rest }
    }
    if (typeof first[0] === 'string') yield* this.fromStrings(all() as AsyncIterable<string>)
    else yield* this.fromBytes(all() as AsyncIterable<Uint8Array>, first as Uint8Array[])
  }

  private async *fromBytes(
    chunks: AsyncIterable<Uint8Array>,
    first: readonly Uint8Array[],
  ): AsyncGenerator<readonly string[]> {
    const head = joined(first).subarray(0, headBytes)
    const named = this.named === undefined ? undefined : namedDecoder(this.named)
    this.encoding = named?.encoding ?? detectEncoding(head, this.document.name)
    if (this.encoding !== 'utf-8') {
      const decoder = named ?? namedDecoder(this.encoding)
      yield* this.fromStrings(decoded(chunks, decoder))
      return
    }
    const end = head.includes(lineFeed) || !head.includes(carriageReturn) ? lineFeed : carriageReturn
    let pending: Uint8Array[] = []
    let length = 0
    for await (const chunk of chunks) {
      const last = chunk.lastIndexOf(end)
      if (last >= 0) {
        const block = joined([...pending, chunk.subarray(0, last + 1)])
        yield this.cut(block, end)
        pending = []
        length = 0
      }
      const begun = chunk.subarray(last + 1)
      if (begun.length > 0) pending.push(begun)
      length += begun.length
      if (length > longestLine) throw this.tooLong()
    }
    if (length > 0) yield this.cut(joined(pending), end)
    this.conclude()
  }

  /** The lines of a block that ends where a line does. */
  private cut(block: Uint8Array, end: number): string[] {
    const mark = this.lines === 0 && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf
    const bytes = mark ? block.subarray(3) : block
    let text: string | undefined
    try {
      text = strict.decode(bytes)
    } catch {
      text = undefined
    }
    if (text === undefined) return this.cutOdd(bytes, end)
    if (text.length !== bytes.length) this.goodBeyondAscii = true
    return this.finish(text.split(end === lineFeed ? '\n' : '\r'))
  }

  private cutOdd(bytes: Uint8Array, end: number): string[] {
    const lines: string[] = []
    for (let at = 0; at < bytes.length; ) {
      const found = bytes.indexOf(end, at)
      const line = bytes.subarray(at, found < 0 ? bytes.length : found)
      at = found < 0 ? bytes.length : found + 1
      try {
        const text = strict.decode(line)
        if (text.length !== line.length) this.goodBeyondAscii = true
        lines.push(text)
      } catch {
        lines.push(decodeWindows1252(line))
        if (this.oddCount++ === 0) this.oddPlace = `${this.document.name}:${this.lines + lines.length}`
      }
      if (found >= 0 && at === bytes.length) lines.push('')
    }
    return this.finish(lines)
  }

  /** Drops what follows the last line end, and carriage returns. */
  private finish(lines: string[]): string[] {
    if (lines.at(-1) === '') lines.pop()
    for (const [i, line] of lines.entries()) {
      if (line.endsWith('\r')) lines[i] = line.slice(0, -1)
      else if (line.startsWith('\n')) lines[i] = line.slice(1)
    }
    this.lines += lines.length
    return lines
  }

  private async *fromStrings(pieces: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
    let pending = ''
    const damaged = `lines with bytes that are not ${this.encoding}`
    const checked = (text: string) => {
      const begin = this.lines === 0 && text.startsWith('\ufeff') ? text.slice(1) : text
      const lines = this.finish(begin.split('\n'))
      for (const [i, line] of lines.entries()) {
        if (!line.includes('\ufffd')) continue
        this.notes.add(damaged, `${this.document.name}:${this.lines - lines.length + i + 1}`)
      }
      return lines
    }
    for await (const piece of pieces) {
      const last = piece.lastIndexOf('\n')
      if (last >= 0) {
        yield checked(pending + piece.slice(0, last + 1))
        pending = ''
      }
      pending += piece.slice(last + 1)
      if (pending.length > longestLine) throw this.tooLong()
    }
    if (pending !== '') yield checked(pending)
  }

  private conclude(): void {
    if (this.oddCount === 0) return
    if (!this.goodBeyondAscii) this.encoding = 'windows-1252'
    else this.notes.add(oddLines, this.oddPlace, this.oddCount)
  }

  private tooLong(): RepriseError {
    return new RepriseError(
      'line-too-long',
      `${this.document.name}: line ${this.lines + 1} is longer than ${longestLine / 2 ** 20} MB. Give a file with one example a line.`,
    )
  }
}

/** All lines of a document. */
export async function allLines(lines: TextLines): Promise<string[]> {
  const all: string[] = []
  for await (const block of lines.blocks()) for (const line of block) all.push(line)
  return all
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

async function* decoded(chunks: AsyncIterable<Uint8Array>, decoder: TextDecoder): AsyncGenerator<string> {
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

async function* fromSync<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* items
}
