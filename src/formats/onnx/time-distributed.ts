import type { GraphBuilder, Length, Value } from './graph-builder.js'
import { type LayerWriter, withMask } from './layer-writer.js'
import { concatenate, reshape, shapeOf } from './operations.js'

/** A layer for each step: steps join the batch axis, and leave it again. */
export const timeDistributed: LayerWriter = (context) => {
  const inner = context.inner(context.options.record('layer'), 'layer')
  return (graph, [x], callArguments) => {
    const mask = x!.mask
    // A mask over the steps means nothing inside of a step; one with further axes is the inner layer's.
    const within = mask && mask.shape.length > 2 ? joined(graph, mask) : undefined
    const outputs = inner(graph, [withMask(joined(graph, x!), within)], callArguments)
    return outputs.map((output) => withMask(parted(graph, output, x!), mask))
  }
}

/** [N, T, …] → [N·T, …]. */
function joined(graph: GraphBuilder, x: Value): Value {
  const [N, T, ...rest] = x.shape as [Length, Length, ...Length[]]
  const rows = typeof N === 'number' && typeof T === 'number' ? N * T : graph.unknownLength('rows')
  const shape = [rows, ...rest]
  if (rest.length === 0) return reshape(graph, x, [-1], shape)
  const target = concatenate(graph, [graph.integers(-1), shapeOf(graph, x, 2)], 0)
  return graph.operation('Reshape', [x, target], { shape, type: x.type })
}

/** [N·T, …] → [N, T, …], N and T those of `like`. */
function parted(graph: GraphBuilder, x: Value, like: Value): Value {
  const [N, T] = like.shape as [Length, Length]
  const target = concatenate(graph, [shapeOf(graph, like, 0, 2), shapeOf(graph, x, 1)], 0)
  return graph.operation('Reshape', [x, target], { shape: [N, T, ...x.shape.slice(1)], type: x.type })
}
