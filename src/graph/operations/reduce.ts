import { Reduce, type ReduceName } from '../../engine/commands.generated.js'
import { apply, type Operation } from '../operation.js'
import { normalizeAxis, sizeOf, type Tensor } from '../tensor.js'
import { divide, equal, multiply, scale } from './arithmetic.js'
import { broadcastTo, reshape, sumAxis } from './broadcast.js'

interface Operand {
  readonly x: Tensor
  readonly [name: string]: Tensor | undefined
}

const reduceOperation: Operation<Operand, 'y', { operation: ReduceName; axis: number }> = {
  name: 'reduce',
  infer: ({ x }, { axis }) => ({
    y: { shape: x.shape.map((length, k) => (k === axis ? 1 : length)), dtype: 'float32' },
  }),
  lower: ({ inputs: { x }, outputs: { y }, attributes: { axis, operation }, at, emit }) =>
    emit('reduce', {
      x: at(x),
      y: at(y),
      outer: sizeOf(x.shape.slice(0, axis)),
      axis: x.shape[axis]!,
      inner: sizeOf(x.shape.slice(axis + 1)),
      operation: Reduce[operation],
      accumulate: 0,
    }),
  gradient({ inputs: { x }, outputs: { y }, attributes: { operation, axis }, gradients }) {
    const dy = gradients.y!
    if (operation === 'mean') return { x: scale(broadcastTo(dy, x.shape), 1 / x.shape[axis]!) }
    const chosen = equal(x, y)
    return { x: multiply(chosen, divide(dy, sumAxis(chosen, axis))) } // ties share the gradient
  },
}

function reduceAxis(x: Tensor, operation: ReduceName, axis: number): Tensor {
  if (operation === 'sum') return sumAxis(x, axis)
  return apply(reduceOperation, { x }, { operation, axis }).y
}

function reduction(operation: ReduceName) {
  return (x: Tensor, axes?: number | readonly number[], keepDimensions = false): Tensor => {
    const list = axes === undefined ? x.shape.map((_, k) => k) : typeof axes === 'number' ? [axes] : axes
    const reduced = new Set(list.map((axis) => normalizeAxis(axis, x.rank)))
    let y = x
    if (reduced.size === x.rank) {
      y = reshape(
        reduceAxis(reshape(x, [x.size]), operation, 0),
        x.shape.map(() => 1),
      )
    } else {
      for (const axis of reduced) y = reduceAxis(y, operation, axis)
    }
    return keepDimensions
      ? y
      : reshape(
          y,
          x.shape.filter((_, k) => !reduced.has(k)),
        )
  }
}

/** Reductions over the given axes (all when absent); reduced axes vanish unless `keepDimensions`. */
export const sum = reduction('sum')
export const mean = reduction('mean')
/** Gradient is shared evenly between ties. */
export const maximumOf = reduction('maximum')
export const minimumOf = reduction('minimum')
