import type { GraphBuilder, Value } from './graph-builder.js'
import type { CallArguments } from './layer-writer.js'
import { binary, compare, shapeOf } from './operations.js'

/** The mask given and, with `useCausalMask`, no later step: bool, as broad as the scores. */
export function allowedPairs(
  graph: GraphBuilder,
  scores: Value,
  given: Value | undefined,
  { useCausalMask }: CallArguments,
): Value | undefined {
  if (!useCausalMask) return given
  const causal = band(graph, scores, undefined, 0)
  return given ? binary(graph, 'And', given, causal) : causal
}

/** bool [Tq, Tv] for scores […, Tq, Tv]: pairs with −before ≤ v − q ≤ after; undefined: any v before. */
export function band(graph: GraphBuilder, scores: Value, before: number | undefined, after: number): Value {
  const rank = scores.shape.length
  const shape = scores.shape.slice(-2)
  const one = graph.constant(new Float32Array([1]))
  const ones = graph.operation('Expand', [one, shapeOf(graph, scores, rank - 2, rank)], { shape })
  const diagonal = (k: number) => graph.constant(BigInt64Array.of(BigInt(k)), [])
  const lower = graph.operation('Trilu', [ones, diagonal(after)], { shape }, { upper: 0 })
  const within =
    before === undefined
      ? lower
      : graph.operation('Trilu', [lower, diagonal(-before)], { shape }, { upper: 1 })
  return compare(graph, 'Greater', within, graph.scalar(0))
}
