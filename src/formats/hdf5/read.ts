import { badFile } from '../bad-file.js'
import { type AttributeValue, readAttributes } from './attributes.js'
import { ByteReader, type Hdf5Source } from './byte-reader.js'
import { readLayout } from './dataset.js'
import { type Dataspace, readDataspace } from './dataspace.js'
import { bfloat16, type Datatype, decodeNumbers, readDatatype } from './datatype.js'
import type { Inflate } from './filters.js'
import { type Links, readLinks } from './links.js'
import { MessageType, type ObjectHeader, readObjectHeader } from './object-header.js'

/** An array in an HDF5 file; its values are read on demand. */
export interface Hdf5Dataset {
  readonly kind: 'dataset'
  readonly shape: readonly number[]
  attribute(name: string): AttributeValue | undefined
  /** As float32, whatever their type (float16, bfloat16, float64, integers). Throws `bad-file`. */
  values(): Float32Array
}

/** A folder in an HDF5 file. */
export interface Hdf5Group {
  readonly kind: 'group'
  /** Of its members, in the order of the file (by name). */
  readonly names: readonly string[]
  attribute(name: string): AttributeValue | undefined
  /** A list of texts; one that was split into `name0`, `name1`, … is put together. Throws `bad-file` for anything else. */
  texts(name: string): readonly string[] | undefined
  /** What a path like "layers/dense/vars" leads to; undefined when there is nothing. Links to elsewhere throw `bad-file`. */
  get(path: string): Hdf5Group | Hdf5Dataset | undefined
  group(path: string): Hdf5Group | undefined
  dataset(path: string): Hdf5Dataset | undefined
}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

/** Whether bytes begin as an HDF5 file does. */
export const isHdf5 = (bytes: Uint8Array): boolean => signature.every((byte, at) => bytes[at] === byte)

/**
 * Opens an HDF5 file that lies in memory, as h5py writes it by default; values are read on demand. Everything is checked
 * against the size of the file before it is allocated, and all values together may take at most 64 times that size.
 *
 * Throws `bad-file` when it is no such file, is cut short, contradicts itself, or uses what h5py only does on request (links
 * to other files, groups and attributes in the form of libver "latest", compression other than gzip). `name` is used in
 * messages.
 */
export async function openHdf5(bytes: Uint8Array, name = 'file'): Promise<Hdf5Group> {
  if (!isHdf5(bytes)) throw badFile(name, 'it is not an HDF5 file')
  const { unzlibSync } = await import('fflate')
  const { source, root } = readSuperblock(bytes, name)
  const file: OpenFile = { source, inflate: unzlibSync, budget: 2 ** 26 + 64 * bytes.length }
  const opened = openObject(file, root)
  if (opened.kind !== 'group') throw badFile(name, 'it is damaged: it has no root group')
  return opened
}

interface OpenFile {
  readonly source: Hdf5Source
  readonly inflate: Inflate
  /** Bytes of values that may still be read: many names may lead to one data set. */
  budget: number
}

function readSuperblock(bytes: Uint8Array, name: string): { source: Hdf5Source; root: number } {
  const version = bytes[8]!
  const isOld = version === 0 || version === 1
  if (!isOld && version !== 2 && version !== 3)
    throw badFile(name, `HDF5 of superblock ${version} is not read`)
  const offsetBytes = bytes[isOld ? 13 : 9]!
  const lengthBytes = bytes[isOld ? 14 : 10]!
  if (![4, 8].includes(offsetBytes) || ![4, 8].includes(lengthBytes)) {
    throw badFile(name, 'it is damaged: its addresses have no valid size')
  }
  const source = { bytes, name, offsetBytes, lengthBytes }
  const reader = new ByteReader(source, isOld ? (version === 0 ? 24 : 28) : 12)
  const base = reader.address()
  reader.address()
  const end = reader.address()
  if (base !== 0) throw badFile(name, 'it begins with something else (a user block)')
  if (end === undefined || end > bytes.length) {
    throw badFile(name, `it is cut short: it should have ${end} bytes, and ${bytes.length} are there`)
  }
  if (isOld) {
    reader.address()
    reader.skip(offsetBytes)
  }
  const root = reader.address()
  if (root === undefined) throw badFile(name, 'it is damaged: it has no root group')
  return { source, root }
}

