import { RepriseError } from '../errors.js'
import { channelAxis, dequantize, quantize, toBf16, type WeightFormat } from '../quantization.js'
import { asFloat32, type StoredTensor, type TensorToWrite } from './safetensors.js'

interface Weight {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

const scaleSuffix = '.scale'

/** Weights as tensors of a file: kernels and embedding tables in the format, everything else as it is. */
export function writeWeights(
  format: WeightFormat,
  weights: ReadonlyMap<string, Weight>,
): ReadonlyMap<string, TensorToWrite> {
  if (format === 'float32') return weights
  const tensors = new Map<string, TensorToWrite>()
  for (const [name, { shape, values }] of weights) {
    const axis = channelAxis(name, shape)
    if (axis === undefined) tensors.set(name, { shape, values })
    else if (format === 'bf16') tensors.set(name, { shape, values: toBf16(values), dtype: 'BF16' })
    else {
      const quantized = quantize(values, shape, axis)
      tensors.set(name, { shape, values: quantized.values })
      const scaleShape = axis === 0 ? [shape[0]!, 1] : [1, shape[1]!]
      tensors.set(name + scaleSuffix, { shape: scaleShape, values: quantized.scales })
    }
  }
  return tensors
}

/** The float32 values of the weights of a file. Throws `damaged-file` when scales are missing or do not fit. */
export function readWeights(
  tensors: ReadonlyMap<string, StoredTensor>,
  file: string,
): ReadonlyMap<string, Weight> {
  const weights = new Map<string, Weight>()
  for (const [name, tensor] of tensors) {
    const { shape } = tensor
    if (tensor.values instanceof Int8Array) {
      weights.set(name, { shape, values: scaled(tensor, tensors.get(name + scaleSuffix), name, file) })
    } else if (!isScale(name, tensors)) weights.set(name, { shape, values: asFloat32(tensor) })
  }
  return weights
}

function isScale(name: string, tensors: ReadonlyMap<string, StoredTensor>): boolean {
  return (
    name.endsWith(scaleSuffix) && tensors.get(name.slice(0, -scaleSuffix.length))?.values instanceof Int8Array
  )
}

function scaled(
  { shape, values }: StoredTensor,
  scale: StoredTensor | undefined,
  name: string,
  file: string,
): Float32Array {
  const [rows, columns] = shape
  const fits = (...wanted: readonly (number | undefined)[]) =>
    shape.length === 2 && scale?.values instanceof Float32Array && scale.shape.join() === wanted.join()
  const axis = fits(1, columns) ? 1 : fits(rows, 1) ? 0 : undefined
  if (axis === undefined) {
    throw new RepriseError(
      'damaged-file',
      `${file} is damaged: the scales of the weight "${name}" are missing or do not fit. Take a good copy.`,
    )
  }
  return dequantize({ values: values as Int8Array, scales: scale!.values as Float32Array }, shape, axis)
}
