import { Activation, type ActivationName } from '../../engine/commands.generated.js'
import { RepriseError } from '../../errors.js'
import { apply, type Operation } from '../operation.js'
import { formatShape, type Shape, sameShape, sizeOf, type Tensor } from '../tensor.js'
import { activationGradient } from './activation.js'
import { reshape } from './broadcast.js'
import { quantizedDense } from './quantized.js'
import { sum } from './reduce.js'

interface Transposes {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

interface Factors {
  readonly a: Tensor
  readonly b: Tensor
  readonly [name: string]: Tensor | undefined
}

function dimensions(a: Shape, b: Shape, t: Transposes) {
  const [aRows, aColumns] = a.slice(-2) as [number, number]
  const [bRows, bColumns] = b.slice(-2) as [number, number]
  return {
    M: t.transposeA ? aColumns : aRows,
    K: t.transposeA ? aRows : aColumns,
    inner: t.transposeB ? bColumns : bRows,
    N: t.transposeB ? bRows : bColumns,
  }
}

const matmulOperation: Operation<Factors, 'c', Transposes> = {
  name: 'matmul',
  infer({ a, b }, t) {
    if (a.rank < 2 || b.rank < 2) throw new RepriseError('shape', 'matmul needs matrices')
    const { M, K, inner, N } = dimensions(a.shape, b.shape, t)
    const aBatch = a.shape.slice(0, -2)
    const bBatch = b.shape.slice(0, -2)
    if (aBatch.length > 0 && bBatch.length > 0 && !sameShape(aBatch, bBatch)) {
      throw new RepriseError(
        'shape',
        `matmul of ${formatShape(a.shape)} and ${formatShape(b.shape)}: leading axes differ`,
      )
    }
    if (K !== inner) {
      throw new RepriseError(
        'shape',
        `matmul of ${formatShape(a.shape)} and ${formatShape(b.shape)}: ${K} ≠ ${inner}`,
      )
    }
    return { c: { shape: [...(aBatch.length ? aBatch : bBatch), M, N], dtype: 'float32' } }
  },
  lower({ inputs: { a, b }, outputs: { c }, attributes: t, at, emit }) {
    const { M, K, N } = dimensions(a.shape, b.shape, t)
    emit('matmul', {
      a: at(a),
      b: at(b),
      c: at(c),
      batch: sizeOf(c.shape.slice(0, -2)),
      M,
      N,
      K,
      transposeA: t.transposeA ? 1 : 0,
      transposeB: t.transposeB ? 1 : 0,
      aBatchStride: a.rank > 2 ? M * K : 0,
      bBatchStride: b.rank > 2 ? K * N : 0,
      cBatchStride: M * N,
      accumulate: 0,
    })
  },
  gradient({ inputs: { a, b }, attributes: { transposeA, transposeB }, gradients, needs }) {
    const dc = gradients.c!
    const da = () =>
      transposeA
        ? matmul(b, dc, { transposeA: transposeB, transposeB: true })
        : matmul(dc, b, { transposeB: !transposeB })
    const db = () =>
      transposeB
        ? matmul(dc, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, dc, { transposeA: !transposeA })
    return {
      a: needs('a') ? overBatch(da(), a.shape) : undefined,
      b: needs('b') ? overBatch(db(), b.shape) : undefined,
    }
  },
}

/** Sums the batch axes away when the factor was one matrix used for every product. */
function overBatch(gradient: Tensor, shape: Shape): Tensor {
  if (gradient.rank === shape.length) return gradient
  return reshape(sum(reshape(gradient, [-1, ...shape]), 0), shape)
}

/**
 * Matrix product over the last two axes: a [..., M, K] · b [..., K, N] → [..., M, N]. Leading axes agree, or one factor
 * is a single matrix. `transposeA`: a holds [..., K, M]; `transposeB`: b holds [..., N, K].
 */
export function matmul(a: Tensor, b: Tensor, options: Partial<Transposes> = {}): Tensor {
  const t = { transposeA: options.transposeA ?? false, transposeB: options.transposeB ?? false }
  if (a.rank > 2 && b.rank === 2 && !t.transposeA) {
    const rows = reshape(a, [-1, a.shape.at(-1)!]) // one tall product instead of many
    const c = apply(matmulOperation, { a: rows, b }, t).c
    return reshape(c, [...a.shape.slice(0, -1), c.shape[1]!])
  }
  return apply(matmulOperation, { a, b }, t).c
}

interface DenseInputs {
  readonly x: Tensor
  readonly w: Tensor
  readonly bias: Tensor | undefined
  readonly [name: string]: Tensor | undefined
}

export interface DenseAttributes {
  /** w is stored [N, K]: an embedding table used as output weights. */
  readonly transposeW?: boolean
  readonly activation?: ActivationName
}

const denseOperation: Operation<DenseInputs, 'y', Required<DenseAttributes>> = {
  name: 'dense',
  infer({ x, w, bias }, { transposeW }) {
    const [K, N] = transposeW ? [w.shape[1]!, w.shape[0]!] : [w.shape[0]!, w.shape[1]!]
    if (x.rank < 1 || x.shape.at(-1) !== K) {
      throw new RepriseError('shape', `dense expects [..., ${K}], got ${formatShape(x.shape)}`)
    }
    if (bias && bias.size !== N)
      throw new RepriseError('shape', `dense bias has ${bias.size} values, expected ${N}`)
    return { y: { shape: [...x.shape.slice(0, -1), N], dtype: 'float32' } }
  },
  lower({ inputs: { x, w, bias }, outputs: { y }, attributes, at, optional, emit }) {
    const K = x.shape.at(-1)!
    emit('dense', {
      x: at(x),
      w: at(w),
      bias: optional(bias),
      y: at(y),
      M: x.size / K,
      N: y.shape.at(-1)!,
      K,
      transposeW: attributes.transposeW ? 1 : 0,
      activation: Activation[attributes.activation],
    })
  },
  gradient({
    inputs: { x, w, bias },
    outputs: { y },
    attributes: { transposeW, activation },
    gradients,
    needs,
  }) {
    const N = y.shape.at(-1)!
    const dz = reshape(activationGradient(y, gradients.y!, activation), [-1, N])
    const rows = reshape(x, [-1, x.shape.at(-1)!])
    return {
      w: needs('w')
        ? transposeW
          ? matmul(dz, rows, { transposeA: true })
          : matmul(rows, dz, { transposeA: true })
        : undefined,
      bias: bias && needs('bias') ? reshape(sum(dz, 0), bias.shape) : undefined,
      x: needs('x') ? reshape(matmul(dz, w, { transposeB: !transposeW }), x.shape) : undefined,
    }
  },
}

/** f(x · w + bias): x [..., K], w [K, N] (or [N, K] with `transposeW`), bias [N] → [..., N]. */
export function dense(x: Tensor, w: Tensor, bias?: Tensor, attributes: DenseAttributes = {}): Tensor {
  const { transposeW = false, activation = 'linear' } = attributes
  const plain = apply(denseOperation, { x, w, bias }, { transposeW, activation }).y
  return quantizedDense(x, w, bias, transposeW, activation) ?? plain
}
