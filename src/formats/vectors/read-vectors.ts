import { badFile } from '../bad-file.js'
import { readBinaryVectors } from './binary-vectors.js'
import { ByteWindow } from './byte-window.js'
import { fastTextMagic, readFastText, rowsInMemory } from './fasttext-model.js'
import { readTextVectors, VectorLine, wholeLine } from './text-vectors.js'
import { VectorTable } from './vector-table.js'
import type { WordVectors, WordVectorsOptions } from './word-vectors.js'

const widest = 1 << 16
/** Enough bytes to hold the first line of a text with vectors this wide. */
const lineBytes = (dimension: number) => 1024 + dimension * 40

/** See `readWordVectors`. */
export async function readVectors(
  input: string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: WordVectorsOptions,
): Promise<WordVectors> {
  const name = typeof input === 'string' ? input : 'word vectors'
  const window = new ByteWindow(typeof input === 'string' ? await openFile(input) : input)
  try {
    if (!(await window.ensure(8))) throw notVectors(name, 'it is nearly empty')
    const { buffer, byteOffset } = window.bytes
    if (new DataView(buffer, byteOffset).getInt32(0, true) === fastTextMagic) {
      return await readFastText(window, name, options, async (offset, rows, dimension) => {
        if (typeof input === 'string') {
          const { isPlainFile } = await import('../node-file-stream.js')
          if (await isPlainFile(input)) {
            const { openRows } = await import('./node-row-file.js')
            return openRows(input, offset, rows, dimension)
          }
        }
        return rowsInMemory(window, name, rows, dimension)
      })
    }
    return await readWords(window, name, options)
  } finally {
    await window.close()
  }
}

/** Lines of text, or word2vec's binary form. */
async function readWords(
  window: ByteWindow,
  name: string,
  options: WordVectorsOptions,
): Promise<WordVectors> {
  const found = await wholeLine(window, name)
  const first = window.bytes.slice(0, found < 0 ? window.length : found)
  const header = /^\s*(\d+)[ \t]+(\d+)\s*$/.exec(new TextDecoder().decode(first.subarray(0, 100)))
  if (first.length <= 100 && header !== null) {
    const [declared, dimension] = [Number(header[1]), Number(header[2])]
    if (dimension < 1 || dimension > widest)
      throw badFile(name, `vectors of ${dimension} numbers are promised`)
    window.take(found + 1)
    if (await isText(window, dimension)) {
      const table = new VectorTable('word2vec-text', dimension)
      await readTextVectors(window, name, table, options, 2, declared)
      return filled(table, name, options)
    }
    const table = new VectorTable('word2vec-binary', dimension)
    await readBinaryVectors(window, name, table, options, declared)
    return filled(table, name, options)
  }
  const dimension =
    new TextDecoder()
      .decode(first)
      .trim()
      .split(/[ \t]+/).length - 1
  const line = new VectorLine(dimension)
  const sound = dimension >= 1 && dimension <= widest && line.begin(first, first.length)
  if (!sound || !line.read(first, new Float32Array(dimension))) {
    throw notVectors(
      name,
      `its first line begins with ${JSON.stringify(new TextDecoder().decode(first.subarray(0, 40)))}`,
    )
  }
  const table = new VectorTable('glove', dimension)
  await readTextVectors(window, name, table, options, 1, undefined)
  return filled(table, name, options)
}

/** Whether the line after a header is a word and its numbers in text. */
async function isText(window: ByteWindow, dimension: number): Promise<boolean> {
  while (window.bytes.indexOf(10) < 0 && window.length < lineBytes(dimension))
    if (!(await window.fill())) break
  const end = window.bytes.indexOf(10)
  const bytes = window.bytes.subarray(0, end < 0 ? window.length : end)
  const line = new VectorLine(dimension)
  return line.begin(bytes, bytes.length) && line.read(bytes, new Float32Array(dimension))
}

function filled(table: VectorTable, name: string, { wanted }: WordVectorsOptions): WordVectors {
  if (table.size === 0 && wanted === undefined) throw notVectors(name, 'there is no word in it')
  return table
}

async function openFile(path: string): Promise<AsyncIterable<Uint8Array>> {
  const { checkReadable, readChunks, standardInput } = await import('../node-file-stream.js')
  if (path !== standardInput) await checkReadable(path)
  return readChunks(path)
}

const notVectors = (name: string, what: string) =>
  badFile(
    name,
    `this is no file of word vectors: ${what}. Expected lines of a word and its numbers (GloVe, word2vec, fastText .vec), or word2vec's or fastText's binary form`,
  )
