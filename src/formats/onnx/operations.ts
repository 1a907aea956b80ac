/** The operators layers are written with, with the shapes of their results. */
import type { GraphBuilder, Length, Value } from './graph-builder.js'
import type { OnnxType } from './onnx-model.js'

type Binary = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Max' | 'Min' | 'Or' | 'And'

/** An element-wise operator of two, with broadcasting. */
export function binary(graph: GraphBuilder, operator: Binary, a: Value, b: Value): Value {
  return graph.operation(operator, [a, b], { shape: broadcast(a.shape, b.shape), type: a.type })
}

/** a < b, a > b, …: bool. */
export function compare(
  graph: GraphBuilder,
  operator: 'Equal' | 'Less' | 'Greater' | 'GreaterOrEqual',
  a: Value,
  b: Value,
): Value {
  return graph.operation(operator, [a, b], { shape: broadcast(a.shape, b.shape), type: 'bool' })
}

/** An element-wise operator of one. */
export function unary(
  graph: GraphBuilder,
  operator: string,
  x: Value,
  attributes: Parameters<GraphBuilder['operation']>[3] = {},
): Value {
  return graph.operation(operator, [x], { shape: x.shape, type: x.type }, attributes)
}

/** `yes` where the condition holds, else `no`. */
export function where(graph: GraphBuilder, condition: Value, yes: Value, no: Value): Value {
  const shape = broadcast(condition.shape, broadcast(yes.shape, no.shape))
  return graph.operation('Where', [condition, yes, no], { shape, type: yes.type })
}

export function cast(graph: GraphBuilder, x: Value, type: OnnxType): Value {
  if (x.type === type) return x
  const to = { float32: 1, int32: 6, int64: 7, bool: 9 }[type]
  return graph.operation('Cast', [x], { shape: x.shape, type }, { to })
}

/** Matrix product over the last two axes. */
export function matmul(graph: GraphBuilder, a: Value, b: Value): Value {
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2))
  return graph.operation('MatMul', [a, b], { shape: [...batch, a.shape.at(-2)!, b.shape.at(-1)!] })
}

/** x · weights + bias over the last axis, for x of any rank of at least two. */
export function affine(graph: GraphBuilder, x: Value, weights: Value, bias: Value | undefined): Value {
  const product = matmul(graph, x, weights)
  return bias ? binary(graph, 'Add', product, bias) : product
}

export function transpose(graph: GraphBuilder, x: Value, order: readonly number[]): Value {
  const shape = order.map((axis) => x.shape[axis]!)
  return graph.operation('Transpose', [x], { shape, type: x.type }, { perm: order })
}

/** Swaps the last two axes. */
export function swapLast(graph: GraphBuilder, x: Value): Value {
  const last = x.shape.length - 1
  return transpose(graph, x, [...x.shape.slice(0, -2).keys(), last, last - 1])
}

/** `target` as Reshape takes it: 0 keeps a length, one −1 takes what is left; `shape` is what comes out. */
export function reshape(
  graph: GraphBuilder,
  x: Value,
  target: readonly number[],
  shape: readonly Length[],
): Value {
  return graph.operation('Reshape', [x, graph.integers(...target)], { shape, type: x.type })
}

export function unsqueeze(graph: GraphBuilder, x: Value, axis: number): Value {
  const place = axis < 0 ? axis + x.shape.length + 1 : axis
  const shape = [...x.shape.slice(0, place), 1, ...x.shape.slice(place)]
  return graph.operation('Unsqueeze', [x, graph.integers(place)], { shape, type: x.type })
}

export function squeeze(graph: GraphBuilder, x: Value, axis: number): Value {
  const shape = x.shape.filter((_, index) => index !== axis)
  return graph.operation('Squeeze', [x, graph.integers(axis)], { shape, type: x.type })
}

export function concatenate(graph: GraphBuilder, parts: readonly Value[], axis: number): Value {
  if (parts.length === 1) return parts[0]!
  const first = parts[0]!
  const place = axis < 0 ? axis + first.shape.length : axis
  const shape = first.shape.map((length, index) => {
    if (index === place)
      return sum(
        graph,
        parts.map((part) => part.shape[place]!),
      )
    return parts.map((part) => part.shape[index]!).find((one) => typeof one === 'number') ?? length
  })
  return graph.operation('Concat', parts, { shape, type: first.type }, { axis: place })
}

/** The values of one axis in the opposite order. */
export function reverse(graph: GraphBuilder, x: Value, axis: number): Value {
  const integers = (value: number) => graph.integers(value)
  const inputs = [x, integers(-1), integers(-(2 ** 31)), integers(axis), integers(-1)]
  return graph.operation('Slice', inputs, { shape: x.shape, type: x.type })
}

/** Cut into parts of these widths along the last axis. */
export function split(graph: GraphBuilder, x: Value, widths: readonly number[]): readonly Value[] {
  if (widths.length === 1) return [x]
  const specs = widths.map((width) => ({ shape: [...x.shape.slice(0, -1), width], type: x.type }))
  return graph.operations('Split', [x, graph.integers(...widths)], specs, { axis: -1 })
}

/** Sum, mean, largest over axes; they go, or stay with length 1. */
export function reduce(
  graph: GraphBuilder,
  operator: 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceLogSumExp',
  x: Value,
  axes: readonly number[],
  keep = false,
): Value {
  const places = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis))
  const shape = keep
    ? x.shape.map((length, axis) => (places.includes(axis) ? 1 : length))
    : x.shape.filter((_, axis) => !places.includes(axis))
  const spec = { shape, type: x.type }
  const keepdims = keep ? 1 : 0
  // In this operator set the sum takes its axes as an input already, the others as an attribute.
  if (operator === 'ReduceSum')
    return graph.operation(operator, [x, graph.integers(...places)], spec, { keepdims })
  return graph.operation(operator, [x], spec, { axes: places, keepdims })
}

export function softmax(graph: GraphBuilder, x: Value, axis = -1): Value {
  return unary(graph, 'Softmax', x, { axis })
}

/** int64 [end − begin]: lengths of some axes, known when the model runs. */
export function shapeOf(graph: GraphBuilder, x: Value, begin = 0, end = x.shape.length): Value {
  return graph.operation('Shape', [x], { shape: [end - begin], type: 'int64' }, { start: begin, end })
}

/** Row n of the result is x[n][positions[n][k]]: x [N, T, …], positions int64 [N, K] → [N, K, …]. */
export function gatherSteps(graph: GraphBuilder, x: Value, positions: Value): Value {
  const shape = [...positions.shape, ...x.shape.slice(2)]
  const inputs = [x, unsqueeze(graph, positions, -1)]
  return graph.operation('GatherND', inputs, { shape, type: x.type }, { batch_dims: 1 })
}

/** Lengths of two tensors put side by side element by element, NumPy's rule. */
export function broadcast(a: readonly Length[], b: readonly Length[]): Length[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, index) => {
    const left = a[index - rank + a.length] ?? 1
    const right = b[index - rank + b.length] ?? 1
    if (left === 1) return right
    if (right === 1 || typeof left === 'number') return left
    return typeof right === 'number' ? right : left
  })
}

function sum(graph: GraphBuilder, lengths: readonly Length[]): Length {
  let total = 0
  for (const length of lengths) {
    if (typeof length !== 'number') return graph.unknownLength('length')
    total += length
  }
  return total
}
