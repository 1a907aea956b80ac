import { Reduce } from '../../engine/commands.generated.js'
import { RepriseError } from '../../errors.js'
import { apply, type Operation } from '../operation.js'
import { denseStrides, formatShape, type Shape, sameShape, sizeOf, type Tensor } from '../tensor.js'
import { emitCopy } from './strided.js'

// Reshape, broadcast and sum live together because each is the gradient of another.

interface Operand {
  readonly x: Tensor
  readonly [name: string]: Tensor | undefined
}

const reshapeOperation: Operation<Operand, 'y', { shape: Shape }> = {
  name: 'reshape',
  alias: { y: 'x' },
  infer: ({ x }, { shape }) => ({ y: { shape, dtype: x.dtype } }),
  lower: () => {},
  gradient: ({ inputs: { x }, gradients }) => ({ x: reshape(gradients.y!, x.shape) }),
}

/** The same values under another shape; one axis may be −1. Throws `shape` when the sizes differ. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = sizeOf(shape.filter((length) => length !== -1))
  const resolved = shape.map((length) => (length === -1 ? x.size / known : length))
  if (sizeOf(resolved) !== x.size || !resolved.every(Number.isInteger)) {
    throw new RepriseError('shape', `cannot reshape ${formatShape(x.shape)} to ${formatShape(shape)}`)
  }
  return sameShape(x.shape, resolved) ? x : apply(reshapeOperation, { x }, { shape: resolved }).y
}

const broadcastOperation: Operation<Operand, 'y', { shape: Shape }> = {
  name: 'broadcast',
  infer: ({ x }, { shape }) => ({ y: { shape, dtype: x.dtype } }),
  lower({ inputs: { x }, outputs: { y }, attributes: { shape }, at, emit }) {
    const source = denseStrides(x.shape)
    const dense = denseStrides(shape)
    const lead = shape.length - x.rank
    emitCopy(
      emit,
      at(x),
      at(y),
      shape.map((length, k) => ({
        length,
        strides: [k < lead || x.shape[k - lead] === 1 ? 0 : source[k - lead]!, dense[k]!],
      })),
    )
  },
  gradient: ({ inputs: { x }, gradients }) => ({ x: sumTo(gradients.y!, x.shape) }),
}

/** Repeats x along axes of length 1 (and new leading axes) until it has `shape`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x
  const lead = shape.length - x.rank
  if (lead < 0 || x.shape.some((length, k) => length !== 1 && length !== shape[k + lead])) {
    throw new RepriseError('shape', `cannot broadcast ${formatShape(x.shape)} to ${formatShape(shape)}`)
  }
  return apply(broadcastOperation, { x }, { shape }).y
}

const sumOperation: Operation<Operand, 'y', { axis: number }> = {
  name: 'sum',
  infer: ({ x }, { axis }) => ({
    y: { shape: x.shape.map((length, k) => (k === axis ? 1 : length)), dtype: 'float32' },
  }),
  lower: ({ inputs: { x }, outputs: { y }, attributes: { axis }, at, emit }) =>
    emit('reduce', {
      x: at(x),
      y: at(y),
      outer: sizeOf(x.shape.slice(0, axis)),
      axis: x.shape[axis]!,
      inner: sizeOf(x.shape.slice(axis + 1)),
      operation: Reduce.sum,
      accumulate: 0,
    }),
  gradient: ({ inputs: { x }, gradients }) => ({ x: broadcastTo(gradients.y!, x.shape) }),
}

/** Sums one axis to length 1. */
export function sumAxis(x: Tensor, axis: number): Tensor {
  return x.shape[axis] === 1 ? x : apply(sumOperation, { x }, { axis }).y
}

/** Sums x down to a shape it was broadcast from. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const lead = x.rank - shape.length
  if (lead < 0) throw new RepriseError('shape', `cannot sum ${formatShape(x.shape)} to ${formatShape(shape)}`)
  let y = x
  for (let axis = 0; axis < x.rank; axis++) {
    if (axis < lead || shape[axis - lead] === 1) y = sumAxis(y, axis)
  }
  return reshape(y, shape)
}
