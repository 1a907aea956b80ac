import { Binary, type BinaryName, Unary, type UnaryName } from '../../engine/commands.generated.js'
import { apply, type Operation } from '../operation.js'
import { broadcastShapes, denseStrides, type Shape, type Tensor } from '../tensor.js'
import { sumTo } from './broadcast.js'
import { fill } from './fill.js'
import { type WalkAxis, walkFour } from './strided.js'

interface Operands {
  readonly a: Tensor
  readonly b: Tensor
  readonly [name: string]: Tensor | undefined
}

/** Strides that walk `shape` as if broadcast to `target`. */
function broadcastStrides(shape: Shape, target: Shape): number[] {
  const dense = denseStrides(shape)
  return target.map((_, axis) => {
    const own = axis - target.length + shape.length
    return own < 0 || shape[own] === 1 ? 0 : dense[own]!
  })
}

interface BinaryAttributes {
  readonly operation: BinaryName
  /** In place of the operation's own. */
  readonly gradient?: BinaryGradient
}

const binaryOperation: Operation<Operands, 'y', BinaryAttributes> = {
  name: 'binary',
  infer: ({ a, b }) => ({ y: { shape: broadcastShapes(a.shape, b.shape), dtype: 'float32' } }),
  lower({ inputs: { a, b }, outputs: { y }, attributes, at, emit }) {
    const aStrides = broadcastStrides(a.shape, y.shape)
    const bStrides = broadcastStrides(b.shape, y.shape)
    const yStrides = denseStrides(y.shape)
    const axes = y.shape.map(
      (length, k): WalkAxis => ({ length, strides: [aStrides[k]!, bStrides[k]!, yStrides[k]!] }),
    )
    walkFour(axes, 3, (four, offsets) => {
      const [p, q, r, s] = four as [WalkAxis, WalkAxis, WalkAxis, WalkAxis]
      emit('binary', {
        a: at(a, offsets[0]!),
        b: at(b, offsets[1]!),
        y: at(y, offsets[2]!),
        d0: p.length,
        d1: q.length,
        d2: r.length,
        d3: s.length,
        aStride0: p.strides[0]!,
        aStride1: q.strides[0]!,
        aStride2: r.strides[0]!,
        aStride3: s.strides[0]!,
        bStride0: p.strides[1]!,
        bStride1: q.strides[1]!,
        bStride2: r.strides[1]!,
        bStride3: s.strides[1]!,
        operation: Binary[attributes.operation],
      })
    })
  },
  gradient({ inputs: { a, b }, outputs: { y }, attributes, gradients, needs }) {
    const dy = gradients.y!
    const own = attributes.gradient ?? binaryGradients[attributes.operation]
    const [da, db] = own?.(a, b, y, dy) ?? []
    return {
      a: needs('a') && da ? sumTo(da(), a.shape) : undefined,
      b: needs('b') && db ? sumTo(db(), b.shape) : undefined,
    }
  },
}

type Lazy = () => Tensor
type BinaryGradient = (a: Tensor, b: Tensor, y: Tensor, dy: Tensor) => [Lazy, Lazy]

/** dL/da and dL/db before broadcasting is undone; comparisons have none. */
const binaryGradients: Partial<Record<BinaryName, BinaryGradient>> = {
  add: (_a, _b, _y, dy) => [() => dy, () => dy],
  subtract: (_a, _b, _y, dy) => [() => dy, () => negate(dy)],
  multiply: (a, b, _y, dy) => [() => multiply(dy, b), () => multiply(dy, a)],
  divide: (_a, b, y, dy) => [() => divide(dy, b), () => negate(divide(multiply(dy, y), b))],
  power: (a, b, y, dy) => [
    () => multiply(dy, multiply(b, power(a, subtract(b, scalar(b, 1))))),
    () => multiply(dy, multiply(y, log(a))),
  ],
  maximum: (a, b, _y, dy) => [() => multiply(dy, share(a, b)), () => multiply(dy, share(b, a))],
  minimum: (a, b, _y, dy) => [() => multiply(dy, share(b, a)), () => multiply(dy, share(a, b))],
}

/** 1 where a is larger, ½ where the two are equal: ties share the gradient, as in reductions. */
const share = (a: Tensor, b: Tensor): Tensor => scale(add(greater(a, b), greaterEqual(a, b)), 0.5)

