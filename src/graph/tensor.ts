import { RepriseError } from '../errors.js'
import type { Graph } from './graph.js'
import type { Node } from './operation.js'
import type { Parameter } from './parameters.js'

export type Shape = readonly number[]
export type DType = 'float32' | 'int32' | 'uint32'

export interface TensorSpec {
  readonly shape: Shape
  readonly dtype: DType
}

/**
 * Where the values of a tensor live.
 * - `arena`: planned memory, valid only while a program runs
 * - `parameter`, `gradient`: the place of a parameter in the flat parameter or gradient vector
 * - `input`: written by the host before a run; `output`: read by the host after it
 * - `state`: kept between runs and shared by all programs of a session, under its name
 */
export type Storage =
  | { readonly kind: 'arena' }
  | { readonly kind: 'parameter'; readonly parameter: Parameter }
  | { readonly kind: 'gradient'; readonly parameter: Parameter }
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'output'; readonly name: string }
  | { readonly kind: 'state'; readonly name: string }

/** A symbolic value: a shape and a type, no numbers. Operations on tensors append nodes to their graph. */
export class Tensor implements TensorSpec {
  /** The node that computes it; absent for inputs, parameters and state. */
  node: Node | undefined
  storage: Storage = { kind: 'arena' }

  constructor(
    readonly graph: Graph,
    readonly id: number,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}

  get size(): number {
    return sizeOf(this.shape)
  }

  get rank(): number {
    return this.shape.length
  }
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1)
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis])
}

/** [2, 3]; lengths not known yet are null. */
export function formatShape(shape: Shape): string {
  return `[${shape.map((length) => (Number.isNaN(length) ? 'null' : length)).join(', ')}]`
}

/** Element strides of a dense row-major shape. */
export function denseStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]!
  }
  return strides
}

/** Turns −1 into the last axis and so on. Throws `shape` when the axis does not exist. */
export function normalizeAxis(axis: number, rank: number): number {
  const result = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || result < 0 || result >= rank) {
    throw new RepriseError('shape', `axis ${axis} does not exist in a tensor of ${rank} axes`)
  }
  return result
}

/** The shape two operands broadcast to, by NumPy's rule. Throws `shape` when they do not. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const p = a[axis - rank + a.length] ?? 1
    const q = b[axis - rank + b.length] ?? 1
    if (p !== q && p !== 1 && q !== 1) {
      throw new RepriseError(
        'shape',
        `shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: ${p} ≠ ${q} on axis ${axis}`,
      )
    }
    return p === 1 ? q : p
  })
}
