import { dequantizePackedLength, WeightFormat as formatCodes } from '../engine/commands.generated.js'
import { channelAxis, dequantize, fromBf16, quantize, toBf16, type WeightFormat } from '../quantization.js'
import type { Shape } from './tensor.js'

const panelColumns = 16

/** A weight in the order in which products with one row read it; kernels/manifest.mjs has the layout. */
export interface Packing {
  readonly format: Exclude<WeightFormat, 'float32'>
  /** Rows and columns of the packed matrix; the columns are the channels. */
  readonly K: number
  readonly N: number
  /** Whether the weight itself is [N, K]. */
  readonly transposed: boolean
  /** Where the packed matrix begins, after the scales. In 32-bit elements, as `length`. */
  readonly begin: number
  readonly length: number
}

/** How a weight of this name and shape is packed; undefined when it stays float32. */
export function packingOf(format: WeightFormat, name: string, shape: Shape): Packing | undefined {
  const axis = channelAxis(name, shape)
  if (axis === undefined || format === 'float32') return undefined
  const [K, N] = (axis === 1 ? shape : shape.toReversed()) as [number, number]
  const begin = format === 'int8' ? Math.ceil(N / 16) * 16 : 0
  const packed = dequantizePackedLength({ N, K, format: formatCodes[format] })
  return { format, K, N, transposed: axis === 0, begin, length: begin + packed }
}

/** Index of element (k, n) among the packed elements. */
function placeOf(K: number, k: number, n: number): number {
  const panel = Math.floor(n / panelColumns)
  const pair = panel * Math.ceil(K / 2) + (k >> 1)
  return (pair * panelColumns + (n % panelColumns)) * 2 + (k & 1)
}

/** For each element of the weight in its own order, its place among the packed ones. */
function eachPlace({ K, N, transposed }: Packing, visit: (index: number, place: number) => void): void {
  const [rows, columns] = transposed ? [N, K] : [K, N]
  for (let row = 0, index = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, index++) {
      visit(index, transposed ? placeOf(K, column, row) : placeOf(K, row, column))
    }
  }
}

/** A weight as the words an engine holds: scales, then the packed matrix. Throws `not-finite`. */
export function packWeight(packing: Packing, values: Float32Array): Int32Array {
  const { format, K, N, transposed, begin, length } = packing
  const words = new Int32Array(length)
  if (format === 'bf16') {
    const halves = toBf16(values)
    const packed = new Uint16Array(words.buffer)
    eachPlace(packing, (index, place) => {
      packed[place] = halves[index]!
    })
  } else {
    const axis = transposed ? 0 : 1
    const quantized = quantize(values, transposed ? [N, K] : [K, N], axis)
    new Float32Array(words.buffer).set(quantized.scales)
    const packed = new Int8Array(words.buffer, begin * 4)
    eachPlace(packing, (index, place) => {
      packed[place] = quantized.values[index]!
    })
  }
  return words
}

/** The values a packed weight stands for. */
export function unpackWeight(packing: Packing, words: Int32Array): Float32Array {
  const { format, K, N, transposed, begin } = packing
  if (format === 'bf16') {
    const packed = new Uint16Array(words.buffer, words.byteOffset)
    const halves = new Uint16Array(K * N)
    eachPlace(packing, (index, place) => {
      halves[index] = packed[place]!
    })
    return fromBf16(halves)
  }
  const scales = new Float32Array(words.buffer, words.byteOffset, N)
  const packed = new Int8Array(words.buffer, words.byteOffset + begin * 4)
  const values = new Int8Array(K * N)
  eachPlace(packing, (index, place) => {
    values[index] = packed[place]!
  })
  return dequantize({ values, scales }, transposed ? [N, K] : [K, N], transposed ? 0 : 1)
}
