import { RepriseError } from '../../errors.js'
import { apply, type Operation } from '../operation.js'
import { denseStrides, formatShape, normalizeAxis, type Shape, type Tensor } from '../tensor.js'
import { fill } from './fill.js'
import { concatenate } from './shape.js'
import { emitCopy, type WalkAxis } from './strided.js'

/** `before` and `after` elements of `value` at the ends of one axis. */
export function pad(x: Tensor, axis: number, before: number, after: number, value = 0): Tensor {
  const k = normalizeAxis(axis, x.rank)
  const end = (length: number) =>
    length > 0
      ? [
          fill(
            x.graph,
            x.shape.map((full, other) => (other === k ? length : full)),
            value,
          ),
        ]
      : []
  return concatenate([...end(before), x, ...end(after)], k)
}

interface Operand {
  readonly x: Tensor
  readonly [name: string]: Tensor | undefined
}

interface Windows {
  readonly count: number
  readonly size: number
  readonly stride: number
  readonly dilation: number
}

/** Axes [N, count, size, F] of a walk over x [N, T, F] (operand 0) and its windows (operand 1). */
function walk([N, T, F]: readonly [number, number, number], w: Windows): WalkAxis[] {
  const dense = denseStrides([N, w.count, w.size, F])
  const own = [T * F, w.stride * F, w.dilation * F, 1]
  return [N, w.count, w.size, F].map((length, k) => ({ length, strides: [own[k]!, dense[k]!] }))
}

const windowsOperation: Operation<Operand, 'y', Windows> = {
  name: 'windows',
  infer: ({ x }, { count, size }) => ({
    y: { shape: [x.shape[0]!, count, size, x.shape[2]!], dtype: 'float32' },
  }),
  lower: ({ inputs: { x }, outputs: { y }, attributes, at, emit }) =>
    emitCopy(emit, at(x), at(y), walk(x.shape as [number, number, number], attributes)),
  gradient: ({ inputs: { x }, attributes, gradients }) => ({
    x: apply(overlapOperation, { x: gradients.y! }, { ...attributes, shape: x.shape }).y,
  }),
}

/** Zeros with every window added at its place. */
const overlapOperation: Operation<Operand, 'y', Windows & { readonly shape: Shape }> = {
  name: 'overlap',
  infer: (_inputs, { shape }) => ({ y: { shape, dtype: 'float32' } }),
  lower({ inputs: { x }, outputs: { y }, attributes, at, emit }) {
    emit('fill', { y: at(y), count: y.size, value: 0 })
    const axes = walk(attributes.shape as [number, number, number], attributes)
    const [place, part] = axes[2]!.strides as [number, number]
    // One command for each place in the window: its targets do not overlap.
    for (let k = 0; k < attributes.size; k++) {
      const one = axes.map((axis, index) => (index === 2 ? { ...axis, length: 1 } : axis))
      const turned = one.map(({ length, strides }) => ({ length, strides: strides.toReversed() }))
      emitCopy(emit, at(x, k * part), at(y, k * place), turned, true)
    }
  },
  gradient: ({ attributes, gradients }) => ({
    x: apply(windowsOperation, { x: gradients.y! }, attributes).y,
  }),
}

/**
 * Windows over time: x [N, T, F] → [N, count, size, F], element k of window t is step t·stride + k·dilation, for as many
 * windows as fit.
 */
export function windows(x: Tensor, size: number, stride = 1, dilation = 1): Tensor {
  const count = Math.floor((x.shape[1]! - (size - 1) * dilation - 1) / stride) + 1
  if (x.rank !== 3 || !(count >= 1)) {
    throw new RepriseError(
      'shape',
      `windows of ${size} steps need [N, T, F] with T ≥ ${(size - 1) * dilation + 1}, got ${formatShape(x.shape)}`,
    )
  }
  return apply(windowsOperation, { x }, { count, size, stride, dilation }).y
}
