import { RepriseError } from '../../errors.js'
import { apply, type Operation } from '../operation.js'
import { denseStrides, formatShape, normalizeAxis, type Shape, type Tensor } from '../tensor.js'
import { reshape } from './broadcast.js'
import { zeros } from './fill.js'
import { emitCopy } from './strided.js'

interface Operand {
  readonly x: Tensor
  readonly [name: string]: Tensor | undefined
}

/** How an output is read from its input: the input's offset and stride along every output axis. */
interface View {
  readonly shape: Shape
  readonly offset: number
  readonly strides: readonly number[]
}

/** Copies a strided view; every element of the view appears once, `scatter` is the way back. */
const viewOperation: Operation<Operand, 'y', View> = {
  name: 'view',
  infer: ({ x }, { shape }) => ({ y: { shape, dtype: x.dtype } }),
  lower({ inputs: { x }, outputs: { y }, attributes: { shape, offset, strides }, at, emit }) {
    const dense = denseStrides(shape)
    emitCopy(
      emit,
      at(x, offset),
      at(y),
      shape.map((length, k) => ({ length, strides: [strides[k]!, dense[k]!] })),
    )
  },
  gradient: ({ inputs: { x }, attributes, gradients }) => ({
    x: apply(scatterOperation, { x: gradients.y! }, { view: attributes, shape: x.shape }).y,
  }),
}

/** Zeros with x written at the places of a view. */
const scatterOperation: Operation<Operand, 'y', { view: View; shape: Shape }> = {
  name: 'scatter',
  infer: (_inputs, { shape }) => ({ y: { shape, dtype: 'float32' } }),
  lower({ inputs: { x }, outputs: { y }, attributes: { view }, at, emit }) {
    if (x.size !== y.size) emit('fill', { y: at(y), count: y.size, value: 0 })
    const dense = denseStrides(view.shape)
    emitCopy(
      emit,
      at(x),
      at(y, view.offset),
      view.shape.map((length, k) => ({ length, strides: [dense[k]!, view.strides[k]!] })),
    )
  },
  gradient: ({ attributes: { view }, gradients }) => ({
    x: apply(viewOperation, { x: gradients.y! }, view).y,
  }),
}

/** The same values in memory of its own. */
export function copyOf(x: Tensor): Tensor {
  return apply(viewOperation, { x }, { shape: x.shape, offset: 0, strides: denseStrides(x.shape) }).y
}

/** Axis k of the result is axis `order[k]` of x. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  const dense = denseStrides(x.shape)
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new RepriseError(
      'shape',
      `transpose order [${order.join(', ')}] is no permutation of ${x.rank} axes`,
    )
  }
  const axes = order.map((axis) => normalizeAxis(axis, x.rank))
  return apply(
    viewOperation,
    { x },
    { shape: axes.map((k) => x.shape[k]!), offset: 0, strides: axes.map((k) => dense[k]!) },
  ).y
}

/** The `length` elements begin, begin + step, begin + 2·step, … along one axis. */
export function slice(x: Tensor, axis: number, begin: number, length: number, step = 1): Tensor {
  const k = normalizeAxis(axis, x.rank)
  if (begin < 0 || length < 1 || begin + (length - 1) * step >= x.shape[k]!) {
    const steps = step === 1 ? '' : ` in steps of ${step}`
    throw new RepriseError(
      'shape',
      `slice ${begin}…${begin + length * step}${steps} of axis ${k} does not fit ${formatShape(x.shape)}`,
    )
  }
  if (length === x.shape[k]) return x
  const strides = denseStrides(x.shape)
  const shape = x.shape.map((full, axis) => (axis === k ? length : full))
  const stepped = strides.map((stride, axis) => (axis === k ? stride * step : stride))
  return apply(viewOperation, { x }, { shape, offset: begin * strides[k]!, strides: stepped }).y
}

/** Reverses the order along one axis. */
export function reverse(x: Tensor, axis: number): Tensor {
  const k = normalizeAxis(axis, x.rank)
  const strides = denseStrides(x.shape)
  const offset = (x.shape[k]! - 1) * strides[k]!
  return apply(
    viewOperation,
    { x },
    { shape: x.shape, offset, strides: strides.map((s, axis) => (axis === k ? -s : s)) },
  ).y
}

const concatenateOperation: Operation<
  Readonly<Record<string, Tensor>>,
  'y',
  { axis: number; count: number }
