import { badFile } from '../bad-file.js'
import { ByteReader, type Hdf5Source, textOf } from './byte-reader.js'
import { MessageType, type ObjectHeader } from './object-header.js'

/** The address of what a name leads to; undefined: a link to another place or file, which is not followed. */
export type Links = ReadonlyMap<string, number | undefined>

const softLink = 2
/** A tree of groups with 2^32 members has no more levels. */
const mostLevels = 32

/** The members of a group; undefined when the header is not that of a group. Throws `bad-file`. */
export function readLinks(source: Hdf5Source, header: ObjectHeader): Links | undefined {
  const table = header.one(MessageType.symbolTable)
  if (table) {
    const tree = table.address()
    const heap = table.address()
    if (tree === undefined || heap === undefined)
      throw badFile(source.name, 'it is damaged: a group has no members')
    const links = new Map<string, number | undefined>()
    readTree(source, tree, readHeap(source, heap), links, mostLevels, new Set())
    return links
  }
  const info = header.one(MessageType.linkInfo)
  if (!info) return undefined
  info.skip(1)
  if (info.byte() & 1) info.skip(8)
  if (info.address() !== undefined) {
    throw badFile(
      source.name,
      'it keeps large groups apart (libver "latest" or track_order); save it with h5py’s defaults',
    )
  }
  return new Map(header.all(MessageType.link).map(readLinkMessage))
}

function readHeap(source: Hdf5Source, address: number): ByteReader {
  const reader = new ByteReader(source, address).signature('HEAP').skip(4)
  const size = reader.length()
  reader.length()
  const begin = reader.address() ?? Number.NaN
  return new ByteReader(source, begin, begin + size)
}

function readTree(
  source: Hdf5Source,
  address: number,
  heap: ByteReader,
  links: Map<string, number | undefined>,
  levels: number,
  seen: Set<number>,
): void {
  if (seen.has(address) || levels === 0) throw badFile(source.name, 'it is damaged: a group contains itself')
  seen.add(address)
  const reader = new ByteReader(source, address)
  if (source.bytes[address] === 'S'.charCodeAt(0)) {
    readSymbols(source, reader.signature('SNOD').skip(2), heap, links)
    return
  }
  reader.signature('TREE').skip(2)
  const count = reader.short()
  reader.skip(2 * source.offsetBytes)
  for (let k = 0; k < count; k++) {
    reader.length()
    const child = reader.address()
    if (child === undefined) throw badFile(source.name, 'it is damaged: a member of a group is missing')
    readTree(source, child, heap, links, levels - 1, seen)
  }
}

function readSymbols(
  source: Hdf5Source,
  reader: ByteReader,
  heap: ByteReader,
  links: Map<string, number | undefined>,
): void {
  const count = reader.short()
  for (let k = 0; k < count; k++) {
    const nameOffset = reader.number(source.offsetBytes)
    const address = reader.address()
    const cached = reader.word()
    reader.skip(4 + 16)
    if (!(nameOffset < heap.end - heap.at)) throw badFile(source.name, 'it is damaged: a name is missing')
    const name = textOf(source.bytes.subarray(heap.at + nameOffset, heap.end))
    links.set(checkName(name, source), cached === softLink ? undefined : address)
  }
}

function readLinkMessage(reader: ByteReader): [string, number | undefined] {
  reader.skip(1)
  const flags = reader.byte()
  const type = flags & 0x08 ? reader.byte() : 0
  if (flags & 0x04) reader.skip(8)
  if (flags & 0x10) reader.skip(1)
  const name = textOf(reader.take(reader.number(2 ** (flags & 3))))
  checkName(name, reader.source)
  return [name, type === 0 ? reader.address() : undefined]
}

function checkName(name: string, source: Hdf5Source): string {
  if (name !== '' && !name.includes('/')) return name
  throw badFile(
    source.name,
    `it is damaged: a member of a group is called ${JSON.stringify(name.slice(0, 80))}`,
  )
}
