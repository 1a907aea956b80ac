import { RepriseError } from '../errors.js'
import type { Graph } from '../graph/graph.js'
import {
  absolute,
  add,
  concatenate,
  divide,
  fill,
  matmul,
  maximum,
  multiply,
  reshape,
  scalar,
  scale,
  slice,
  sqrt,
  square,
  sum,
  transpose,
} from '../graph/operations/index.js'
import { formatShape, type Tensor } from '../graph/tensor.js'
import { choice, number } from '../options.js'
import { NamedFunctions, type NamedLike, shorthand } from './named-functions.js'

/** A penalty on a weight or an output: any shape → one element, added to the loss. */
export type Regularizer = (x: Tensor) => Tensor
/** "l2", { name: "l2", l2: 0.001 } (which `regularizers.l2(0.001)` writes), or a function. */
export type RegularizerLike = NamedLike<Regularizer>

const factor = (value: number) => number('factor', value, { min: 0 })
const penalty = (l1: number, l2: number): Regularizer => {
  return (x) => {
    const parts = [
      ...(l1 === 0 ? [] : [scale(sum(absolute(x)), l1)]),
      ...(l2 === 0 ? [] : [scale(sum(square(x)), l2)]),
    ]
    return parts.length ? parts.reduce(add) : scalar(x, 0)
  }
}

/** Ones but for zeros on the diagonal: [size, size]. */
function offDiagonal(graph: Graph, size: number): Tensor {
  // Rows one longer than the matrix's, the first of each 0: read without the gaps, the zeros lie on the diagonal.
  const longer = concatenate([fill(graph, [size, 1], 0), fill(graph, [size, size], 1)], 1)
  return reshape(slice(reshape(longer, [size * (size + 1)]), 0, 0, size * size), [size, size])
}

/** Keras's backend.epsilon(). */
const epsilon = 1e-7

/** Mean |cosine| between different rows or columns. */
function orthogonality(weight: number, mode: 'rows' | 'columns'): Regularizer {
  return (x) => {
    if (x.rank !== 2) {
      throw new RepriseError(
        'shape',
        `orthogonalRegularizer needs a weight of two axes, got ${formatShape(x.shape)}`,
      )
    }
    const rows = mode === 'rows' ? x : transpose(x, [1, 0])
    const size = rows.shape[0]!
    if (size === 1) return scalar(x, 0)
    const squares = maximum(sum(square(rows), 1, true), scalar(x, epsilon ** 2))
    const unit = divide(rows, sqrt(squares))
    const others = multiply(matmul(unit, transpose(unit, [1, 0])), offDiagonal(x.graph, size))
    return scale(sum(absolute(others)), weight / (size * (size - 1)))
  }
}

const known = new NamedFunctions<Regularizer>('regularizer')
  .define(['l1', 'L1'], { l1: factor(0.01) }, ({ l1 }) => penalty(l1, 0))
  .define(['l2', 'L2'], { l2: factor(0.01) }, ({ l2 }) => penalty(0, l2))
  .define(['l1l2', 'L1L2'], { l1: factor(0), l2: factor(0) }, ({ l1, l2 }) => penalty(l1, l2))
  .define(
    ['orthogonalRegularizer', 'OrthogonalRegularizer'],
    { factor: factor(0.01), mode: choice('mode', ['rows', 'columns'], 'rows') },
    (options) => orthogonality(options.factor, options.mode),
  )

/** Names `regularizer` knows. */
export const regularizerNames = (): string[] => known.names()

/** The penalty an option stands for: Keras 3's formulas and defaults. Throws `unknown-name` and `option`. */
export const regularizer = (like: RegularizerLike): Regularizer => known.resolve(like)

/** Makes a penalty of your own known by name, so that layers that use it can be saved. Throws `duplicate-name`. */
export function registerRegularizer(name: string, penalize: Regularizer): void {
  known.define([name], {}, () => penalize)
}

/** An option that takes a regularizer. */
export const regularizerField = (doc: string) => known.field(doc)

/**
 * Keras's regularizers, written with their arguments.
 *
 * @example
 * layers.dense(10, { kernelRegularizer: regularizers.l2(0.001), activityRegularizer: 'l1' })
 */
export const regularizers = {
  l1: shorthand<{ readonly l1?: number }>('l1', ['l1']),
  l2: shorthand<{ readonly l2?: number }>('l2', ['l2']),
  l1l2: shorthand<{ readonly l1?: number; readonly l2?: number }>('l1l2', ['l1', 'l2']),
  orthogonalRegularizer: shorthand<{ readonly factor?: number; readonly mode?: 'rows' | 'columns' }>(
    'orthogonalRegularizer',
    ['factor', 'mode'],
  ),
}

/** Adds the penalty on each output, divided by the batch size as in Keras, to the loss of the model. */
export function addActivityLoss(like: RegularizerLike | undefined, outputs: readonly Tensor[]): void {
  if (like === undefined) return
  const penalize = regularizer(like)
  for (const output of outputs) output.graph.addLoss(scale(penalize(output), 1 / output.shape[0]!))
}
