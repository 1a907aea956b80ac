import { ByteWriter } from './byte-writer.js'
import { dataspace, type HeaderMessage } from './header-message.js'
import { messagesOf, type WrittenAttribute } from './write-messages.js'

/** A folder to write: its members, groups and data sets, by name. */
export interface GroupToWrite {
  readonly attributes?: Readonly<Record<string, WrittenAttribute>> | undefined
  readonly members: ReadonlyMap<string, GroupToWrite | DatasetToWrite>
}

export interface DatasetToWrite {
  readonly shape: readonly number[]
  readonly values: Float32Array | Int32Array
}

const headerBytes = 16
const symbolBytes = 40
/** Half the symbols of a leaf; h5py's default. */
const leafHalf = 4

/**
 * An HDF5 file in the layout h5py writes by default (superblock 0, groups as trees of symbols, values in one piece), which
 * every reader knows. The same content gives the same bytes. Names must not be empty or contain "/"; a text attribute may
 * have any length, a list of texts at most 65,000 bytes (split it, as Keras does).
 */
export function writeHdf5(root: GroupToWrite): Uint8Array {
  // One level of tree is enough for every group when a node has room for the largest.
  const leaves = Math.ceil(largestGroup(root) / (2 * leafHalf))
  const nodeHalf = Math.max(16, Math.ceil(leaves / 2))
  const writer = new ByteWriter()
  writer.bytes(Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a))
  writer.bytes(Uint8Array.of(0, 0, 0, 0, 0, 8, 8, 0))
  writer.short(leafHalf).short(nodeHalf).word(0)
  writer.address(0).address(undefined)
  const endOfFile = writer.reserve(8)
  writer.address(undefined)
  const entry = writer.reserve(symbolBytes)
  const made = writeGroup(writer, root, nodeHalf)
  writer.within(entry, () => symbol(writer, 0, made))
  writer.align()
  const size = writer.length
  writer.within(endOfFile, () => writer.address(size))
  return writer.finish()
}

interface WrittenObject {
  readonly address: number
  /** Of a group: where its tree and its names lie. */
  readonly group?: { readonly tree: number; readonly heap: number }
}

function symbol(writer: ByteWriter, nameOffset: number, { address, group }: WrittenObject): void {
  writer.address(nameOffset).address(address)
  writer.word(group ? 1 : 0).word(0)
  writer.address(group ? group.tree : 0).address(group ? group.heap : 0)
}

function writeGroup(writer: ByteWriter, group: GroupToWrite, nodeHalf: number): WrittenObject {
  const names = [...group.members.keys()].map((name) => ({ name, encoded: new TextEncoder().encode(name) }))
  names.sort((a, b) => compareBytes(a.encoded, b.encoded))
  const made = names.map(({ name, encoded }) => {
    const member = group.members.get(name)!
    const object = 'members' in member ? writeGroup(writer, member, nodeHalf) : writeDataset(writer, member)
    return { encoded, object }
  })
  const { heap, offsets } = writeNames(
    writer,
    made.map(({ encoded }) => encoded),
  )
  const leaves: { readonly address: number; readonly last: number }[] = []
  for (let first = 0; first < made.length; first += 2 * leafHalf) {
    const part = made.slice(first, first + 2 * leafHalf)
    const address = writer.align().length
    const end = address + 8 + 2 * leafHalf * symbolBytes
    writer.text('SNOD').byte(1).byte(0).short(part.length)
    for (const [k, { object }] of part.entries()) symbol(writer, offsets[first + k]!, object)
    writer.padTo(end)
    leaves.push({ address, last: offsets[first + part.length - 1]! })
  }
  const tree = writer.align().length
  writer.text('TREE').byte(0).byte(0).short(leaves.length).address(undefined).address(undefined)
  writer.address(0)
  for (const { address, last } of leaves) writer.address(address).address(last)
  writer.padTo(tree + 24 + 8 * (2 * nodeHalf + 1) + 8 * 2 * nodeHalf)
  const attributes = messagesOf(writer, group.attributes ?? {})
  const address = writeHeader(writer, [
    { type: 0x11, content: (out) => out.address(tree).address(heap) },
    ...attributes,
  ])
  return { address, group: { tree, heap } }
}

/** The names of a group, each with a zero behind and aligned; the first is empty. */
function writeNames(writer: ByteWriter, names: readonly Uint8Array[]) {
  const offsets: number[] = []
  let size = 8
  for (const name of names) {
    offsets.push(size)
    size += Math.ceil((name.length + 1) / 8) * 8
  }
  const heap = writer.align().length
  const noFreeBlock = 1
  writer
    .text('HEAP')
    .word(0)
    .address(size)
    .address(noFreeBlock)
    .address(heap + 32)
  const begin = writer.length
  for (const [k, name] of names.entries()) writer.padTo(begin + offsets[k]!).bytes(name)
  writer.padTo(begin + size)
  return { heap, offsets }
}

function writeDataset(writer: ByteWriter, { shape, values }: DatasetToWrite): WrittenObject {
  const data = writer.align().length
  writer.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  const isFloat = values instanceof Float32Array
  const address = writeHeader(writer, [
    { type: 0x01, content: (out) => dataspace(out, shape) },
    { type: 0x03, content: (out) => (isFloat ? float32(out) : int32(out)) },
    // Fill value: version 2, allocated late, written if set, not defined.
    { type: 0x05, content: (out) => out.byte(2).byte(2).byte(2).byte(0) },
    {
      type: 0x08,
      content: (out) =>
        out
          .byte(3)
          .byte(1)
          .address(values.length === 0 ? undefined : data)
          .address(values.byteLength),
    },
  ])
  return { address }
}

function writeHeader(writer: ByteWriter, messages: readonly HeaderMessage[]): number {
  const address = writer.align().length
  writer.byte(1).byte(0).short(messages.length).word(1)
  const size = writer.reserve(4)
  writer.word(0)
  for (const { type, content } of messages) {
    writer.short(type)
    const length = writer.reserve(2)
    writer.word(0)
    const begin = writer.length
    content(writer)
    writer.padTo(begin + Math.ceil((writer.length - begin) / 8) * 8)
    const written = writer.length - begin
    writer.within(length, () => writer.short(written))
  }
  const written = writer.length - address - headerBytes
  writer.within(size, () => writer.word(written))
  return address
}

function float32(out: ByteWriter): void {
  // Class 1, version 1; little-endian, mantissa with an implied one, sign at bit 31.
  out.byte(0x11).byte(0x20).byte(31).byte(0).word(4)
  out.short(0).short(32).byte(23).byte(8).byte(0).byte(23).word(127)
}

function int32(out: ByteWriter): void {
  out.byte(0x10).byte(0x08).byte(0).byte(0).word(4)
  out.short(0).short(32)
}

function largestGroup({ members }: GroupToWrite): number {
  let largest = members.size
  for (const member of members.values()) {
    if ('members' in member) largest = Math.max(largest, largestGroup(member))
  }
  return largest
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] !== b[k]) return a[k]! - b[k]!
  return a.length - b.length
}
