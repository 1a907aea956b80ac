import type { Graph } from '../graph/graph.js'
import {
  add,
  concatenate,
  fill,
  maximum,
  multiply,
  reshape,
  reverse,
  scalar,
  scale,
  subtract,
  windows,
} from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import type { Mask } from './layer.js'

// Masks are float32, 1 = counts, 0 = does not.

/** A mask for every feature: [N, T] → [N, T, 1]. */
export const perFeature = (mask: Tensor): Tensor => reshape(mask, [...mask.shape, 1])

/** Where either counts. */
export const either = (a: Tensor, b: Tensor): Tensor => maximum(a, b)

/** Where both count; what is absent counts everywhere. */
export function both(a: Mask, b: Mask): Mask {
  return a && b ? multiply(a, b) : (a ?? b)
}

/** `value` where the mask is 1, the number `otherwise` elsewhere. */
export function orElse(mask: Tensor, value: Tensor, otherwise: number): Tensor {
  return add(multiply(mask, value), scale(subtract(scalar(mask, 1), mask), otherwise))
}

/** 1 where −before ≤ column − row ≤ after: a mask [1, rows, columns] of a band along the diagonal. */
export function band(graph: Graph, [rows, columns]: Shape, before: number, after: number): Tensor {
  // A matrix constant along its diagonals is a window that slides over one vector.
  const length = rows! + columns! - 1
  const clip = (index: number) => Math.min(length, Math.max(0, index))
  const [begin, end] = [clip(rows! - 1 - before), clip(rows! + after)]
  const pieces = [
    [begin, 0],
    [end - begin, 1],
    [length - end, 0],
  ].flatMap(([size, value]) => (size! > 0 ? [fill(graph, [1, size!, 1], value!)] : []))
  return reverse(reshape(windows(concatenate(pieces, 1), columns!), [1, rows!, columns!]), 1)
}
