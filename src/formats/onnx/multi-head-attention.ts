import type { WeightArray } from '../model-description.js'
import type { GraphBuilder, Length, Value } from './graph-builder.js'
import { type CallArguments, type LayerWriter, withMask } from './layer-writer.js'
import {
  affine,
  binary,
  matmul,
  reshape,
  softmax,
  swapLast,
  transpose,
  unary,
  unsqueeze,
  where,
} from './operations.js'
import { allowedPairs, band } from './pairs-allowed.js'

/** A projection to the heads: kernel [features, heads, width], bias [heads, width]. */
interface Projection {
  readonly name: string
  readonly heads: number
  readonly width: number
  readonly kernel: WeightArray
  readonly bias: WeightArray | undefined
}

/** Heads side by side: softmax(q · k / √keyDim) · v in each, and a projection back. */
export const multiHeadAttention: LayerWriter = ({ options, weights, path }) => {
  const heads = options.number('numHeads')
  const keyWidth = options.number('keyDim')
  const valueWidth = options.number('valueDim', keyWidth)
  const useBias = options.boolean('useBias', true)
  const emptyRowsGiveZero = options.number('dropout', 0) > 0
  const axes = options.some('attentionAxes', 1)
  if (axes.length !== 1 || (axes[0] !== 1 && axes[0] !== -2))
    throw options.unsupported(`attentionAxes [${axes}]`)
  const window = options.raw('slidingWindow') === undefined ? undefined : options.number('slidingWindow')
  const sizes = options.raw('outputShape') === undefined ? [undefined] : options.some('outputShape', 1)
  const projection = (name: string, width: number): Projection => {
    const kernel = weights.take(`${name}/kernel`, undefined, heads, width)
    const bias = useBias ? weights.take(`${name}/bias`, heads, width) : undefined
    return { name, heads, width, kernel, bias }
  }
  const queries = projection('query', keyWidth)
  const keys = projection('key', keyWidth)
  const gates = options.boolean('useGate', false) ? projection('gate', valueWidth) : undefined
  const values = projection('value', valueWidth)
  const back = weights.take('attention_output/kernel', heads, valueWidth, ...sizes)
  const outputSizes = back.shape.slice(2)
  const backBias = useBias ? weights.take('attention_output/bias', ...outputSizes) : undefined

  return (graph, [query, value, key = value], callArguments) => {
    for (const x of [query!, value!, key!]) {
      if (x.shape.length !== 3) throw options.unsupported(`an input of ${x.shape.length} axes`)
    }
    const project = (x: Value, by: Projection) => projected(graph, path, x, by)
    const q = binary(graph, 'Mul', project(query!, queries), graph.scalar(1 / Math.sqrt(keyWidth)))
    const scores = matmul(graph, q, swapLast(graph, project(key!, keys)))
    const allowed = allowedBy(
      graph,
      scores,
      [query!, value!, key === value ? undefined : key],
      callArguments,
      window,
    )
    const raw = softmax(graph, allowed ? where(graph, allowed, scores, graph.scalar(-1e9)) : scores)
    const asked = callArguments.returnAttentionScores === true
    // With scores to show or dropout Keras leaves the fused path, and a row without anything allowed gives zeros there.
    const attended =
      allowed && (asked || emptyRowsGiveZero) ? where(graph, allowed, raw, graph.scalar(0)) : raw
    const mixed = matmul(graph, attended, project(value!, values))
    const gated = gates ? binary(graph, 'Mul', mixed, unary(graph, 'Sigmoid', project(query!, gates))) : mixed
    const [N, T] = query!.shape as [Length, Length]
    const width = outputSizes.reduce((product, length) => product * length, 1)
    const joined = reshape(
      graph,
      transpose(graph, gated, [0, 2, 1, 3]),
      [0, 0, heads * valueWidth],
      [N, T, heads * valueWidth],
    )
    const W = graph.weightAt(`${path}/attention_output/kernel`, [heads * valueWidth, width], () => back.data)
    const B = backBias && graph.weightAt(`${path}/attention_output/bias`, [width], () => backBias.data)
    const flat = affine(graph, joined, W, B)
    const output =
      outputSizes.length === 1 ? flat : reshape(graph, flat, [0, 0, ...outputSizes], [N, T, ...outputSizes])
    const first = withMask(output, query!.mask)
    return asked ? [first, attended] : [first]
  }
}

/** [N, T, features] → [N, heads, T, width]. */
function projected(
  graph: GraphBuilder,
  path: string,
  x: Value,
  { name, heads, width, kernel, bias }: Projection,
): Value {
  const W = graph.weightAt(`${path}/${name}/kernel`, [kernel.shape[0]!, heads * width], () => kernel.data)
  const B = bias && graph.weightAt(`${path}/${name}/bias`, [heads * width], () => bias.data)
  const [N, T] = x.shape as [Length, Length]
  const split = reshape(graph, affine(graph, x, W, B), [0, 0, heads, width], [N, T, heads, width])
  return transpose(graph, split, [0, 2, 1, 3])
}

/** What the masks of query, value and key, the window and the order of time let a query see: bool, for [N, heads, Tq, Tv]. */
function allowedBy(
  graph: GraphBuilder,
  scores: Value,
  [query, value, key]: readonly (Value | undefined)[],
  callArguments: CallArguments,
  window: number | undefined,
): Value | undefined {
  const parts = [
    query?.mask && unsqueeze(graph, query.mask, 2),
    value?.mask && unsqueeze(graph, value.mask, 1),
    key?.mask && unsqueeze(graph, key.mask, 1),
  ].flatMap((part) => (part ? [unsqueeze(graph, part, 1)] : []))
  if (window !== undefined) parts.push(band(graph, scores, window - 1, window - 1))
  const given = parts.length > 0 ? parts.reduce((a, b) => binary(graph, 'And', a, b)) : undefined
  return allowedPairs(graph, scores, given, callArguments)
}
