import type { Graph } from '../graph.js'
import type { Operation } from '../operation.js'
import type { Shape, Tensor } from '../tensor.js'

const fillOperation: Operation<Record<string, never>, 'y', { shape: Shape; value: number }> = {
  name: 'fill',
  infer: (_inputs, { shape }) => ({ y: { shape, dtype: 'float32' } }),
  lower: ({ outputs, attributes, at, emit }) =>
    emit('fill', { y: at(outputs.y), count: outputs.y.size, value: attributes.value }),
}

/** A tensor of one repeated number. */
export function fill(graph: Graph, shape: Shape, value: number): Tensor {
  return graph.append(fillOperation, {}, { shape, value }).y
}

export const zeros = (graph: Graph, shape: Shape): Tensor => fill(graph, shape, 0)
export const onesLike = (x: Tensor): Tensor => fill(x.graph, x.shape, 1)
