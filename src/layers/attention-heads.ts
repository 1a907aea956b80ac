import { dense, reshape, transpose } from '../graph/operations/index.js'
import type { Parameter } from '../graph/parameters.js'
import { type Shape, sizeOf, type Tensor } from '../graph/tensor.js'

/** Weights of a linear map between shapes of several axes: kernel [...input, ...output], bias [...output]. */
export interface Projection {
  readonly kernel: Parameter
  readonly bias: Parameter | undefined
}

/** x · kernel + bias over the last `axes` axes of x. */
export function project(x: Tensor, { kernel, bias }: Projection, axes: number): Tensor {
  const inside = sizeOf(kernel.shape.slice(0, axes))
  const outside = kernel.shape.slice(axes)
  const lead = x.shape.slice(0, -axes)
  const matrix = reshape(x.graph.parameter(kernel), [inside, sizeOf(outside)])
  const flat = bias && reshape(x.graph.parameter(bias), [sizeOf(outside)])
  return reshape(dense(reshape(x, [...lead, inside]), matrix, flat), [...lead, ...outside])
}

/** The order of axes [...others, heads, ...attended, size] of a tensor [N, …, heads, size]. */
function order(rank: number, axes: readonly number[]): readonly number[] {
  const others = Array.from({ length: rank - 2 }, (_, axis) => axis).filter((axis) => !axes.includes(axis))
  return [...others, rank - 2, ...axes, rank - 1]
}

/** [N, …, heads, size] → [...others, heads, all attended steps, size]. */
export function headsFirst(x: Tensor, axes: readonly number[]): Tensor {
  const turned = transpose(x, order(x.rank, axes))
  const lead = turned.shape.slice(0, x.rank - 1 - axes.length)
  return reshape(turned, [...lead, -1, x.shape.at(-1)!])
}

/** The way back, to the given shape [N, …, heads, size]. */
export function headsLast(x: Tensor, axes: readonly number[], shape: Shape): Tensor {
  const own = order(shape.length, axes)
  const back = own.map((_, axis) => own.indexOf(axis))
  return transpose(
    reshape(
      x,
      own.map((axis) => shape[axis]!),
    ),
    back,
  )
}
