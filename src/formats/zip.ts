import { RepriseError } from '../errors.js'
import { badArchive } from './bad-file.js'
import { crc32 } from './crc32.js'
import { locateEntries, type ZipLocation } from './zip-directory.js'

/** What an archive may claim before it is refused; sizes in bytes. */
export interface ZipLimits {
  /** Largest size of one entry, unpacked. Default 2 GiB. */
  readonly entryBytes?: number
  /** Largest size of all entries together, unpacked. Default 4 GiB. */
  readonly totalBytes?: number
  /** Most entries. Default 65,536. */
  readonly entries?: number
  /** An entry over 64 MiB must not unpack to more than this many times its packed size. Default 200. */
  readonly ratio?: number
}

/** Entries in the order of the archive's directory; calling one unpacks it (again), with its checksum verified. */
export type ZipArchive = ReadonlyMap<string, () => Uint8Array>

const largeEntry = 64 * 2 ** 20
/** Deflate cannot do better than 1032 to 1, so a bigger claim is a lie. */
const largestDeflateRatio = 1032
const defaults: Required<ZipLimits> = {
  entryBytes: 2 * 2 ** 30,
  totalBytes: 4 * 2 ** 30,
  entries: 65_536,
  ratio: 200,
}

/**
 * Opens a zip archive that lies in memory; nothing is unpacked until an entry is asked for. Stored and deflated entries,
 * ZIP64 included; folders are left out. Memory stays within the declared size of the entry asked for, which is checked
 * before anything is allocated.
 *
 * Throws `bad-archive` when `bytes` is no zip archive or is cut short, an entry lies outside or overlaps another, a name
 * climbs out of its folder or stands there twice, a size is beyond `limits`, or an entry is encrypted or packed in
 * another way; an entry throws it when its content is not what the directory promises. `name` is used in messages.
 *
 * ```ts
 * const archive = await readZip(bytes, { name: 'model.keras' })
 * const config = JSON.parse(new TextDecoder().decode(archive.get('config.json')!()))
 * ```
 */
export async function readZip(
  bytes: Uint8Array,
  { name = 'archive', limits = {} }: { readonly name?: string; readonly limits?: ZipLimits } = {},
): Promise<ZipArchive> {
  const allowed = { ...defaults, ...limits }
  const locations = locateEntries(bytes, name, allowed.entries)
  const archive = new Map<string, () => Uint8Array>()
  let total = 0
  for (const location of locations) {
    const entry = `entry "${location.name}"`
    if (archive.has(location.name)) throw badArchive(name, `${entry} is there twice`)
    checkSizes(location, entry, name, allowed)
    total += location.size
    if (total > allowed.totalBytes) {
      throw badArchive(name, `its entries unpack to more than ${allowed.totalBytes} bytes, the limit`)
    }
    archive.set(location.name, () => unpack(bytes, location, inflate, name))
  }
  const packed = locations.some(({ method }) => method === 'deflated')
  const inflate = packed ? (await import('fflate')).inflateSync : undefined
  return archive
}

/**
 * A zip archive of the entries, in their order. Deflated when `compress` is true, else stored as Keras does. The same
 * entries give the same bytes: every entry carries the first date that zip knows, 1 January 1980.
 *
 * ```ts
 * const bytes = await writeZip(new Map([['metadata.json', new TextEncoder().encode('{}')]]))
 * ```
 */
export async function writeZip(
  entries: ReadonlyMap<string, Uint8Array>,
  { compress = false }: { readonly compress?: boolean } = {},
): Promise<Uint8Array> {
  const deflate = compress ? (await import('fflate')).deflateSync : undefined
  const pieces: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const [name, content] of entries) {
    const packed = deflate ? deflate(content) : content
    const encoded = new TextEncoder().encode(name)
    const common = entryHeader(encoded, content, packed, compress)
    const local = concatenate([fields(['4', 0x04034b50]), common, encoded])
    directory.push(
      fields(['4', 0x02014b50], ['2', 20]),
      common,
      // Comment, disk, internal attributes; external attributes: a plain file, rw-r--r--.
      fields(['2', 0], ['2', 0], ['2', 0], ['4', 0o100644 * 0x10000], ['4', offset]),
      encoded,
    )
    pieces.push(local, packed)
    offset += local.length + packed.length
  }
  const directoryBytes = concatenate(directory)
  if (offset + directoryBytes.length > 0xffffffff || entries.size >= 0xffff) {
    throw new RepriseError(
      'too-large',
      `the archive would have ${offset} bytes and ${entries.size} entries; 4 GiB and 65,534 entries are the limit. Save the parts apart.`,
    )
  }
  const end = fields(
    ['4', 0x06054b50],
    ['2', 0],
    ['2', 0],
    ['2', entries.size],
    ['2', entries.size],
    ['4', directoryBytes.length],
    ['4', offset],
    ['2', 0],
  )
  return concatenate([...pieces, directoryBytes, end])
}

function checkSizes(location: ZipLocation, entry: string, name: string, allowed: Required<ZipLimits>): void {
  const { size, packedSize, method } = location
  if (size > allowed.entryBytes) {
    throw badArchive(name, `${entry} claims ${size} bytes, and ${allowed.entryBytes} are the limit`)
  }
  if (method === 'stored' && size !== packedSize) {
    throw badArchive(name, `${entry} is stored in ${packedSize} bytes and claims to have ${size}`)
  }
  const ratio = size > largeEntry ? Math.min(allowed.ratio, largestDeflateRatio) : largestDeflateRatio
  if (method === 'deflated' && size > packedSize * ratio) {
    throw badArchive(name, `${entry} claims to unpack ${packedSize} bytes into ${size}, as a zip bomb does`)
  }
}

type Inflate = (data: Uint8Array, options: { out: Uint8Array }) => Uint8Array

function unpack(
  bytes: Uint8Array,
  { name, begin, packedSize, size, method, checksum }: ZipLocation,
  inflate: Inflate | undefined,
  archiveName: string,
): Uint8Array {
  const packed = bytes.subarray(begin, begin + packedSize)
  let content = packed
  if (method === 'deflated') {
    try {
      // One byte more than promised: room to notice content that is longer, and nothing is allocated beyond it.
      content = packedSize === 0 ? packed : inflate!(packed, { out: new Uint8Array(size + 1) })
    } catch (error) {
      throw badArchive(archiveName, `entry "${name}" does not unpack`, error)
    }
  }
  if (content.length !== size || crc32(content) !== checksum) {
    throw badArchive(archiveName, `the content of entry "${name}" is not what its directory promises`)
  }
  return content
}

/** The part that an entry's own header and the directory have in common. */
function entryHeader(name: Uint8Array, content: Uint8Array, packed: Uint8Array, compress: boolean) {
  const version = 20
  const nameIsUtf8 = 0x0800
  const firstDate = 0x0021
  return fields(
    ['2', version],
    ['2', nameIsUtf8],
    ['2', compress ? 8 : 0],
    ['2', 0],
    ['2', firstDate],
    ['4', crc32(content)],
    ['4', packed.length],
    ['4', content.length],
    ['2', name.length],
    ['2', 0],
  )
}

function fields(...values: readonly (readonly ['2' | '4', number])[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [width]) => sum + Number(width), 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [width, value] of values) {
    if (width === '2') view.setUint16(at, value, true)
    else view.setUint32(at, value >>> 0, true)
    at += Number(width)
  }
  return bytes
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
