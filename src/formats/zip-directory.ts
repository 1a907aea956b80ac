import { badArchive } from './bad-file.js'

/** Where an entry lies in an archive, and what the directory says of it. */
export interface ZipLocation {
  readonly name: string
  readonly method: 'stored' | 'deflated'
  /** Offset of the packed content. */
  readonly begin: number
  readonly packedSize: number
  /** Unpacked, in bytes. */
  readonly size: number
  /** CRC-32 of the unpacked content. */
  readonly checksum: number
}

const endSignature = 0x06054b50
const end64Signature = 0x06064b50
const end64LocatorSignature = 0x07064b50
const directorySignature = 0x02014b50
const localSignature = 0x04034b50
const longestComment = 0xffff
const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads the directory at the end of a zip archive. Only names that stay inside the folder they are unpacked into are
 * accepted; entries may not overlap. Throws `bad-archive`.
 */
export function locateEntries(bytes: Uint8Array, archive: string, mostEntries: number): ZipLocation[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { count, offset, size } = findDirectory(view, archive)
  if (count > mostEntries) {
    throw badArchive(archive, `it claims ${count} entries, and ${mostEntries} are the limit`)
  }
  const end = offset + size
  if (end > bytes.length) throw badArchive(archive, 'its directory lies outside the file: it is cut short')
  const locations: ZipLocation[] = []
  const occupied: [number, number][] = []
  let at = offset
  for (let k = 0; k < count; k++) {
    if (at + 46 > end || view.getUint32(at, true) !== directorySignature) {
      throw badArchive(archive, `its directory has ${k} entries where it claims ${count}`)
    }
    const nameLength = view.getUint16(at + 28, true)
    const extraLength = view.getUint16(at + 30, true)
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true)
    if (next > end) throw badArchive(archive, 'its directory is cut short')
    const name = decodeName(bytes.subarray(at + 46, at + 46 + nameLength), archive)
    const entry = `entry "${name}"`
    if (view.getUint16(at + 8, true) & 0x2041) throw badArchive(archive, `${entry} is encrypted`)
    const method = view.getUint16(at + 10, true)
    if (method !== 0 && method !== 8) {
      throw badArchive(archive, `${entry} is packed by method ${method}; only stored and deflated are read`)
    }
    const sizes = wideSizes(view, at, at + 46 + nameLength, extraLength)
    if (!sizes) throw badArchive(archive, `${entry} has no valid size`)
    const begin = contentBegin(view, bytes, at, sizes.local, nameLength)
    if (begin === undefined || begin + sizes.packedSize > offset) {
      throw badArchive(archive, `${entry} does not lie where the directory says`)
    }
    occupied.push([sizes.local, begin + sizes.packedSize])
    if (!name.endsWith('/')) {
      const checksum = view.getUint32(at + 16, true)
      const { packedSize, size } = sizes
      locations.push({
        name,
        method: method === 0 ? 'stored' : 'deflated',
        begin,
        packedSize,
        size,
        checksum,
      })
    }
    at = next
  }
  occupied.sort(([a], [b]) => a - b)
  if (occupied.some(([from], k) => k > 0 && from < occupied[k - 1]![1])) {
    throw badArchive(archive, 'entries overlap')
  }
  return locations
}

/** The record at the very end, which a comment may follow. */
function findDirectory(view: DataView, archive: string): { count: number; offset: number; size: number } {
  const lowest = Math.max(0, view.byteLength - 22 - longestComment)
  for (let at = view.byteLength - 22; at >= lowest; at--) {
    if (view.getUint32(at, true) !== endSignature) continue
    if (at + 22 + view.getUint16(at + 20, true) !== view.byteLength) continue
    const count = view.getUint16(at + 10, true)
    const size = view.getUint32(at + 12, true)
    const offset = view.getUint32(at + 16, true)
    if (count !== 0xffff && size !== 0xffffffff && offset !== 0xffffffff) return { count, offset, size }
    return findWideDirectory(view, at - 20, archive)
  }
  const isZip = view.byteLength >= 4 && view.getUint32(0, true) === localSignature
  throw badArchive(archive, isZip ? 'its directory is missing: it is cut short' : 'it has no directory')
}

function findWideDirectory(view: DataView, locator: number, archive: string) {
  if (locator < 0 || view.getUint32(locator, true) !== end64LocatorSignature) {
    throw badArchive(archive, 'its ZIP64 directory is missing')
  }
  const at = wideNumber(view, locator + 8)
  if (!(at + 56 <= locator) || view.getUint32(at, true) !== end64Signature) {
    throw badArchive(archive, 'its ZIP64 directory is missing')
  }
  return {
    count: wideNumber(view, at + 32),
    size: wideNumber(view, at + 40),
    offset: wideNumber(view, at + 48),
  }
}

/** Sizes and place of a directory entry; those that do not fit 32 bits stand in an extra field, in this order. */
function wideSizes(view: DataView, entry: number, extra: number, extraLength: number) {
  let size = view.getUint32(entry + 24, true)
  let packedSize = view.getUint32(entry + 20, true)
  let local = view.getUint32(entry + 42, true)
  for (let at = extra; at + 4 <= extra + extraLength; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 0x0001) continue
    const end = Math.min(at + 4 + view.getUint16(at + 2, true), extra + extraLength)
    let field = at + 4
    const next = () => {
      if (field + 8 > end) return Number.NaN
      field += 8
      return wideNumber(view, field - 8)
    }
    if (size === 0xffffffff) size = next()
    if (packedSize === 0xffffffff) packedSize = next()
    if (local === 0xffffffff) local = next()
  }
  return Number.isSafeInteger(size + packedSize + local) ? { size, packedSize, local } : undefined
}

/** Where the content begins, behind the entry's own header; undefined when that is not there or names another entry. */
function contentBegin(view: DataView, bytes: Uint8Array, entry: number, local: number, nameLength: number) {
  if (local + 30 > bytes.length || view.getUint32(local, true) !== localSignature) return undefined
  if (view.getUint16(local + 26, true) !== nameLength || local + 30 + nameLength > bytes.length) {
    return undefined
  }
  for (let k = 0; k < nameLength; k++) {
    if (bytes[local + 30 + k] !== bytes[entry + 46 + k]) return undefined
  }
  return local + 30 + nameLength + view.getUint16(local + 28, true)
}

function decodeName(encoded: Uint8Array, archive: string): string {
  let name: string
  try {
    name = strictUtf8.decode(encoded)
  } catch (error) {
    throw badArchive(archive, 'a name in it is not UTF-8', error)
  }
  const parts = name.replace(/\/$/, '').split('/')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\\\u0000-\u001f]|^[a-zA-Z]:/.test(name) || parts.some((part) => /^\.{0,2}$/.test(part))) {
    throw badArchive(archive, `the name ${JSON.stringify(name.slice(0, 80))} leads out of its folder`)
  }
  return name
}

/** A 64-bit number; beyond the exact integers it comes out large enough to fail every check. */
function wideNumber(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true))
}
