import { badFile } from '../bad-file.js'
import { ByteReader, type Hdf5Source } from './byte-reader.js'

/** The kinds of header messages that are read. */
export const MessageType = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const

/** Headers of models have a few dozen messages; this bounds what a file without end can cost. */
const mostMessages = 100_000

/** The messages in the header of a group or data set, by type. */
export interface ObjectHeader {
  /** Reads the only message of a type; undefined when there is none. */
  one(type: number): ByteReader | undefined
  all(type: number): ByteReader[]
}

/** Reads the header at an address, of either version, with its continuations. Throws `bad-file`. */
export function readObjectHeader(source: Hdf5Source, address: number): ObjectHeader {
  const isSecond = String.fromCharCode(...source.bytes.subarray(address, address + 4)) === 'OHDR'
  const messages = isSecond ? secondVersion(source, address) : firstVersion(source, address)
  const all = (type: number) =>
    messages
      .filter((message) => message.type === type)
      .map(({ begin, end, shared }) => {
        if (shared)
          throw badFile(
            source.name,
            'it shares parts of headers (libver "latest"); save it with h5py’s defaults',
          )
        return new ByteReader(source, begin, end)
      })
  return { all, one: (type) => all(type)[0] }
}

interface Message {
  readonly type: number
  readonly begin: number
  readonly end: number
  readonly shared: boolean
}

interface Block {
  readonly begin: number
  readonly end: number
}

function firstVersion(source: Hdf5Source, address: number): Message[] {
  const header = new ByteReader(source, address)
  const version = header.byte()
  if (version !== 1) throw badFile(source.name, `it is damaged: no object lies at byte ${address}`)
  header.skip(1 + 2 + 4)
  const size = header.word()
  header.skip(4)
  return walk(source, { begin: header.at, end: header.at + size }, (block) => {
    const reader = new ByteReader(source, block.begin, block.end)
    return (): Message | undefined => {
      if (reader.at + 8 > block.end) return undefined
      const type = reader.short()
      const length = reader.short()
      const shared = (reader.byte() & 0x02) !== 0
      const begin = reader.skip(3).at
      reader.skip(length)
      return { type, begin, end: begin + length, shared }
    }
  })
}

function secondVersion(source: Hdf5Source, address: number): Message[] {
  const header = new ByteReader(source, address).signature('OHDR')
  if (header.byte() !== 2) throw badFile(source.name, `it is damaged: no object lies at byte ${address}`)
  const flags = header.byte()
  if (flags & 0x20) header.skip(16)
  if (flags & 0x10) header.skip(4)
  const size = header.number(2 ** (flags & 3))
  const prefix = flags & 0x04 ? 6 : 4
  const checksum = 4
  const first = { begin: header.at, end: header.at + size }
  return walk(source, first, (block, isFirst) => {
    const reader = new ByteReader(source, block.begin, isFirst ? block.end : block.end - checksum)
    if (!isFirst) reader.signature('OCHK')
    return (): Message | undefined => {
      if (reader.at + prefix > reader.end) return undefined
      const type = reader.byte()
      const length = reader.short()
      const shared = (reader.byte() & 0x02) !== 0
      const begin = reader.skip(prefix - 4).at
      reader.skip(length)
      return { type, begin, end: begin + length, shared }
    }
  })
}

/** All messages of the first block and of those that continue it, each block once. */
function walk(
  source: Hdf5Source,
  first: Block,
  open: (block: Block, isFirst: boolean) => () => Message | undefined,
): Message[] {
  const messages: Message[] = []
  const blocks = [first]
  const seen = new Set([first.begin])
  for (const block of blocks) {
    const next = open(block, block === first)
    for (let message = next(); message; message = next()) {
      if (message.type === MessageType.continuation) {
        const reader = new ByteReader(source, message.begin, message.end)
        const begin = reader.address() ?? Number.NaN
        if (seen.has(begin)) throw badFile(source.name, 'it is damaged: a header continues in itself')
        seen.add(begin)
        blocks.push({ begin, end: begin + reader.length() })
      } else messages.push(message)
      if (messages.length + blocks.length > mostMessages) {
        throw badFile(source.name, 'it is damaged: a header does not end')
      }
    }
  }
  return messages
}
