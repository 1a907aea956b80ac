import { activate, readActivation } from './activations.js'
import type { GraphBuilder, Value } from './graph-builder.js'
import { type LayerWriter, simple, withMask } from './layer-writer.js'
import { binary, compare, reduce, softmax, unary, where } from './operations.js'
import type { OptionReader } from './option-reader.js'

/** The activation an option names, checked when the layer is made. */
export function activationOption(options: OptionReader, fallback = 'linear') {
  const name = readActivation(options, 'activation', fallback)
  return (graph: GraphBuilder, x: Value) => activate(graph, name, x)
}

export const activation = simple(({ options }) => activationOption(options))

/** min(x, maxValue) above the threshold, negativeSlope · (x − threshold) below it. */
export const reLu = simple(({ options }) => {
  const most = options.raw('maxValue') === undefined ? undefined : options.number('maxValue')
  const slope = options.number('negativeSlope', 0)
  const threshold = options.number('threshold', 0)
  return (graph, x) => {
    const limit = graph.scalar(threshold)
    const above =
      threshold === 0
        ? unary(graph, 'Relu', x)
        : where(graph, compare(graph, 'Greater', x, limit), x, graph.scalar(0))
    const bounded = most === undefined ? above : binary(graph, 'Min', above, graph.scalar(most))
    if (slope === 0) return bounded
    const below = unary(graph, 'Relu', binary(graph, 'Sub', limit, x))
    return binary(graph, 'Sub', bounded, binary(graph, 'Mul', below, graph.scalar(slope)))
  }
})

export const leakyReLu = simple(({ options }) => {
  const alpha = options.number('negativeSlope', 0.3)
  return (graph, x) => unary(graph, 'LeakyRelu', x, { alpha: { float: alpha } })
})

/** Over one axis or several; masked values get 0. */
export const softmaxLayer: LayerWriter = ({ options }) => {
  const axes = options.some('axis', -1)
  return (graph, [x]) => {
    const { mask } = x!
    const shown = mask ? where(graph, mask, x!, graph.scalar(-1e9)) : x!
    const y = softmaxOver(graph, shown, axes)
    return [withMask(mask ? where(graph, mask, y, graph.scalar(0)) : y, mask)]
  }
}

function softmaxOver(graph: GraphBuilder, x: Value, axes: readonly number[]): Value {
  if (axes.length === 1) return softmax(graph, x, axes[0])
  const total = reduce(graph, 'ReduceLogSumExp', x, axes, true)
  return unary(graph, 'Exp', binary(graph, 'Sub', x, total))
}

export const rescaling = simple(({ options }) => {
  const [scale, offset] = [options.number('scale'), options.number('offset', 0)]
  return (graph, x) =>
    binary(graph, 'Add', binary(graph, 'Mul', x, graph.scalar(scale)), graph.scalar(offset))
})