const toFirst: BinaryGradient = (a, b, _y, dy) => [
  () => multiply(dy, greaterEqual(a, b)),
  () => multiply(dy, less(a, b)),
]

function binary(operation: BinaryName) {
  return (a: Tensor, b: Tensor): Tensor => apply(binaryOperation, { a, b }, { operation }).y
}

/** Element-wise with NumPy broadcasting; gradients undo the broadcasting by summing. */
export const add = binary('add')
export const subtract = binary('subtract')
export const multiply = binary('multiply')
export const divide = binary('divide')
export const power = binary('power')
export const maximum = binary('maximum')
export const minimum = binary('minimum')
/** The larger of two; where they are equal the gradient goes to a. */
export const firstMaximum = (a: Tensor, b: Tensor): Tensor =>
  apply(binaryOperation, { a, b }, { operation: 'maximum', gradient: toFirst }).y
/** Comparisons give 1 or 0 and have no gradient. */
export const equal = binary('equal')
export const notEqual = binary('notEqual')
export const less = binary('less')
export const lessEqual = binary('lessEqual')
export const greater = binary('greater')
export const greaterEqual = binary('greaterEqual')

/** A number as a tensor without axes, in the graph of `like`. */
export function scalar(like: Tensor, value: number): Tensor {
  return fill(like.graph, [], value)
}

/** x · factor for a fixed number. */
export const scale = (x: Tensor, factor: number): Tensor => multiply(x, scalar(x, factor))

/** mask ⊙ yes + (1 − mask) ⊙ no, for a mask of zeros and ones. */
export const select = (mask: Tensor, yes: Tensor, no: Tensor): Tensor =>
  add(multiply(mask, yes), multiply(subtract(scalar(mask, 1), mask), no))

interface Operand {
  readonly x: Tensor
  readonly [name: string]: Tensor | undefined
}

const unaryOperation: Operation<Operand, 'y', { operation: UnaryName }> = {
  name: 'unary',
  inPlace: { y: 'x' },
  infer: ({ x }) => ({ y: { shape: x.shape, dtype: 'float32' } }),
  lower: ({ inputs: { x }, outputs: { y }, attributes, at, emit }) =>
    emit('unary', { x: at(x), y: at(y), count: x.size, operation: Unary[attributes.operation] }),
  gradient: ({ inputs: { x }, outputs: { y }, attributes, gradients }) => ({
    x: unaryGradients[attributes.operation]?.(x, y, gradients.y!),
  }),
}

const unaryGradients: Partial<Record<UnaryName, (x: Tensor, y: Tensor, dy: Tensor) => Tensor>> = {
  negate: (_x, _y, dy) => negate(dy),
  absolute: (x, _y, dy) => multiply(dy, sign(x)),
  exp: (_x, y, dy) => multiply(dy, y),
  log: (x, _y, dy) => divide(dy, x),
  sqrt: (_x, y, dy) => divide(scale(dy, 0.5), y),
  square: (x, _y, dy) => multiply(dy, scale(x, 2)),
  reciprocal: (_x, y, dy) => negate(multiply(dy, square(y))),
  log1p: (x, _y, dy) => divide(dy, add(x, scalar(x, 1))),
  expm1: (_x, y, dy) => multiply(dy, add(y, scalar(y, 1))),
  sin: (x, _y, dy) => multiply(dy, cos(x)),
  cos: (x, _y, dy) => negate(multiply(dy, sin(x))),
  erf: (x, _y, dy) => multiply(dy, scale(exp(negate(square(x))), 2 / Math.sqrt(Math.PI))),
}

function unary(operation: UnaryName) {
  return (x: Tensor): Tensor => apply(unaryOperation, { x }, { operation }).y
}

export const negate = unary('negate')
export const absolute = unary('absolute')
export const exp = unary('exp')
export const log = unary('log')
export const sqrt = unary('sqrt')
export const square = unary('square')
export const reciprocal = unary('reciprocal')
export const sign = unary('sign')
/** 1 where x > 0, else 0. */
export const step = unary('step')
export const log1p = unary('log1p')
export const expm1 = unary('expm1')
export const sin = unary('sin')
export const cos = unary('cos')
export const erf = unary('erf')
