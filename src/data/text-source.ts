import { RepriseError } from '../errors.js'

/** A piece of a document: UTF-8 bytes or text, split anywhere. */
export type TextChunk = Uint8Array | string

/** One text with a name: a file, a string, a stream. */
export interface TextDocument {
  /** For error messages: a path, or what else it is. */
  readonly name: string
  readonly chunks: AsyncIterable<TextChunk> | Iterable<TextChunk>
}

/** Where text comes from: documents one after the other, each read in pieces and never held whole. */
export interface TextSource {
  readonly name: string
  /** False for standard input and bare iterators: they can be read once. */
  readonly reopenable: boolean
  /** Size in bytes, where it is known beforehand (compressed size for gzipped files). */
  readonly bytes: number | undefined
  documents(): AsyncIterable<TextDocument> | Iterable<TextDocument>
}

/** What `textSource` takes. */
export type TextInput =
  | string
  | Uint8Array
  | readonly string[]
  | Iterable<TextChunk>
  | AsyncIterable<TextChunk>
  | (() => Iterable<TextChunk> | AsyncIterable<TextChunk>)
  | TextSource

/**
 * Text from memory or a stream.
 *
 * - A string or bytes: that text.
 * - A list of strings: texts of their own, such as lines; each gets a line end if it has none.
 * - An (async) iterable of strings or bytes: the pieces of one text, split anywhere, read once. A function that
 *   returns one can be read again, which saves a copy where text is read twice.
 */
export function textSource(input: TextInput, name = 'text'): TextSource {
  if (typeof input === 'string') {
    const bytes = input.length <= 1 << 24 ? utf8Length(input) : undefined
    return { name, reopenable: true, bytes, documents: () => [{ name, chunks: slices(input) }] }
  }
  if (input instanceof Uint8Array) {
    return { name, reopenable: true, bytes: input.length, documents: () => [{ name, chunks: slices(input) }] }
  }
  if (Array.isArray(input)) {
    const lines = input as readonly string[]
    return {
      name,
      reopenable: true,
      bytes: undefined,
      documents: () => [{ name, chunks: joinedLines(lines, name) }],
    }
  }
  if (typeof input === 'function') {
    return { name, reopenable: true, bytes: undefined, documents: () => [{ name, chunks: input() }] }
  }
  if (typeof input === 'object' && input !== null) {
    if ('documents' in input) return input
    if (Symbol.iterator in input || Symbol.asyncIterator in input) {
      return { name, reopenable: false, bytes: undefined, documents: once(name, input) }
    }
  }
  throw new RepriseError(
    'bad-input',
    `${name}: expected a string, bytes, a list of strings or an iterable of them, got ${typeof input}.`,
  )
}

/** Pieces small enough that what is made of them stays in the processor's cache. */
const sliceLength = 1 << 17

function* slices(text: string | Uint8Array): Generator<TextChunk> {
  for (let at = 0; at < text.length; at += sliceLength) {
    yield typeof text === 'string' ? text.slice(at, at + sliceLength) : text.subarray(at, at + sliceLength)
  }
}

/** Joined into larger pieces: handing on a million short lines one by one would be slow. */
function* joinedLines(lines: readonly string[], name: string): Generator<TextChunk> {
  let piece = ''
  for (const [i, line] of lines.entries()) {
    if (typeof line !== 'string') {
      throw new RepriseError(
        'bad-input',
        `${name}: expected only strings in the list, entry ${i} is ${typeof line}.`,
      )
    }
    piece += line.endsWith('\n') ? line : `${line}\n`
    if (piece.length < sliceLength) continue
    yield piece
    piece = ''
  }
  yield piece
}

function once(name: string, input: Iterable<TextChunk> | AsyncIterable<TextChunk>): () => TextDocument[] {
  let opened = false
  return () => {
    if (opened) {
      throw new RepriseError(
        'read-twice',
        `${name}: this stream was read already. Pass a function that returns a new one to read it again.`,
      )
    }
    opened = true
    return [{ name, chunks: input }]
  }
}

function utf8Length(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x800) length += unit >= 0xd800 && unit <= 0xdfff ? 1 : 2
    else if (unit >= 0x80) length += 1
  }
  return length
}
