import { activationOption } from './activation-layers.js'
import { channelsFirst } from './core-layers.js'
import type { GraphBuilder, Length } from './graph-builder.js'
import { type LayerWriter, simple } from './layer-writer.js'
import type { OnnxAttribute } from './onnx-model.js'
import { binary, cast, reduce, reshape, swapLast, unsqueeze, where } from './operations.js'
import type { OptionReader } from './option-reader.js'

/** Convolution along time: x [N, T, in] → [N, T′, filters]. Steps come before features in Keras, after them in ONNX. */
export const conv1d = simple(({ options, weights, path }) => {
  const turned = channelsFirst(options)
  const filters = options.number('filters')
  const size = options.size('kernelSize')
  const groups = options.number('groups', 1)
  const dilation = options.size('dilationRate', 1)
  const stride = options.size('strides', 1)
  const padding = readPadding(options, ['valid', 'same', 'causal'])
  const kernel = weights.take('kernel', size, undefined, filters)
  const bias = options.boolean('useBias', true) ? weights.take('bias', filters) : undefined
  const activation = activationOption(options)
  const features = kernel.shape[1]!
  const span = dilation * (size - 1)
  const attributes = {
    kernel_shape: [size],
    strides: [stride],
    dilations: [dilation],
    group: groups,
    ...(padding === 'causal'
      ? { pads: [span, 0] }
      : padding === 'same' && stride === 1
        ? { pads: [span >> 1, span - (span >> 1)] }
        : edges(padding)),
  }
  return (graph, x) => {
    const W = graph.weightAt(`${path}/kernel`, [filters, features, size], () =>
      reversedAxes(kernel.data, kernel.shape),
    )
    const B = bias && graph.weightAt(`${path}/bias`, [filters], () => bias.data)
    const total = padding === 'causal' ? span : 0
    const sequence = turned ? x : swapLast(graph, x)
    const T = outputLength(graph, sequence.shape[2]!, size, stride, dilation, padding === 'same', total)
    const shape = [x.shape[0]!, filters, T]
    const y = graph.operation('Conv', [sequence, W, B], { shape }, attributes)
    return activation(graph, turned ? y : swapLast(graph, y))
  }
}, 'drop')

function pooling(operator: 'MaxPool' | 'AveragePool'): LayerWriter {
  return simple(({ options }) => {
    const turned = channelsFirst(options)
    const size = options.size('poolSize', 2)
    const stride = options.size('strides', size)
    const padding = readPadding(options, ['valid', 'same'])
    const attributes = { kernel_shape: [size], strides: [stride], ...edges(padding) }
    return (graph, x) => {
      const sequence = turned ? x : swapLast(graph, x)
      const [N, features, steps] = sequence.shape as [Length, Length, Length]
      const T = outputLength(graph, steps, size, stride, 1, padding === 'same', 0)
      const y = graph.operation(operator, [sequence], { shape: [N, features, T] }, attributes)
      return turned ? y : swapLast(graph, y)
    }
  }, 'drop')
}

export const maxPooling1d = pooling('MaxPool')
export const averagePooling1d = pooling('AveragePool')

export const globalMaxPooling1d = simple(({ options }) => {
  const axis = channelsFirst(options) ? 2 : 1
  const keep = options.boolean('keepdims', false)
  return (graph, x) => reduce(graph, 'ReduceMax', x, [axis], keep)
}, 'drop')

/** Mean over the steps that count. */
export const globalAveragePooling1d = simple(({ options }) => {
  const axis = channelsFirst(options) ? 2 : 1
  const keep = options.boolean('keepdims', false)
  return (graph, x) => {
    if (!x.mask) return reduce(graph, 'ReduceMean', x, [axis], keep)
    const mask = unsqueeze(graph, x.mask, axis === 1 ? 2 : 1)
    const total = reduce(graph, 'ReduceSum', where(graph, mask, x, graph.scalar(0)), [axis], keep)
    const count = reduce(graph, 'ReduceSum', cast(graph, mask, 'float32'), [axis], keep)
    return binary(graph, 'Div', total, count)
  }
}, 'drop')

/** Steps of zeros at both ends. */
export const zeroPadding1d = simple(({ options }) => {
  const axis = channelsFirst(options) ? 2 : 1
  const given = options.some('padding', 1)
  const [before, after] = [given[0]!, given.at(-1)!]
  return (graph, x) => {
    const ends = axis === 1 ? [0, before, 0, 0, after, 0] : [0, 0, before, 0, 0, after]
    const shape = x.shape.map((length, k) => {
      if (k !== axis) return length
      return typeof length === 'number' ? before + length + after : graph.unknownLength('time')
    })
    return graph.operation('Pad', [x, graph.integers(...ends)], { shape })
  }
}, 'drop')

/** Every step several times. */
export const upSampling1d = simple(({ options }) => {
  const size = options.size('size', 2)
  return (graph, x) => {
    const [N, T, features] = x.shape as [Length, Length, number]
    const wide = { shape: [N, T, size, features] }
    const repeated = graph.operation('Expand', [unsqueeze(graph, x, 2), graph.integers(1, 1, size, 1)], wide)
    const length = typeof T === 'number' ? T * size : graph.unknownLength('time')
    return reshape(graph, repeated, [0, -1, features], [N, length, features])
  }
}, 'drop')

type Padding = 'valid' | 'same' | 'causal'

function readPadding(options: OptionReader, known: readonly Padding[]): Padding {
  const padding = options.string('padding', 'valid') as Padding
  if (!known.includes(padding)) throw options.unsupported(`padding "${padding}"`)
  return padding
}

function edges(padding: Padding): Readonly<Record<string, OnnxAttribute>> {
  return { auto_pad: padding === 'same' ? 'SAME_UPPER' : 'VALID' }
}

function outputLength(
  graph: GraphBuilder,
  T: Length,
  size: number,
  stride: number,
  dilation: number,
  same: boolean,
  added: number,
): Length {
  if (typeof T !== 'number')
    return stride === 1 && (same || added > 0 || size === 1) ? T : graph.unknownLength('time')
  if (same) return Math.ceil(T / stride)
  return Math.floor((T + added - dilation * (size - 1) - 1) / stride) + 1
}

/** [a, b, c] → [c, b, a]. */
function reversedAxes(data: Float32Array, shape: readonly number[]): Float32Array {
  const [A, B, C] = shape as [number, number, number]
  const result = new Float32Array(data.length)
  for (let a = 0; a < A; a++) {
    for (let b = 0; b < B; b++) {
      for (let c = 0; c < C; c++) result[(c * B + b) * A + a] = data[(a * B + b) * C + c]!
    }
  }
  return result
}
