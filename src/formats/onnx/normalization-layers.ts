import type { GraphBuilder, Value } from './graph-builder.js'
import { simple } from './layer-writer.js'
import { binary, reduce, unary } from './operations.js'

export const batchNormalization = simple(({ options, weights, path }) => {
  const axis = options.size('axis', -1)
  const epsilon = options.number('epsilon', 1e-3)
  // Of renormalization, which is training's alone.
  for (const name of ['renormMomentum', 'renormClipping']) options.raw(name)
  const gamma = options.boolean('scale', true) ? weights.take('gamma', undefined).data : undefined
  const beta = options.boolean('center', true) ? weights.take('beta', undefined).data : undefined
  const mean = weights.take('movingMean', undefined).data
  const variance = weights.take('movingVariance', mean.length).data
  const factor = variance.map((value, k) => (gamma?.[k] ?? 1) / Math.sqrt(value + epsilon))
  const shift = factor.map((value, k) => (beta?.[k] ?? 0) - mean[k]! * value)
  return (graph, x) => {
    const own = (name: string, data: Float32Array) =>
      graph.weightAt(`${path}/${name}`, alongAxes(x, [axis]), () => data)
    return binary(graph, 'Add', binary(graph, 'Mul', x, own('factor', factor)), own('shift', shift))
  }
})

export const layerNormalization = simple(({ options, weights, path }) => {
  const axes = options.some('axis', -1)
  const epsilon = options.number('epsilon', 1e-3)
  const rms = options.boolean('rmsScaling', false)
  const any = axes.map(() => undefined)
  const gamma = options.boolean('scale', true) || rms ? weights.take('gamma', ...any).data : undefined
  const beta = options.boolean('center', true) && !rms ? weights.take('beta', ...any).data : undefined
  return (graph, x) => {
    const own = (name: string, data: Float32Array) =>
      graph.weightAt(`${path}/${name}`, alongAxes(x, axes), () => data)
    if (gamma && !rms && isLast(x, axes)) {
      const along = (name: string, data: Float32Array) =>
        graph.weightAt(`${path}/${name}`, [data.length], () => data)
      const inputs = [x, along('gamma', gamma), beta && along('beta', beta)]
      return graph.operation(
        'LayerNormalization',
        inputs,
        { shape: x.shape },
        { axis: -1, epsilon: { float: epsilon } },
      )
    }
    const mean = reduce(graph, 'ReduceMean', x, axes, true)
    const centred = binary(graph, 'Sub', x, mean)
    const variance = reduce(graph, 'ReduceMean', binary(graph, 'Mul', centred, centred), axes, true)
    const deviation = unary(graph, 'Sqrt', binary(graph, 'Add', variance, graph.scalar(epsilon)))
    const normal = binary(graph, 'Div', rms ? x : centred, deviation)
    const scaled = gamma ? binary(graph, 'Mul', normal, own('gamma', gamma)) : normal
    return beta ? binary(graph, 'Add', scaled, own('beta', beta)) : scaled
  }
})

function isLast(x: Value, axes: readonly number[]): boolean {
  return axes.length === 1 && (axes[0] === -1 || axes[0] === x.shape.length - 1)
}

/** Lengths of x on these axes and 1 on the others, so that values along them meet x. */
function alongAxes(x: Value, axes: readonly number[]): number[] {
  const rank = x.shape.length
  const places = axes.map((axis) => (axis < 0 ? axis + rank : axis))
  return x.shape.map((length, axis) => (places.includes(axis) ? (length as number) : 1))
}

export const unitNormalization = simple(({ options }) => {
  const axes = options.some('axis', -1)
  return (graph, x) => unitVectors(graph, x, axes, 1e12)
})

/** x · min(1 / √Σx², most), as Keras computes it. */
export function unitVectors(graph: GraphBuilder, x: Value, axes: readonly number[], most: number): Value {
  const squares = reduce(graph, 'ReduceSum', binary(graph, 'Mul', x, x), axes, true)
  const inverse = unary(graph, 'Reciprocal', unary(graph, 'Sqrt', squares))
  return binary(graph, 'Mul', x, binary(graph, 'Min', inverse, graph.scalar(most)))
}
