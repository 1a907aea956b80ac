import { badFile } from '../bad-file.js'
import { ByteReader, type Hdf5Source, textOf } from './byte-reader.js'
import { readDataspace } from './dataspace.js'
import { decodeFixedStrings, decodeNumbers, readDatatype } from './datatype.js'
import { readHeapObject } from './global-heap.js'
import { MessageType, type ObjectHeader } from './object-header.js'

/** A text, a number, or a list of them. */
export type AttributeValue = string | number | readonly string[] | readonly number[]

/** Reads the attributes of a group or data set. Those of other types are left out. Throws `bad-file`. */
export function readAttributes(source: Hdf5Source, header: ObjectHeader): Map<string, AttributeValue> {
  checkNoneElsewhere(source, header)
  const attributes = new Map<string, AttributeValue>()
  for (const message of header.all(MessageType.attribute)) {
    const { name, value } = readAttribute(source, message)
    if (value !== undefined) attributes.set(name, value)
  }
  return attributes
}

function readAttribute(source: Hdf5Source, message: ByteReader) {
  const version = message.byte()
  const flags = message.byte()
  const nameSize = message.short()
  const typeSize = message.short()
  const spaceSize = message.short()
  if (version === 3) message.skip(1)
  if (version < 1 || version > 3 || (version > 1 && flags & 3)) {
    throw badFile(source.name, `it has an attribute of version ${version}, which is not read`)
  }
  const padded = (size: number) => (version === 1 ? Math.ceil(size / 8) * 8 : size)
  const name = textOf(message.take(padded(nameSize)))
  const part = (size: number) => {
    const begin = message.at
    message.skip(padded(size))
    return new ByteReader(source, begin, begin + size)
  }
  const typeReader = part(typeSize)
  const { count, isScalar } = readDataspace(part(spaceSize))
  let type: ReturnType<typeof readDatatype>
  try {
    type = readDatatype(typeReader)
  } catch {
    return { name, value: undefined } // compound or reference attributes say nothing about a model
  }
  if (type.class === 'opaque') return { name, value: undefined }
  const bytes = message.take(count * type.size)
  const one = <Value>(values: readonly Value[]) => (isScalar ? values[0] : values)
  switch (type.class) {
    case 'string':
      return { name, value: one(decodeFixedStrings(bytes, type.size)) as AttributeValue }
    case 'variableString':
      return { name, value: one(variableStrings(source, bytes, count)) as AttributeValue }
    default:
      return { name, value: one([...decodeNumbers(bytes, type, source.name)]) as AttributeValue }
  }
}

/** Length, address of a heap and number in it, for each text. */
function variableStrings(source: Hdf5Source, bytes: Uint8Array, count: number): string[] {
  const begin = bytes.byteOffset - source.bytes.byteOffset
  const reader = new ByteReader(source, begin, begin + bytes.length)
  const texts: string[] = []
  let total = 0
  for (let k = 0; k < count; k++) {
    const length = reader.word()
    const heap = reader.address()
    const index = reader.word()
    if (length === 0 || heap === undefined || heap === 0) {
      texts.push('')
      continue
    }
    total += length
    // Many texts may point to one place: do not let a small file become a large one.
    if (total > 4 * source.bytes.length) throw badFile(source.name, 'its texts are larger than the file')
    const content = readHeapObject(source, heap, index)
    if (content.length < length) throw badFile(source.name, 'it is damaged: a text is cut short')
    texts.push(textOf(content.subarray(0, length)))
  }
  return texts
}

/** With libver "latest" many attributes move out of the header. */
function checkNoneElsewhere(source: Hdf5Source, header: ObjectHeader): void {
  const info = header.one(MessageType.attributeInfo)
  if (!info) return
  info.skip(1)
  if (info.byte() & 1) info.skip(2)
  if (info.address() === undefined) return
  throw badFile(source.name, 'it keeps attributes apart (libver "latest"); save it with h5py’s defaults')
}
