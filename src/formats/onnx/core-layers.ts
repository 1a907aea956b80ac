import { activationOption } from './activation-layers.js'
import type { GraphBuilder, Value } from './graph-builder.js'
import { type LayerWriter, simple, withMask } from './layer-writer.js'
import { affine, cast, compare, reduce, reshape, transpose, unary, unsqueeze, where } from './operations.js'
import type { OptionReader } from './option-reader.js'

export const embedding: LayerWriter = ({ options, weights, path }) => {
  const table = weights.take('embeddings', undefined, undefined)
  const maskZero = options.boolean('maskZero', false)
  options.raw('outputDim')
  const [rows, width] = table.shape as [number, number]
  return (graph, [x]) => {
    const ids = x!.type === 'float32' ? cast(graph, x!, 'int32') : x!
    const weight = graph.weightAt(`${path}/embeddings`, [rows, width], () => table.data)
    const y = graph.operation('Gather', [weight, ids], { shape: [...ids.shape, width] }, { axis: 0 })
    if (!maskZero) return [y]
    const zero = graph.constant(ids.type === 'int32' ? Int32Array.of(0) : BigInt64Array.of(0n), [])
    return [withMask(y, unary(graph, 'Not', compare(graph, 'Equal', ids, zero)))]
  }
}

export const masking: LayerWriter = ({ options }) => {
  const value = options.number('maskValue', 0)
  return (graph, [x]) => {
    const differs = unary(graph, 'Not', compare(graph, 'Equal', x!, graph.scalar(value)))
    const any = reduce(graph, 'ReduceMax', cast(graph, differs, 'float32'), [-1])
    const mask = compare(graph, 'Greater', any, graph.scalar(0))
    return [withMask(where(graph, unsqueeze(graph, mask, -1), x!, graph.scalar(0)), mask)]
  }
}

export const dense = simple(({ options, weights, path }) => {
  const units = options.number('units')
  const kernel = weights.take('kernel', undefined, units)
  const bias = options.boolean('useBias', true) ? weights.take('bias', units) : undefined
  const activation = activationOption(options)
  if (options.raw('loraRank') !== undefined) throw options.unsupported('loraRank')
  return (graph, x) => {
    const weight = (name: string, { shape, data }: typeof kernel) =>
      graph.weightAt(`${path}/${name}`, shape, () => data)
    return activation(graph, affine(graph, x, weight('kernel', kernel), bias && weight('bias', bias)))
  }
})

/** Dropout of every kind: nothing happens outside of training. */
export const nothing = simple(() => (_, x) => x)

export const flatten = simple(({ options }) => {
  const turns = channelsFirst(options)
  return (graph, given) => {
    const x = turns ? featuresLast(graph, given) : given
    const rest = x.shape.slice(1)
    const known = rest.every((length) => typeof length === 'number')
    const width = known ? rest.reduce<number>((product, length) => product * (length as number), 1) : -1
    return reshape(graph, x, [0, width], [x.shape[0]!, known ? width : graph.unknownLength('features')])
  }
}, 'drop')

export const reshapeLayer = simple(({ options }) => {
  const target = options.numbers('targetShape')
  return (graph, x) => {
    const size = x.shape
      .slice(1)
      .reduce<number>((product, length) => product * (typeof length === 'number' ? length : Number.NaN), 1)
    const known = target.reduce((product, length) => (length === -1 ? product : product * length), 1)
    const left = size / known
    const shape = target.map((length) =>
      length === -1 ? (Number.isNaN(left) ? graph.unknownLength('length') : left) : length,
    )
    return reshape(graph, x, [0, ...target], [x.shape[0]!, ...shape])
  }
}, 'drop')

export const permute = simple(({ options }) => {
  const order = options.numbers('dims')
  return (graph, x) => transpose(graph, x, [0, ...order])
}, 'drop')

export const repeatVector = simple(({ options }) => {
  const n = options.number('n')
  return (graph, x) => {
    const [N, features] = x.shape as [Value['shape'][0], Value['shape'][0]]
    return graph.operation('Expand', [unsqueeze(graph, x, 1), graph.integers(1, n, 1)], {
      shape: [N, n, features],
    })
  }
}, 'drop')

/** Whether the features stand before the steps. */
export function channelsFirst(options: OptionReader): boolean {
  const format = options.string('dataFormat', 'channelsLast')
  if (format === 'channelsFirst' || format === 'channelsLast') return format === 'channelsFirst'
  throw options.unsupported(`dataFormat "${format}"`)
}

/** [N, F, …] → [N, …, F]. */
export function featuresLast(graph: GraphBuilder, x: Value): Value {
  if (x.shape.length < 3) return x
  return transpose(graph, x, [0, ...[...x.shape.keys()].slice(2), 1])
}
