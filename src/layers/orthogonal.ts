import type { RandomStream } from '../random.js'
import { panelRows, vectorRows } from './vector-rows.js'

/**
 * `count` orthonormal rows of `length` numbers, uniformly distributed (Haar): the Q of the QR decomposition of a normal
 * matrix with R's diagonal positive. Gram–Schmidt in float64, every row against four earlier ones at a time: in WebAssembly
 * where it can be had and there is enough to do, with the bits that JavaScript gives.
 */
export function orthogonalRows(
  count: number,
  length: number,
  random: RandomStream,
  useVectors = count * count * length >= 1 << 18,
): Float64Array {
  const matrix = count * length
  const fast = useVectors ? vectorRows(matrix, length) : undefined
  const values = fast?.values ?? new Float64Array(matrix)
  for (let index = 0; index < matrix; index++) values[index] = random.normal()
  for (let first = 0; first < count; first += panelRows) {
    const end = Math.min(count, first + panelRows)
    const rows = Array.from({ length: end - first }, (_, k) => rowOf(values, length, first + k))
    const norms = rows.map(norm)
    if (fast) fast.begin(first, end)
    else {
      for (let k = 0; k < rows.length; k += 2) subtractFours(values, 0, first, rows[k]!, rows[k + 1])
    }
    for (let four = first; four < end; four += 4) {
      const next = Math.min(four + 4, end)
      fast?.take(four, next)
      for (let row = four; row < next; row++) {
        finish(values, length, row, four, norms[row - first]!)
      }
      if (fast) fast.subtract(four)
      else {
        for (let k = next - first; k < rows.length; k += 2) {
          subtractFours(values, four, next, rows[k]!, rows[k + 1])
        }
      }
    }
  }
  return values
}

/** Makes a row, from which all rows before the row `four` were taken, orthogonal to those from there on too, and of length 1. */
function finish(values: Float64Array, length: number, row: number, four: number, drawnNorm: number): void {
  const own = rowOf(values, length, row)
  let before = drawnNorm
  subtractProjections(values, four, row, own)
  // Another pass when the row nearly lies in the span of the earlier ones, where one pass loses digits.
  for (let pass = 1; pass < 3; pass++) {
    const after = norm(own)
    if (after > 0.01 * before) break
    before = after
    subtractFours(values, 0, four, own, undefined)
    subtractProjections(values, four, row, own)
  }
  const scale = 1 / norm(own)
  for (let i = 0; i < length; i++) own[i] = own[i]! * scale
}

function rowOf(values: Float64Array, length: number, row: number): Float64Array {
  return values.subarray(row * length, (row + 1) * length)
}

function norm(vector: Float64Array): number {
  let sum = 0
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!
  return Math.sqrt(sum)
}

/**
 * x −= Σ (row·x) row over rows `begin` to `end`, four at a time, and the same for y, which costs little more: what is
 * read and checked for the one serves the other.
 */
function subtractFours(
  values: Float64Array,
  begin: number,
  end: number,
  x: Float64Array,
  y: Float64Array | undefined,
): void {
  const length = x.length
  const other = y ?? new Float64Array(length)
  for (let row = begin; row < end; row += 4) {
    const a = values.subarray(row * length, (row + 1) * length)
    const b = values.subarray((row + 1) * length, (row + 2) * length)
    const c = values.subarray((row + 2) * length, (row + 3) * length)
    const d = values.subarray((row + 3) * length, (row + 4) * length)
    let [p, q, r, s] = [0, 0, 0, 0]
    let [t, u, v, w] = [0, 0, 0, 0]
    for (let i = 0; i < length; i++) {
      const own = x[i]!
      const next = other[i]!
      p += own * a[i]!
      q += own * b[i]!
      r += own * c[i]!
      s += own * d[i]!
      t += next * a[i]!
      u += next * b[i]!
      v += next * c[i]!
      w += next * d[i]!
    }
    for (let i = 0; i < length; i++) {
      x[i] = x[i]! - (p * a[i]! + q * b[i]! + r * c[i]! + s * d[i]!)
      other[i] = other[i]! - (t * a[i]! + u * b[i]! + v * c[i]! + w * d[i]!)
    }
  }
}

/** own −= Σ (row·own) row over rows `begin` to `end`, one by one. */
function subtractProjections(values: Float64Array, begin: number, end: number, own: Float64Array): void {
  const length = own.length
  for (let row = begin; row < end; row++) {
    const a = values.subarray(row * length, (row + 1) * length)
    let p = 0
    for (let i = 0; i < length; i++) p += own[i]! * a[i]!
    for (let i = 0; i < length; i++) own[i] = own[i]! - p * a[i]!
  }
}
