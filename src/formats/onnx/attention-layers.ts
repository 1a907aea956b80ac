import type { GraphBuilder, Value } from './graph-builder.js'
import { type LayerContext, type LayerWriter, withMask } from './layer-writer.js'
import { binary, matmul, reduce, softmax, swapLast, unary, unsqueeze, where } from './operations.js'
import { allowedPairs } from './pairs-allowed.js'

type Scores = (graph: GraphBuilder, query: Value, key: Value) => Value

/** Inputs query, value, key = value; scores [N, Tq, Tv] weigh the values. */
function attentionOver(makeScores: (context: LayerContext) => Scores): LayerWriter {
  return (context) => {
    const scoresOf = makeScores(context)
    return (graph, [query, value, key], callArguments) => {
      const scores = scoresOf(graph, query!, key ?? value!)
      const allowed = allowedPairs(
        graph,
        scores,
        value!.mask && unsqueeze(graph, value!.mask, 1),
        callArguments,
      )
      const weights = softmax(graph, allowed ? lowered(graph, allowed, scores) : scores)
      const output = matmul(graph, weights, value!)
      const mask = query!.mask
      const shown = mask ? where(graph, unsqueeze(graph, mask, -1), output, graph.scalar(0)) : output
      const first = withMask(shown, mask)
      return callArguments.returnAttentionScores ? [first, weights] : [first]
    }
  }
}

/** Keras takes 10⁹ from what is not allowed, so a row without anything allowed weighs all alike. */
function lowered(graph: GraphBuilder, allowed: Value, scores: Value): Value {
  return where(graph, allowed, scores, binary(graph, 'Sub', scores, graph.scalar(1e9)))
}

/** Luong's: query · key, or the sum of tanh(query + key). */
export const attention = attentionOver(({ options, weights, path }) => {
  const mode = options.string('scoreMode', 'dot')
  const scale = options.boolean('useScale', false) ? weights.take('scale') : undefined
  const concat = mode === 'concat' ? weights.take('concatScoreWeight') : undefined
  if (mode !== 'dot' && mode !== 'concat') throw options.unsupported(`scoreMode "${mode}"`)
  return (graph, query, key) => {
    const factor = scale && graph.weightAt(`${path}/scale`, [], () => scale.data)
    const scaled = (x: Value) => (factor ? binary(graph, 'Mul', x, factor) : x)
    if (!concat) return scaled(matmul(graph, query, swapLast(graph, key)))
    const total = reduce(graph, 'ReduceSum', unary(graph, 'Tanh', scaled(pairs(graph, query, key))), [-1])
    return binary(
      graph,
      'Mul',
      total,
      graph.weightAt(`${path}/concatScoreWeight`, [], () => concat.data),
    )
  }
})

/** Bahdanau's: the sum of scale · tanh(query + key). */
export const additiveAttention = attentionOver(({ options, weights, path }) => {
  const scale = options.boolean('useScale', true) ? weights.take('scale', undefined) : undefined
  return (graph, query, key) => {
    const bent = unary(graph, 'Tanh', pairs(graph, query, key))
    const factor = scale && graph.weightAt(`${path}/scale`, scale.shape, () => scale.data)
    return reduce(graph, 'ReduceSum', factor ? binary(graph, 'Mul', bent, factor) : bent, [-1])
  }
})

/** query + key for each pair of steps: [N, Tq, Tv, features]. */
function pairs(graph: GraphBuilder, query: Value, key: Value): Value {
  return binary(graph, 'Add', unsqueeze(graph, query, 2), unsqueeze(graph, key, 1))
}
