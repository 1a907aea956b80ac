import { badFile } from '../bad-file.js'
import type { ByteWindow } from './byte-window.js'
import type { VectorTable } from './vector-table.js'
import type { WordVectorsOptions } from './word-vectors.js'

const longestWord = 1 << 16
const decoder = new TextDecoder()

/** Reads word2vec's binary form after its header: each word, a blank, its numbers as float32, and mostly a line end. */
export async function readBinaryVectors(
  window: ByteWindow,
  name: string,
  table: VectorTable,
  options: WordVectorsOptions,
  declared: number,
): Promise<void> {
  const { dimension, collected } = table
  const count = Math.min(declared, options.limit ?? Infinity)
  for (let seen = 0; seen < count; seen++) {
    const cut = (what: string) =>
      badFile(name, `${what} after ${seen} of ${declared} words; it is cut short or damaged`)
    let blank = window.bytes.indexOf(32)
    while (blank < 0) {
      if (window.length > longestWord) throw cut('no word')
      if (!(await window.fill())) throw cut('the file ends')
      blank = window.bytes.indexOf(32)
    }
    if (blank > longestWord) throw cut('no word')
    const length = blank + 1 + dimension * 4
    if (!(await window.ensure(length))) throw cut('the file ends')
    const bytes = window.bytes
    let begin = 0
    while (begin < blank && (bytes[begin] === 10 || bytes[begin] === 13)) begin++
    const word = decoder.decode(bytes.subarray(begin, blank))
    if (options.wanted === undefined || options.wanted(word)) {
      if (table.has(word)) collected.add('words that come twice, the first kept', word)
      else {
        const row = table.next()
        const view = new DataView(bytes.buffer, bytes.byteOffset + blank + 1)
        for (let i = 0; i < dimension; i++) row[i] = view.getFloat32(i * 4, true)
        if (row.every(Number.isFinite)) table.add(word)
        else collected.add('words whose numbers are not finite, left out', word)
      }
    }
    window.take(length)
  }
}
