import type { GraphBuilder, Value } from './graph-builder.js'
import { type LayerWriter, withMask } from './layer-writer.js'
import { unitVectors } from './normalization-layers.js'
import {
  binary,
  compare,
  concatenate,
  matmul,
  reduce,
  reshape,
  transpose,
  unsqueeze,
  where,
} from './operations.js'

/** add, subtract, average: element by element, one input after the other; the mask is the union. */
function elementwise(merge: (graph: GraphBuilder, inputs: readonly Value[]) => Value): LayerWriter {
  return () => (graph, inputs) => {
    return [withMask(merge(graph, sameRank(graph, inputs)), union(graph, inputs))]
  }
}

const inTurn =
  (operator: 'Add' | 'Sub' | 'Mul') =>
  (graph: GraphBuilder, inputs: readonly Value[]): Value =>
    inputs.slice(1).reduce((total, x) => binary(graph, operator, total, x), inputs[0]!)

export const add = elementwise(inTurn('Add'))
export const subtract = elementwise(inTurn('Sub'))
export const average = elementwise((graph, inputs) =>
  binary(graph, 'Div', inTurn('Add')(graph, inputs), graph.scalar(inputs.length)),
)

/** Masked steps of an input count as 1; steps masked in all of them come out 0. */
export const multiply: LayerWriter = () => (graph, inputs) => {
  const mask = union(graph, inputs)
  const factors = inputs.map((x) =>
    x.mask ? where(graph, unsqueeze(graph, x.mask, -1), x, graph.scalar(1)) : x,
  )
  const product = inTurn('Mul')(graph, sameRank(graph, factors))
  if (!mask) return [withMask(product, undefined)]
  return [withMask(where(graph, unsqueeze(graph, mask, -1), product, graph.scalar(0)), mask)]
}

/** A masked step of one input takes no part; the mask is the union when all have one. */
function extreme(operator: 'Max' | 'Min'): LayerWriter {
  return () => (graph, given) => {
    const [first, ...others] = sameRank(graph, given)
    let output = first!
    let mask = first!.mask
    for (const other of others) {
      const own = other.mask
      const x = own ? where(graph, unsqueeze(graph, own, -1), other, output) : other
      if (mask) output = where(graph, unsqueeze(graph, mask, -1), output, x)
      mask = mask && own ? binary(graph, 'Or', mask, own) : undefined
      output = binary(graph, operator, output, x)
    }
    return [withMask(output, union(graph, given))]
  }
}

export const maximum = extreme('Max')
export const minimum = extreme('Min')

export const concatenateLayer: LayerWriter = ({ options }) => {
  const axis = options.number('axis', -1)
  return (graph, inputs) => {
    const rank = inputs[0]!.shape.length
    const place = axis < 0 ? axis + rank : axis
    return [withMask(concatenate(graph, inputs, place), joinedMask(graph, inputs, place))]
  }
}

/** Along features a step counts when it does in any input, along time the masks lie one after the other. */
function joinedMask(graph: GraphBuilder, inputs: readonly Value[], axis: number): Value | undefined {
  if (inputs.every(({ mask }) => !mask)) return undefined
  if (axis === inputs[0]!.shape.length - 1) return union(graph, inputs)
  const masks = inputs.map((x) => {
    if (x.mask) return x.mask
    const first = reduce(graph, 'ReduceMax', x, [-1])
    return compare(graph, 'Equal', first, first)
  })
  return concatenate(graph, masks, axis)
}

/** x · y over one axis of each, batch by batch. */
export const dot: LayerWriter = ({ options }) => {
  const axes = options.raw('axes')
  const normalize = options.boolean('normalize', false)
  const pair = typeof axes === 'number' ? [axes, axes] : options.numbers('axes')
  return (graph, inputs) => {
    const [left, right] = [0, 1].map((k) => {
      const { shape } = inputs[k]!
      const axis = pair[k]! < 0 ? pair[k]! + shape.length : pair[k]!
      if (shape.length > 3 || shape.length < 2 || axis === 0)
        throw options.unsupported(`dot of rank ${shape.length} over axis ${axis}`)
      const x = normalize ? unitVectors(graph, inputs[k]!, [axis], 1e7) : inputs[k]!
      // [N, other, axis], other = 1 for a matrix.
      if (shape.length === 2) return unsqueeze(graph, x, 1)
      return axis === 2 ? x : transpose(graph, x, [0, 2, 1])
    }) as [Value, Value]
    const product = matmul(graph, left, transpose(graph, right, [0, 2, 1]))
    const [N, a, b] = product.shape as [Value['shape'][0], Value['shape'][0], Value['shape'][0]]
    if (inputs[0]!.shape.length === 2) return [reshape(graph, product, [0, -1], [N, b])]
    if (inputs[1]!.shape.length === 2) return [reshape(graph, product, [0, -1], [N, a])]
    return [product]
  }
}

/** Axes of length 1 behind the batch axis until all have one rank. */
function sameRank(graph: GraphBuilder, inputs: readonly Value[]): readonly Value[] {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length))
  return inputs.map((x) => {
    let result = x
    while (result.shape.length < rank) result = withMask(unsqueeze(graph, result, 1), x.mask)
    return result
  })
}

/** Steps that count in any input; none when an input has no mask. */
function union(graph: GraphBuilder, inputs: readonly Value[]): Value | undefined {
  const masks = inputs.map(({ mask }) => mask)
  if (masks.some((mask) => !mask)) return undefined
  return (masks as Value[]).reduce((one, other) => (one === other ? one : binary(graph, 'Or', one, other)))
}