function openObject(file: OpenFile, address: number): Hdf5Group | Hdf5Dataset {
  const { source } = file
  const header = readObjectHeader(source, address)
  let attributes: Map<string, AttributeValue> | undefined
  const attribute = (name: string) => {
    attributes ??= readAttributes(source, header)
    return attributes.get(name)
  }
  const links = readLinks(source, header)
  return links ? openGroup(file, links, attribute) : openDataset(file, header, attribute)
}

type ReadAttribute = (name: string) => AttributeValue | undefined

function openGroup(file: OpenFile, links: Links, attribute: ReadAttribute): Hdf5Group {
  const { name: fileName } = file.source
  const opened = new Map<string, Hdf5Group | Hdf5Dataset>()
  const member = (name: string) => {
    const known = opened.get(name)
    if (known || !links.has(name)) return known
    const address = links.get(name)
    if (address === undefined)
      throw badFile(fileName, `"${name}" is a link to another place, which is not followed`)
    const found = openObject(file, address)
    opened.set(name, found)
    return found
  }
  const get = (path: string) => {
    const slash = path.indexOf('/')
    if (slash < 0) return member(path)
    const next = member(path.slice(0, slash))
    return next?.kind === 'group' ? next.get(path.slice(slash + 1)) : undefined
  }
  const of = <Kind extends 'group' | 'dataset'>(kind: Kind, path: string) => {
    const found = get(path)
    if (found === undefined || found.kind === kind) return found
    throw badFile(fileName, `"${path}" is a ${found.kind}, and a ${kind} is expected`)
  }
  const texts = (name: string) => {
    const whole = attribute(name)
    if (whole !== undefined) return textList(whole, name, fileName)
    const parts: string[] = []
    for (let k = 0; ; k++) {
      const part = attribute(`${name}${k}`)
      if (part === undefined) return k === 0 ? undefined : parts
      for (const text of textList(part, name, fileName)) parts.push(text)
    }
  }
  return {
    kind: 'group',
    names: [...links.keys()],
    attribute,
    texts,
    get,
    group: (path) => of('group', path) as Hdf5Group | undefined,
    dataset: (path) => of('dataset', path) as Hdf5Dataset | undefined,
  }
}

/** An empty list has no type: h5py writes it as numbers. */
function textList(value: AttributeValue, name: string, file: string): readonly string[] {
  if (Array.isArray(value) && (value.length === 0 || typeof value[0] === 'string')) return value as string[]
  throw badFile(file, `attribute "${name}" should be a list of texts`)
}

function openDataset(file: OpenFile, header: ObjectHeader, attribute: ReadAttribute): Hdf5Dataset {
  const { source, inflate } = file
  const spaceMessage = header.one(MessageType.dataspace)
  if (!spaceMessage || !header.one(MessageType.datatype))
    throw badFile(source.name, 'it is damaged: something is neither group nor data set')
  const space: Dataspace = readDataspace(spaceMessage)
  const values = () => {
    const type = numberType(readDatatype(header.one(MessageType.datatype)!), attribute)
    const size = Math.max(4, type.size) * space.count
    file.budget -= size
    if (!(file.budget >= 0)) {
      throw badFile(source.name, `its data sets claim far more bytes than the ${source.bytes.length} it has`)
    }
    const bytes = readLayout(source, header, space, type.size, inflate).read()
    return decodeNumbers(bytes.subarray(0, space.count * type.size), type, source.name)
  }
  return { kind: 'dataset', shape: space.shape, attribute, values }
}

/** h5py knows no bfloat16: Keras writes two bytes and an attribute that says so. */
function numberType(type: Datatype, attribute: ReadAttribute): Datatype {
  return type.size === 2 && attribute('dtype') === 'bfloat16' ? bfloat16 : type
}
