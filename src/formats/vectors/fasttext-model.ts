import { RepriseError } from '../../errors.js'
import { badFile } from '../bad-file.js'
import type { ByteWindow } from './byte-window.js'
import { FastTextVectors, type Rows } from './fasttext-vectors.js'
import type { WordVectors, WordVectorsOptions } from './word-vectors.js'

export const fastTextMagic = 793712314
const versions = [11, 12]
const supervised = 3
const longestWord = 1 << 16
const decoder = new TextDecoder()

/** Opens the rows of a matrix that begins at `offset` of the file. */
export type OpenRows = (offset: number, rows: number, dimension: number) => Promise<Rows>

/**
 * Reads fastText's `.bin`: arguments, dictionary, and the matrix of words and of their parts. The window stands at the beginning of the file.
 * Throws `unsupported-vectors`, `bad-file`.
 */
export async function readFastText(
  window: ByteWindow,
  name: string,
  options: WordVectorsOptions,
  openRows: OpenRows,
): Promise<WordVectors> {
  const numbers = new NumberReader(window, name)
  await numbers.int32()
  const version = await numbers.int32()
  if (!versions.includes(version)) {
    throw unsupported(name, `has version ${version}; versions ${versions.join(' and ')} can be read`)
  }
  const dimension = await numbers.int32()
  await numbers.skip(5 * 4)
  const loss = await numbers.int32()
  const model = await numbers.int32()
  const buckets = await numbers.int32()
  const shortest = await numbers.int32()
  const longest = await numbers.int32()
  await numbers.skip(4 + 8)
  const entries = await numbers.int32()
  const words = await numbers.int32()
  const labels = await numbers.int32()
  await numbers.int64()
  const pruned = await numbers.int64()
  const sound =
    dimension > 0 && loss > 0 && buckets >= 0 && words >= 0 && labels >= 0 && entries === words + labels
  if (!sound) throw badFile(name, 'the numbers at its beginning contradict each other; it is damaged')
  // The first version of supervised models had no parts, whatever its arguments say.
  const parts = version === 11 && model === supervised ? 0 : longest
  const dictionary = await readDictionary(window, name, entries, options)
  await numbers.skip(Math.max(0, pruned) * 8)
  const quantized = await numbers.byte()
  if (quantized !== 0 || pruned > 0) {
    throw unsupported(name, 'is quantised. Use the full model (`.bin`), or its vectors as text (`.vec`)')
  }
  const rows = await numbers.int64()
  const columns = await numbers.int64()
  const expected = words + (parts > 0 ? buckets : 0)
  if (columns !== dimension || rows < expected) {
    throw badFile(
      name,
      `the matrix is ${rows} by ${columns}, expected at least ${expected} by ${dimension}; it is damaged`,
    )
  }
  const matrix = await openRows(window.position, rows, dimension)
  const subwords = { shortest, longest: parts, buckets }
  return new FastTextVectors(dimension, dictionary, words, subwords, matrix, options)
}

/** Words and their rows; labels of supervised models have none. */
async function readDictionary(
  window: ByteWindow,
  name: string,
  entries: number,
  { wanted }: WordVectorsOptions,
): Promise<Map<string, number>> {
  const dictionary = new Map<string, number>()
  const tail = 1 + 8 + 1
  let row = 0
  for (let entry = 0; entry < entries; entry++) {
    let end = window.bytes.indexOf(0)
    while (end < 0 || window.length < end + tail) {
      const room = window.length < longestWord || end >= 0
      if (!room || !(await window.fill())) {
        throw badFile(
          name,
          `there are ${entry} of the ${entries} words it should have; it is cut short or damaged`,
        )
      }
      if (end < 0) end = window.bytes.indexOf(0)
    }
    const bytes = window.bytes
    const isWord = bytes[end + tail - 1] === 0
    if (isWord) {
      const word = decoder.decode(bytes.subarray(0, end))
      if ((wanted === undefined || wanted(word)) && !dictionary.has(word)) dictionary.set(word, row)
      row++
    }
    window.take(end + tail)
  }
  return dictionary
}

/** All rows in memory, for a file that is packed or comes as a stream. */
export async function rowsInMemory(
  window: ByteWindow,
  name: string,
  count: number,
  dimension: number,
): Promise<Rows> {
  const rowsAtOnce = Math.max(1, Math.floor(2 ** 24 / dimension))
  const blocks: Float32Array[] = []
  for (let row = 0; row < count; row++) {
    if (!(await window.ensure(dimension * 4))) {
      throw badFile(name, `the file ends after ${row} of its ${count} vectors; it is cut short`)
    }
    const inBlock = row % rowsAtOnce
    if (inBlock === 0) blocks.push(new Float32Array(Math.min(rowsAtOnce, count - row) * dimension))
    const target = new Uint8Array(blocks.at(-1)!.buffer, inBlock * dimension * 4, dimension * 4)
    target.set(window.bytes.subarray(0, dimension * 4))
    window.take(dimension * 4)
  }
  return {
    read(index) {
      const begin = (index % rowsAtOnce) * dimension
      return blocks[Math.floor(index / rowsAtOnce)]!.subarray(begin, begin + dimension)
    },
    close() {},
  }
}

/** Little-endian numbers, one after the other. */
class NumberReader {
  constructor(
    private readonly window: ByteWindow,
    private readonly name: string,
  ) {}

  async int32(): Promise<number> {
    return (await this.view(4)).getInt32(0, true)
  }

  async int64(): Promise<number> {
    return Number((await this.view(8)).getBigInt64(0, true))
  }

  async byte(): Promise<number> {
    return (await this.view(1)).getUint8(0)
  }

  async skip(count: number): Promise<void> {
    await this.view(count)
  }

  private async view(count: number): Promise<DataView> {
    if (!(await this.window.ensure(count))) throw badFile(this.name, 'the file is cut short')
    const { buffer, byteOffset } = this.window.bytes
    this.window.take(count)
    return new DataView(buffer, byteOffset, count)
  }
}

const unsupported = (name: string, what: string) =>
  new RepriseError('unsupported-vectors', `${name}: this fastText model ${what}.`)
