import { RepriseError } from './errors.js'

/** How the weights of a model lie in memory and in its file. */
export const weightFormats = ['float32', 'bf16', 'int8'] as const
export type WeightFormat = (typeof weightFormats)[number]

/** Throws `option` unless `value` is a weight format. */
export function checkWeightFormat(value: unknown): WeightFormat {
  const known = weightFormats.find((format) => format === value)
  if (known) return known
  throw new RepriseError(
    'option',
    `\`weights\` must be one of ${weightFormats.join(', ')}, got ${JSON.stringify(value) ?? String(value)}.`,
  )
}

/**
 * The axis of output channels of a weight that is kept in fewer bits, each of which has a scale of its own: 1 of kernels
 * [in, out], 0 of embedding tables [ids, features]. Undefined for biases and everything else, which stays float32.
 */
export function channelAxis(name: string, shape: readonly number[]): 0 | 1 | undefined {
  if (shape.length !== 2) return undefined
  if (/(^|\/)embeddings$/.test(name)) return 0
  return /(^|\/)(kernel|recurrentKernel)$/.test(name) ? 1 : undefined
}

/** int8 values in units of the scale of their channel. */
export interface Quantized {
  readonly values: Int8Array
  /** One for each channel. */
  readonly scales: Float32Array
}

const bits = new Uint32Array(1)
const float = new Float32Array(bits.buffer)

/**
 * Largest magnitude / 127, rounded up to 17 significant bits. A scale times an integer of seven bits is then exact in float32,
 * so that quantizing what was quantized before gives the same integers and the same scale.
 */
function scaleOf(largest: number): number {
  if (!(largest > 1e-30)) return 0
  float[0] = largest / 127
  bits[0] = (bits[0]! + 0x7f) & ~0x7f
  return float[0]!
}

/**
 * The nearest int8 of every value of a matrix [rows, columns]; each differs by at most half its scale. A channel without a value above 1e-30 becomes
 * zeros. Throws `not-finite`.
 */
export function quantize(values: Float32Array, shape: readonly number[], axis: 0 | 1): Quantized {
  const [rows, columns] = shape as [number, number]
  const scales = new Float32Array(shape[axis]!)
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const channel = axis === 0 ? row : column
      const size = Math.abs(values[at]!)
      if (!(size <= 3.4028234663852886e38)) {
        throw new RepriseError(
          'not-finite',
          `quantize: a weight is ${values[at]} at [${row}, ${column}]; a model that has diverged cannot be quantized.`,
        )
      }
      if (size > scales[channel]!) scales[channel] = size
    }
  }
  for (let channel = 0; channel < scales.length; channel++) scales[channel] = scaleOf(scales[channel]!)
  const result = new Int8Array(values.length)
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const scale = scales[axis === 0 ? row : column]!
      result[at] = scale === 0 ? 0 : Math.round(values[at]! / scale)
    }
  }
  return { values: result, scales }
}

/** The float32 values that int8 ones stand for; exact. */
export function dequantize(
  { values, scales }: Quantized,
  shape: readonly number[],
  axis: 0 | 1,
): Float32Array {
  const columns = shape[1]!
  return Float32Array.from(values, (value, at) =>
    value === 0 ? 0 : value * scales[axis === 0 ? Math.floor(at / columns) : at % columns]!,
  )
}

/** The nearest bf16 of every value, ties to even, as their 16 bits. NaN stays NaN. */
export function toBf16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  return Uint16Array.from(words, (word) =>
    (word & 0x7fffffff) > 0x7f800000 ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16,
  )
}

export function fromBf16(values: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(values, (value) => value << 16).buffer)
}

/** The values a weight has once it is kept in a format; the same array when nothing changes. Throws `not-finite`. */
export function roundWeight(
  format: WeightFormat,
  name: string,
  shape: readonly number[],
  values: Float32Array,
): Float32Array {
  const axis = channelAxis(name, shape)
  if (axis === undefined || format === 'float32') return values
  if (format === 'bf16') return fromBf16(toBf16(values))
  return dequantize(quantize(values, shape, axis), shape, axis)
}
