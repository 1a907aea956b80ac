import { RepriseError } from '../errors.js'
import { type DType, dtypeOf, isDType, type TensorValues, viewOf, widen, widthOf } from './dtypes.js'
import { repeatedKey } from './repeated-key.js'

/** A tensor in a file: row-major values. F16, BF16 and BOOL come as their raw bits. */
export interface StoredTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly values: TensorValues
}

export interface SafetensorsFile {
  readonly metadata: ReadonlyMap<string, string>
  /** In the order in which they lie in the file. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

/** A tensor to write; the type follows from `values` unless `dtype` says what the bits mean (F16, BF16, BOOL). */
export interface TensorToWrite {
  readonly shape: readonly number[]
  readonly values: TensorValues
  readonly dtype?: DType
}

const metadataKey = '__metadata__'
const largestHeader = 100_000_000
/** Names that would reach into a prototype when someone puts them into a plain object. */
const forbiddenNames = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Reads a safetensors file: 8 bytes with the length of the header (little-endian), the header as JSON, then the
 * tensors. Values are views of `bytes` where these are aligned, copies where not; nothing in the file is executed.
 *
 * Strict: `not-a-model` when this is no such file; `damaged-file` when it is cut short, or its tensors overlap, leave
 * gaps, lie outside or have a wrong size, or a name is repeated or forbidden; `unsupported-dtype`.
 * `name` is used in messages.
 *
 * Format: huggingface/safetensors, README.md.
 */
export function readSafetensors(bytes: Uint8Array, name = 'file'): SafetensorsFile {
  const { header, dataBegin } = readHeader(bytes, name)
  const data = bytes.subarray(dataBegin)
  const metadata = new Map<string, string>()
  const places: Place[] = []
  for (const [key, value] of Object.entries(header)) {
    if (key === metadataKey) {
      for (const [field, text] of Object.entries(asRecord(value, metadataKey, name))) {
        if (typeof text !== 'string') throw damaged(name, `metadata "${short(field)}" is not a string`)
        if (forbiddenNames.has(field)) throw damaged(name, `metadata must not be named "${field}"`)
        metadata.set(field, text)
      }
    } else places.push(readPlace(key, asRecord(value, key, name), name))
  }
  places.sort((a, b) => a.begin - b.begin || a.end - b.end)
  const tensors = new Map<string, StoredTensor>()
  let position = 0
  for (const { key, dtype, shape, begin, end } of places) {
    if (begin !== position) {
      const what =
        begin < position ? 'overlaps the tensor before it' : `leaves a gap of ${begin - position} bytes`
      throw damaged(name, `tensor "${short(key)}" ${what}`)
    }
    if (end > data.length) {
      throw damaged(
        name,
        `it is cut short: tensor "${short(key)}" ends at ${end} of ${data.length} bytes of data`,
      )
    }
    tensors.set(key, { dtype, shape, values: viewOf(dtype, data.subarray(begin, end)) })
    position = end
  }
  if (position !== data.length) {
    throw damaged(name, `${data.length - position} bytes behind the last tensor belong to none`)
  }
  return { metadata, tensors }
}

/** The values of a tensor as float32, whatever their type. A view for F32, a copy for the others. */
export function asFloat32(tensor: StoredTensor): Float32Array {
  return widen(tensor.dtype, tensor.values)
}

/** The file as pieces to be written one after the other; the tensors' own memory is used, not copied. */
export function safetensorsPieces(
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array[] {
  const entries = [...tensors].map(([key, tensor]) => describe(key, tensor))
  // Widest first, so each tensor is aligned to its own width; then by name. The same content gives the same bytes.
  entries.sort((a, b) => widthOf(b.dtype) - widthOf(a.dtype) || (a.key < b.key ? -1 : 1))
  const fields: string[] = []
  if (metadata.size > 0) {
    const sorted = [...metadata].sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [field] of sorted) checkName(field, 'metadata')
    const texts = sorted.map(([field, text]) => `${JSON.stringify(field)}:${JSON.stringify(text)}`)
    fields.push(`"${metadataKey}":{${texts.join(',')}}`)
  }
  let position = 0
  for (const { key, dtype, shape, bytes } of entries) {
    const offsets = [position, position + bytes.length]
    fields.push(`${JSON.stringify(key)}:${JSON.stringify({ dtype, shape, data_offsets: offsets })}`)
    position += bytes.length
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`)
  // Spaces after the JSON make the data begin at a multiple of 8.
  const padded = Math.ceil(json.length / 8) * 8
  if (padded > largestHeader) {
    throw new RepriseError(
      'header-too-large',
      `safetensors: the header would have ${padded} bytes, and ${largestHeader} is the limit. Shorten the metadata.`,
    )
  }
  const head = new Uint8Array(8 + padded).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true)
  head.set(json, 8)
  return [head, ...entries.map(({ bytes }) => bytes)]
}

/** The file in one piece. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata?: ReadonlyMap<string, string>,
): Uint8Array {
  const pieces = safetensorsPieces(tensors, metadata)
  const file = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    file.set(piece, at)
    at += piece.length
  }
  return file
}

interface Place {
  readonly key: string
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

function readHeader(bytes: Uint8Array, name: string): { header: Record<string, unknown>; dataBegin: number } {
  if (bytes.length < 10) throw notAModel(name, bytes.length === 0 ? 'it is empty' : 'it is too short')
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  if (bytes[8] !== 0x7b || length < 2n) throw notAModel(name, 'it does not begin as one')
  if (length > BigInt(largestHeader)) throw notAModel(name, `its header would have ${length} bytes`)
  const dataBegin = 8 + Number(length)
  if (dataBegin > bytes.length) {
    throw damaged(name, `it is cut short: the header has ${length} bytes, and ${bytes.length - 8} are there`)
  }
  let text: string
  let header: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataBegin))
    header = JSON.parse(text)
  } catch (error) {
    throw damaged(name, 'its header is not JSON', error)
  }
  const repeated = repeatedKey(text)
  if (repeated !== undefined) throw damaged(name, `the name "${short(repeated)}" is there twice`)
  return { header: asRecord(header, 'the header', name), dataBegin }
}

function readPlace(key: string, entry: Record<string, unknown>, name: string): Place {
  const tensor = `tensor "${short(key)}"`
  if (forbiddenNames.has(key)) throw damaged(name, `a tensor must not be named "${key}"`)
  const { dtype, shape, data_offsets: offsets } = entry
  if (!isDType(dtype)) {
    if (typeof dtype !== 'string') throw damaged(name, `${tensor} has no dtype`)
    throw new RepriseError(
      'unsupported-dtype',
      `${name}: ${tensor} has type ${short(dtype)}, which Reprise does not read. Convert it to F32.`,
    )
  }
  if (!isNaturals(shape)) throw damaged(name, `${tensor} has no valid shape`)
  if (!isNaturals(offsets) || offsets.length !== 2) throw damaged(name, `${tensor} has no valid data_offsets`)
  const [begin, end] = offsets as [number, number]
  const expected = byteLength(dtype, shape)
  if (end - begin !== expected) {
    throw damaged(name, `${tensor} needs ${expected} bytes for its shape, and has ${end - begin}`)
  }
  return { key, dtype, shape, begin, end }
}

function describe(key: string, tensor: TensorToWrite) {
  checkName(key, 'tensor')
  const { shape, values } = tensor
  const dtype = tensor.dtype ?? dtypeOf(values)
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (!isNaturals(shape) || byteLength(dtype, shape) !== bytes.length) {
    throw new RepriseError(
      'shape',
      `safetensors: tensor "${key}" of shape [${shape.join(', ')}] and type ${dtype} does not have ` +
        `${values.length} values (${bytes.length} bytes).`,
    )
  }
  return { key, dtype, shape, bytes }
}

function checkName(key: string, what: string): void {
  if (forbiddenNames.has(key) || (what === 'tensor' && key === metadataKey)) {
    throw new RepriseError('bad-name', `safetensors: "${key}" must not be the name of a ${what}.`)
  }
}

/** NaN, and so equal to nothing, when the product leaves the exact integers. */
function byteLength(dtype: DType, shape: readonly number[]): number {
  let count = widthOf(dtype)
  if (shape.includes(0)) return 0
  for (const size of shape) {
    count *= size
    if (!Number.isSafeInteger(count)) return Number.NaN
  }
  return count
}

function isNaturals(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0)
}

function asRecord(value: unknown, what: string, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw damaged(name, `"${short(what)}" is not an object`)
}

/** Names come from the file: keep a message to one line of sane length. */
function short(text: string): string {
  const printable = JSON.stringify(text).slice(1, -1)
  return printable.length > 80 ? `${printable.slice(0, 77)}...` : printable
}

function notAModel(name: string, reason: string): RepriseError {
  return new RepriseError('not-a-model', `${name} is not a model (a .safetensors file): ${reason}.`)
}

function damaged(name: string, reason: string, cause?: unknown): RepriseError {
  return new RepriseError('damaged-file', `${name} is damaged: ${reason}. Get or save it again.`, { cause })
}
