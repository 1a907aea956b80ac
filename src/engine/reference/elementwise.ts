import { Reduce } from '../commands.generated.js'
import { activationOf, binaryOf, slopeOf, unaryOf } from './functions.js'
import type { Floats, ReferenceKernels } from './kernels.js'

export const elementwiseKernels: ReferenceKernels<
  'fill' | 'copy' | 'unary' | 'binary' | 'activation' | 'activationBackward' | 'reduce' | 'argmax' | 'oneHot'
> = {
  fill({ y, count, value }) {
    for (let e = 0; e < count; e++) y[e] = value
  },

  copy(a) {
    const from = wholeBuffer(a.x, a.accumulate === 0)
    const to = wholeBuffer(a.y, a.accumulate === 0)
    const fromStart = a.x.byteOffset / a.x.BYTES_PER_ELEMENT
    const toStart = a.y.byteOffset / a.y.BYTES_PER_ELEMENT
    eachIndex([a.d0, a.d1, a.d2, a.d3], (i0, i1, i2, i3) => {
      const p = fromStart + i0 * a.xStride0 + i1 * a.xStride1 + i2 * a.xStride2 + i3 * a.xStride3
      const q = toStart + i0 * a.yStride0 + i1 * a.yStride1 + i2 * a.yStride2 + i3 * a.yStride3
      to[q] = a.accumulate ? to[q]! + from[p]! : from[p]!
    })
  },

  unary({ x, y, count, operation }) {
    const f = unaryOf(operation)
    for (let e = 0; e < count; e++) y[e] = f(x[e]!)
  },

  binary(a) {
    const f = binaryOf(a.operation)
    let e = 0
    eachIndex([a.d0, a.d1, a.d2, a.d3], (i0, i1, i2, i3) => {
      const p = i0 * a.aStride0 + i1 * a.aStride1 + i2 * a.aStride2 + i3 * a.aStride3
      const q = i0 * a.bStride0 + i1 * a.bStride1 + i2 * a.bStride2 + i3 * a.bStride3
      a.y[e++] = f(a.a[p]!, a.b[q]!)
    })
  },

  activation({ x, y, count, kind }) {
    const f = activationOf(kind)
    for (let e = 0; e < count; e++) y[e] = f(x[e]!)
  },

  activationBackward({ y, dy, dx, count, kind }) {
    const slope = slopeOf(kind)
    for (let e = 0; e < count; e++) dx[e] = dy[e]! * slope(y[e]!)
  },

  reduce({ x, y, outer, axis, inner, operation, accumulate }) {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const line = Array.from({ length: axis }, (_, a) => x[(o * axis + a) * inner + i]!)
        const result = reduction(operation, line)
        const place = o * inner + i
        y[place] = accumulate ? y[place]! + result : result
      }
    }
  },

  argmax({ x, y, M, V }) {
    for (let m = 0; m < M; m++) {
      let best = 0
      for (let v = 1; v < V; v++) if (x[m * V + v]! > x[m * V + best]!) best = v
      y[m] = best
    }
  },

  oneHot({ ids, y, M, V }) {
    for (let m = 0; m < M; m++) {
      for (let v = 0; v < V; v++) y[m * V + v] = v === ids[m] ? 1 : 0
    }
  },
}

/**
 * All elements of the buffer a view looks at: negative strides go to elements before the address. As integers when only
 * moved, since float assignment may change the bits of what is no number.
 */
function wholeBuffer(view: Floats, moved: boolean): Floats | Int32Array {
  if (view instanceof Float64Array) return new Float64Array(view.buffer)
  return moved ? new Int32Array(view.buffer) : new Float32Array(view.buffer)
}

function reduction(operation: number, line: readonly number[]): number {
  const sum = () => line.reduce((total, value) => total + value, 0)
  switch (operation) {
    case Reduce.sum:
      return sum()
    case Reduce.mean:
      return sum() / line.length
    case Reduce.maximum:
      return line.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY)
    case Reduce.minimum:
      return line.reduce((best, value) => Math.min(best, value), Number.POSITIVE_INFINITY)
    default:
      throw new RangeError(`no reduction has the code ${operation}`)
  }
}

function eachIndex(
  [d0, d1, d2, d3]: readonly [number, number, number, number],
  visit: (i0: number, i1: number, i2: number, i3: number) => void,
): void {
  for (let i0 = 0; i0 < d0; i0++) {
    for (let i1 = 0; i1 < d1; i1++) {
      for (let i2 = 0; i2 < d2; i2++) {
        for (let i3 = 0; i3 < d3; i3++) visit(i0, i1, i2, i3)
      }
    }
  }
}
