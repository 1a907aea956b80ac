import { badFile } from '../bad-file.js'
import { ByteReader, type Hdf5Source } from './byte-reader.js'

/** A part of a data set. */
export interface Chunk {
  readonly address: number
  /** Bytes in the file. */
  readonly size: number
  /** Bit k: filter k was not applied. */
  readonly skippedFilters: number
  /** Its first element. */
  readonly offset: readonly number[]
}

const mostLevels = 32

/** The chunks a tree lists. `axes` counts one more than the data set has. Throws `bad-file`. */
export function readChunks(source: Hdf5Source, address: number, axes: number): Chunk[] {
  const chunks: Chunk[] = []
  const seen = new Set<number>()
  const visit = (node: number, levels: number): void => {
    if (seen.has(node) || levels === 0) throw badFile(source.name, 'it is damaged: chunks contain themselves')
    seen.add(node)
    const reader = new ByteReader(source, node).signature('TREE').skip(1)
    const level = reader.byte()
    const count = reader.short()
    reader.skip(2 * source.offsetBytes)
    for (let k = 0; k < count; k++) {
      const size = reader.word()
      const skippedFilters = reader.word()
      const offset = Array.from({ length: axes - 1 }, () => reader.number(8))
      reader.skip(8)
      const child = reader.address()
      if (child === undefined) throw badFile(source.name, 'it is damaged: a chunk is missing')
      if (level > 0) visit(child, levels - 1)
      else chunks.push({ address: child, size, skippedFilters, offset })
    }
  }
  visit(address, mostLevels)
  const places = new Set(chunks.map(({ address: place }) => place))
  if (places.size < chunks.length) throw badFile(source.name, 'it is damaged: chunks lie in the same place')
  return chunks
}
