import { badFile } from '../bad-file.js'
import { widen } from '../dtypes.js'
import { asList, asObject, asText, isObject, type JsonObject } from '../keras/json.js'

/** Gets a file that lies beside the model by its path. */
export type FetchFile = (path: string) => Promise<Uint8Array>

/** A weight of the manifest with its values. */
export interface ManifestWeight {
  readonly name: string
  readonly shape: readonly number[]
  values(): Float32Array
}

/** Bytes of one element as it is stored. */
const widths: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  uint8: 1,
  uint16: 2,
  float16: 2,
  bool: 1,
}

interface WeightEntry {
  readonly name: string
  readonly shape: readonly number[]
  readonly count: number
  /** Type of the stored elements. */
  readonly stored: string
  readonly quantized: boolean
  readonly scale: number
  readonly min: number
}

/**
 * Fetches the files of a weights manifest and finds the weights in them; one weight may lie across two files. Throws
 * `bad-file` when a path leads out of the model's folder, a type is unknown, or the files have other sizes than the manifest
 * says.
 */
export async function readManifest(
  value: unknown,
  file: string,
  fetchFile: FetchFile,
): Promise<ManifestWeight[]> {
  const groups = asList(value, 'weightsManifest', file).map((group) =>
    readGroup(asObject(group, 'a weight group', file), file),
  )
  const weights: ManifestWeight[] = []
  for (const { paths, entries } of groups) {
    const expected = entries.reduce((sum, { count, stored }) => sum + count * widths[stored]!, 0)
    const bytes = await fetchAll(paths, expected, file, fetchFile)
    let begin = 0
    for (const entry of entries) {
      const part = bytes.subarray(begin, begin + entry.count * widths[entry.stored]!)
      begin += part.length
      weights.push({ name: entry.name, shape: entry.shape, values: () => decode(part, entry) })
    }
  }
  return weights
}

/** The files of a group one after the other; no more is kept than the manifest says. */
async function fetchAll(
  paths: readonly string[],
  expected: number,
  file: string,
  fetchFile: FetchFile,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for (const path of paths) {
    const piece = await fetchFile(path)
    length += piece.length
    if (length > expected) break
    pieces.push(piece)
  }
  if (length !== expected) {
    throw badFile(
      file,
      `its weights should have ${expected} bytes, and ${paths.join(', ')} has ${length > expected ? 'more' : length}`,
    )
  }
  if (pieces.length === 1) return pieces[0]!
  const whole = new Uint8Array(expected)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function readGroup(group: JsonObject, file: string) {
  const paths = asList(group.paths, 'paths', file).map((path) =>
    checkPath(asText(path, 'a path', file), file),
  )
  const entries = asList(group.weights, 'weights', file).map((weight) =>
    readEntry(asObject(weight, 'a weight', file), file),
  )
  return { paths, entries }
}

/** A path that stays in the folder of the model. */
function checkPath(path: string, file: string): string {
  const parts = path.split('/')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\\:?#%\u0000-\u001f]/.test(path) || parts.some((part) => /^\.{0,2}$/.test(part))) {
    throw badFile(file, `the path ${JSON.stringify(path.slice(0, 80))} leads out of the model's folder`)
  }
  return path
}

function readEntry(weight: JsonObject, file: string): WeightEntry {
  const name = asText(weight.name, 'the name of a weight', file)
  const shape = asList(weight.shape, `the shape of "${name}"`, file).map((length) => {
    if (Number.isSafeInteger(length) && (length as number) >= 0) return length as number
    throw badFile(file, `weight "${name}" has no valid shape`)
  })
  const count = shape.includes(0) ? 0 : shape.reduce((product, length) => product * length, 1)
  if (!Number.isSafeInteger(count))
    throw badFile(file, `weight "${name}" claims more values than a file can have`)
  const quantization = isObject(weight.quantization) ? weight.quantization : undefined
  const stored = String(quantization?.dtype ?? weight.dtype)
  if (!Object.hasOwn(widths, stored))
    throw badFile(file, `weight "${name}" has type ${JSON.stringify(stored)}, which is not read`)
  const quantized = stored === 'uint8' || stored === 'uint16' ? quantization !== undefined : false
  const { scale, min } = quantization ?? {}
  if (quantized && (typeof scale !== 'number' || typeof min !== 'number')) {
    throw badFile(file, `weight "${name}" is quantized without a scale and minimum`)
  }
  return { name, shape, count, stored, quantized, scale: Number(scale), min: Number(min) }
}

/** Little-endian numbers as float32; a quantized one is stored · scale + min. */
function decode(part: Uint8Array, { count, stored, quantized, scale, min }: WeightEntry): Float32Array {
  // A copy is aligned, and keeps the file from being held by its smallest weight.
  const { buffer } = new Uint8Array(part)
  switch (stored) {
    case 'float32':
      return new Float32Array(buffer)
    case 'int32':
      return Float32Array.from(new Int32Array(buffer))
    case 'float16':
      return widen('F16', new Uint16Array(buffer))
    default: {
      const values = stored === 'uint16' ? new Uint16Array(buffer) : new Uint8Array(buffer)
      const result = new Float32Array(count)
      for (let k = 0; k < count; k++) result[k] = quantized ? values[k]! * scale + min : values[k]!
      return result
    }
  }
}
