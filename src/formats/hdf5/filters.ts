import { badFile } from '../bad-file.js'
import type { ByteReader } from './byte-reader.js'

export type Inflate = (data: Uint8Array, options: { out: Uint8Array }) => Uint8Array

/** What was done to chunks when they were written. */
export interface Filters {
  readonly inflate: Inflate
  /** The content of a chunk of `size` bytes. Throws `bad-file` when it is not that. */
  undo(packed: Uint8Array, size: number, elementSize: number, file: string, skipped: number): Uint8Array
}

const names: Readonly<Record<number, string>> = { 4: 'szip', 5: 'nbit', 6: 'scale-offset', 32000: 'lzf' }
const deflate = 1
const shuffle = 2
const checksum = 3

/** Reads a filter pipeline message. Throws `bad-file` for filters other than gzip, shuffle and fletcher32. */
export function readFilters(reader: ByteReader | undefined, inflate: Inflate): Filters {
  const ids = reader ? readIds(reader) : []
  for (const id of ids) {
    if (![deflate, shuffle, checksum].includes(id)) {
      throw badFile(
        reader!.source.name,
        `a data set is compressed with ${names[id] ?? `filter ${id}`}; use gzip or nothing`,
      )
    }
  }
  return {
    inflate,
    undo(packed, size, elementSize, file, skipped) {
      let content = packed
      for (const [index, id] of [...ids.entries()].reverse()) {
        if (skipped & (1 << index)) continue
        if (id === checksum) content = content.subarray(0, Math.max(0, content.length - 4))
        else if (id === shuffle) content = unshuffle(content, elementSize)
        else content = unpack(content, size, inflate, file)
      }
      if (content.length !== size)
        throw badFile(file, 'it is damaged: a chunk has another size than its data set says')
      return content
    },
  }
}

function readIds(reader: ByteReader): number[] {
  const version = reader.byte()
  const count = reader.byte()
  if (version === 1) reader.skip(6)
  return Array.from({ length: count }, () => {
    const id = reader.short()
    const nameLength = version === 1 || id >= 256 ? reader.short() : 0
    reader.skip(2)
    const values = reader.short()
    const padding = version === 1 && values % 2 === 1 ? 4 : 0
    reader.skip((version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength) + 4 * values + padding)
    return id
  })
}

function unpack(packed: Uint8Array, size: number, inflate: Inflate, file: string): Uint8Array {
  try {
    // Room for more than is wanted, to notice it.
    return inflate(packed, { out: new Uint8Array(size + 8) })
  } catch (error) {
    throw badFile(file, 'it is damaged: a chunk does not unpack', error)
  }
}

/** Bytes come grouped by their place in the element. */
function unshuffle(shuffled: Uint8Array, elementSize: number): Uint8Array {
  const count = Math.floor(shuffled.length / elementSize)
  const result = new Uint8Array(shuffled)
  for (let byte = 0; byte < elementSize; byte++) {
    for (let k = 0; k < count; k++) result[k * elementSize + byte] = shuffled[byte * count + k]!
  }
  return result
}