> = {
  name: 'concatenate',
  infer(inputs, { axis, count }) {
    const tensors = Array.from({ length: count }, (_, k) => inputs[`x${k}`]!)
    const total = tensors.reduce((length, tensor) => length + tensor.shape[axis]!, 0)
    return {
      y: {
        shape: tensors[0]!.shape.map((length, k) => (k === axis ? total : length)),
        dtype: tensors[0]!.dtype,
      },
    }
  },
  lower({ inputs, outputs: { y }, attributes: { axis, count }, at, emit }) {
    const dense = denseStrides(y.shape)
    let begin = 0
    for (let part = 0; part < count; part++) {
      const x = inputs[`x${part}`]!
      const own = denseStrides(x.shape)
      const axes = x.shape.map((length, k) => ({ length, strides: [own[k]!, dense[k]!] }))
      emitCopy(emit, at(x), at(y, begin * dense[axis]!), axes)
      begin += x.shape[axis]!
    }
  },
  gradient({ inputs, attributes: { axis, count }, gradients }) {
    const result: Record<string, Tensor> = {}
    let begin = 0
    for (let part = 0; part < count; part++) {
      const length = inputs[`x${part}`]!.shape[axis]!
      result[`x${part}`] = slice(gradients.y!, axis, begin, length)
      begin += length
    }
    return result
  },
}

/** Joins tensors along an existing axis; all other axes must agree. */
export function concatenate(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0]
  if (!first) throw new RepriseError('shape', 'concatenate needs at least one tensor')
  const k = normalizeAxis(axis, first.rank)
  for (const tensor of tensors) {
    if (
      tensor.rank !== first.rank ||
      tensor.shape.some((length, other) => other !== k && length !== first.shape[other])
    ) {
      throw new RepriseError(
        'shape',
        `cannot concatenate ${tensors.map((t) => formatShape(t.shape)).join(' and ')} along axis ${k}: other axes differ`,
      )
    }
  }
  if (tensors.length === 1) return first
  const inputs = Object.fromEntries(tensors.map((tensor, index) => [`x${index}`, tensor]))
  return apply(concatenateOperation, inputs, { axis: k, count: tensors.length }).y
}

/** Joins tensors along a new axis. */
export function stack(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0]
  if (!first) throw new RepriseError('shape', 'stack needs at least one tensor')
  const k = normalizeAxis(axis, first.rank + 1)
  return concatenate(
    tensors.map((tensor) => reshape(tensor, [...tensor.shape.slice(0, k), 1, ...tensor.shape.slice(k)])),
    k,
  )
}

type Parts = Readonly<Record<string, Tensor>>

const splitOperation: Operation<Operand, string, { axis: number; lengths: readonly number[] }> = {
  name: 'split',
  infer: ({ x }, { axis, lengths }) =>
    Object.fromEntries(
      lengths.map((length, part) => [
        `y${part}`,
        { shape: x.shape.map((full, k) => (k === axis ? length : full)), dtype: x.dtype },
      ]),
    ),
  lower({ inputs: { x }, outputs, attributes: { axis, lengths }, at, optional, emit }) {
    const strides = denseStrides(x.shape)
    let begin = 0
    lengths.forEach((length, part) => {
      const y = outputs[`y${part}`]!
      const target = optional(y)
      if (target) {
        const dense = denseStrides(y.shape)
        const axes = y.shape.map((own, k) => ({ length: own, strides: [strides[k]!, dense[k]!] }))
        emitCopy(emit, at(x, begin * strides[axis]!), target, axes)
      }
      begin += length
    })
  },
  gradient({ inputs: { x }, outputs, attributes: { axis, lengths }, gradients }) {
    const parts = lengths.map((_, part) => {
      const y = (outputs as Parts)[`y${part}`]!
      return gradients[`y${part}`] ?? zeros(x.graph, y.shape)
    })
    return { x: concatenate(parts, axis) }
  },
}

/** Cuts x along one axis into parts of the given lengths, which must add up. Gradients are joined once, not part by part. */
export function split(x: Tensor, axis: number, lengths: readonly number[]): Tensor[] {
  const k = normalizeAxis(axis, x.rank)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  if (total !== x.shape[k] || !lengths.every((length) => Number.isInteger(length) && length > 0)) {
    throw new RepriseError(
      'shape',
      `cannot split axis ${k} of ${formatShape(x.shape)} into lengths ${lengths.join(', ')}`,
    )
  }
  if (lengths.length === 1) return [x]
  const parts = apply(splitOperation, { x }, { axis: k, lengths }) as Parts
  return lengths.map((_, part) => parts[`y${part}`]!)
}
