import { badFile } from '../bad-file.js'
import { ByteReader, type Hdf5Source } from './byte-reader.js'

/** One object of a global heap, where texts of variable length lie. Throws `bad-file`. */
export function readHeapObject(source: Hdf5Source, address: number, wanted: number): Uint8Array {
  const header = new ByteReader(source, address).signature('GCOL').skip(4)
  const end = address + header.length()
  const reader = new ByteReader(source, header.at, end)
  while (reader.at + 16 <= end) {
    const index = reader.short()
    reader.skip(6)
    const size = reader.length()
    if (index === 0) break // the rest is free
    if (index === wanted) return reader.take(size)
    reader.skip(Math.ceil(size / 8) * 8)
  }
  throw badFile(source.name, 'it is damaged: a text is missing')
}
