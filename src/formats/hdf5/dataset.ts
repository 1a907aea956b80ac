import { badFile } from '../bad-file.js'
import { ByteReader, type Hdf5Source } from './byte-reader.js'
import { type Chunk, readChunks } from './chunks.js'
import type { Dataspace } from './dataspace.js'
import { type Filters, readFilters } from './filters.js'
import { MessageType, type ObjectHeader } from './object-header.js'

/** Where the elements of a data set lie. */
export interface Layout {
  /** Bytes they take in the file. */
  readonly stored: number
  read(): Uint8Array
}

/**
 * Finds the elements of a data set; nothing is allocated yet. Throws `bad-file` when they do not lie in the file, or the
 * data set claims far more than is stored for it.
 */
export function readLayout(
  source: Hdf5Source,
  header: ObjectHeader,
  space: Dataspace,
  elementSize: number,
  inflate: Filters['inflate'],
): Layout {
  if (header.one(MessageType.externalFiles))
    throw badFile(source.name, 'a data set lies in another file, which is not followed')
  const message = header.one(MessageType.layout)
  if (!message) throw badFile(source.name, 'it is damaged: a data set has no values')
  const size = space.count * elementSize
  const version = message.byte()
  if (version < 1 || version > 4) throw badFile(source.name, `a data set of layout ${version} is not read`)
  const rank = version < 3 ? message.byte() : 0
  const kind = message.byte()
  if (version < 3) message.skip(5)
  if (kind === 0) {
    if (version < 3) message.skip(4 * rank)
    const stored = version < 3 ? message.word() : message.short()
    return whole(source, message.at, stored, size)
  }
  if (kind === 1) {
    const address = message.address()
    if (size === 0) return { stored: 0, read: () => new Uint8Array(0) }
    if (address === undefined) throw badFile(source.name, 'a data set has a shape and no values')
    const stored = version < 3 ? size : message.length()
    return whole(source, address, stored, size)
  }
  if (kind !== 2 || version === 4) {
    throw badFile(
      source.name,
      'a data set is chunked or virtual as libver "latest" does; save it with h5py’s defaults',
    )
  }
  const axes = version < 3 ? rank : message.byte()
  const tree = message.address()
  const chunkShape = Array.from({ length: axes - 1 }, () => message.word())
  const filters = readFilters(header.one(MessageType.filters), inflate)
  const chunks = tree === undefined ? [] : readChunks(source, tree, axes)
  return chunked(source, { space, elementSize, chunkShape, chunks, filters })
}

function whole(source: Hdf5Source, begin: number, stored: number, size: number): Layout {
  if (stored < size) throw badFile(source.name, `a data set claims ${size} bytes and has ${stored}`)
  const reader = new ByteReader(source, begin).skip(size) // is it all there?
  return { stored: size, read: () => source.bytes.subarray(reader.at - size, reader.at) }
}

interface Chunked {
  readonly space: Dataspace
  readonly elementSize: number
  readonly chunkShape: readonly number[]
  readonly chunks: readonly Chunk[]
  readonly filters: Filters
}

function chunked(source: Hdf5Source, { space, elementSize, chunkShape, chunks, filters }: Chunked): Layout {
  const { shape } = space
  const chunkSize = chunkShape.reduce((product, length) => product * length, elementSize)
  if (chunkShape.length !== shape.length || chunkShape.includes(0) || !Number.isSafeInteger(chunkSize)) {
    throw badFile(source.name, 'it is damaged: a data set and its chunks have different axes')
  }
  const stored = chunks.reduce((sum, { size }) => sum + size, 0)
  const size = space.count * elementSize
  // Deflate gives at most 1032 to 1; more than that would come from nothing.
  if (Math.max(size, chunkSize) > 1032 * stored + 2 ** 16) {
    throw badFile(source.name, `a data set claims ${size} bytes and has ${stored}, as a bomb does`)
  }
  const read = () => {
    const result = new Uint8Array(size)
    for (const chunk of chunks) {
      const packed = new ByteReader(source, chunk.address).take(chunk.size)
      const content = filters.undo(packed, chunkSize, elementSize, source.name, chunk.skippedFilters)
      copyChunk(content, chunk.offset, chunkShape, result, shape, elementSize)
    }
    return result
  }
  return { stored, read }
}

/** Puts the rows of a chunk to their places; what lies beyond the shape is left out. */
function copyChunk(
  chunk: Uint8Array,
  offset: readonly number[],
  chunkShape: readonly number[],
  whole: Uint8Array,
  shape: readonly number[],
  elementSize: number,
): void {
  const rank = shape.length
  const last = rank - 1
  const extent = chunkShape.map((length, axis) => Math.min(length, shape[axis]! - offset[axis]!))
  if (!extent.every((length) => length > 0)) return
  const row = (extent[last] ?? 1) * elementSize
  const index = new Array<number>(rank).fill(0)
  for (;;) {
    let from = 0
    let to = 0
    for (let axis = 0; axis < rank; axis++) {
      from = from * chunkShape[axis]! + index[axis]!
      to = to * shape[axis]! + offset[axis]! + index[axis]!
    }
    whole.set(chunk.subarray(from * elementSize, from * elementSize + row), to * elementSize)
    let axis = last - 1
    while (axis >= 0 && ++index[axis]! === extent[axis]) index[axis--] = 0
    if (axis < 0) return
  }
}
