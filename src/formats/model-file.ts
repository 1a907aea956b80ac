import { RepriseError } from '../errors.js'
import { type WeightFormat, weightFormats } from '../quantization.js'
import { readWeights, writeWeights } from './quantized-weights.js'
import { readSafetensors, safetensorsPieces, type TensorToWrite } from './safetensors.js'

/** A model as it lies in its file: what task it does, its description as JSON, its weights. */
export interface ModelFile {
  readonly task: string
  /** Plain JSON: settings, tokenizer, training record. */
  readonly metadata: Readonly<Record<string, unknown>>
  readonly weights: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>
  /** How kernels and embedding tables are kept; their values are those the bits stand for. Default float32. */
  readonly format?: WeightFormat
}

/**
 * Version of the layout; files of a newer one are refused, older ones are read for ever. 2: weights may be BF16, or I8 with a
 * tensor NAME.scale beside them, of shape [1, channels] or [channels, 1]. Files without such weights say 1.
 */
export const modelFormat = 2
const plainFormat = 1
const checkpointKind = 'checkpoint'

/** The file as pieces. The same content gives the same bytes. */
export function writeModelFile({ task, metadata, weights, format = 'float32' }: ModelFile): Uint8Array[] {
  return pieces('model', task, metadata, writeWeights(format, weights), format)
}

/** Reads a model file; throws `not-a-model`, `damaged-file`, `newer-version`. */
export function readModelFile(bytes: Uint8Array, name: string): ModelFile {
  const file = readSafetensors(bytes, name)
  const { kind, task, metadata, format } = header(file.metadata, name)
  if (kind === checkpointKind) {
    throw new RepriseError(
      'not-a-model',
      `${name} is a checkpoint of an unfinished training; go on with: reprise train ${task} --resume ${name}`,
    )
  }
  return { task, metadata, weights: readWeights(file.tensors, name), ...(format !== 'float32' && { format }) }
}

/** A checkpoint: like a model, with tensors of any type. */
export function writeCheckpointFile(
  task: string,
  metadata: Readonly<Record<string, unknown>>,
  tensors: ReadonlyMap<string, TensorToWrite>,
): Uint8Array[] {
  return pieces(checkpointKind, task, metadata, tensors)
}

/** Reads a checkpoint; throws `not-a-checkpoint` for anything else. */
export function readCheckpointFile(bytes: Uint8Array, name: string) {
  const file = readSafetensors(bytes, name)
  const { kind, task, metadata } = header(file.metadata, name)
  if (kind !== checkpointKind) {
    throw new RepriseError(
      'not-a-checkpoint',
      `${name} is a finished model, not a checkpoint; there is nothing to resume.`,
    )
  }
  return { task, metadata, tensors: file.tensors }
}

function pieces(
  kind: string,
  task: string,
  metadata: Readonly<Record<string, unknown>>,
  tensors: ReadonlyMap<string, TensorToWrite>,
  format: WeightFormat = 'float32',
): Uint8Array[] {
  const description = JSON.stringify(metadata)
  const kept = format === 'float32' ? {} : { weights: format }
  const check = kind === checkpointKind ? { check: checksum(description) } : {}
  return safetensorsPieces(
    tensors,
    new Map([
      [
        'reprise',
        JSON.stringify({
          format: format === 'float32' ? plainFormat : modelFormat,
          kind,
          task,
          ...kept,
          ...check,
        }),
      ],
      ['description', description],
    ]),
  )
}

function header(fields: ReadonlyMap<string, string>, name: string) {
  const text = fields.get('reprise')
  if (text === undefined) {
    throw new RepriseError('not-a-model', `${name} is a safetensors file, but not one that Reprise wrote.`)
  }
  const {
    format,
    kind,
    task,
    check,
    weights = 'float32',
  } = (parse(text, name) ?? {}) as Readonly<Record<string, unknown>>
  if (typeof format !== 'number' || typeof kind !== 'string' || !isTaskName(task)) throw damaged(name)
  if (format > modelFormat) {
    throw new RepriseError(
      'newer-version',
      `${name} was written by a newer version of Reprise (format ${format}, this one reads up to ${modelFormat}). Update Reprise.`,
    )
  }
  const kept = weightFormats.find((known) => known === weights)
  if (!kept) throw damaged(name)
  const description = fields.get('description') ?? ''
  // Where a run stands has too many parts that depend on each other to be checked one by one.
  if (kind === checkpointKind && check !== checksum(description)) throw damaged(name)
  const metadata = parse(description, name)
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) throw damaged(name)
  return { kind, task, metadata: metadata as Readonly<Record<string, unknown>>, format: kept }
}

/** FNV-1a over UTF-16 units. */
function checksum(text: string): number {
  let hash = 0x811c9dc5
  for (let k = 0; k < text.length; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 0x01000193)
  return hash >>> 0
}

/** Task names stand in messages and commands, and come from the file. */
function isTaskName(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z][a-z0-9-]{0,39}$/.test(value)
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw damaged(name)
  }
}

function damaged(name: string): RepriseError {
  return new RepriseError(
    'damaged-file',
    `${name} is damaged: its description is not one. Take a good copy, or train again.`,
  )
}
