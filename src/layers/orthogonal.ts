import type { RandomStream } from '../random.js'

/**
 * `count` orthonormal rows of `length` numbers, uniformly distributed (Haar): the Q of the QR decomposition of a normal
 * matrix with R's diagonal positive. Gram–Schmidt in float64, two rows at a time against four earlier ones.
 */
export function orthogonalRows(count: number, length: number, random: RandomStream): Float64Array {
  const values = new Float64Array(count * length)
  for (let index = 0; index < values.length; index++) values[index] = random.normal()
  const rowAt = (row: number): Float64Array => values.subarray(row * length, (row + 1) * length)
  for (let first = 0; first < count; first += 4) {
    const rows = Array.from({ length: Math.min(4, count - first) }, (_, k) => rowAt(first + k))
    const norms = rows.map(norm)
    for (let k = 0; k < rows.length; k += 2) subtractFours(values, 0, first, rows[k]!, rows[k + 1])
    for (const [k, own] of rows.entries()) {
      let before = norms[k]!
      subtractProjections(values, first, first + k, own)
      // Another pass when the row nearly lies in the span of the earlier ones, where one pass loses digits.
      for (let pass = 1; pass < 3; pass++) {
        const after = norm(own)
        if (after > 0.01 * before) break
        before = after
        subtractFours(values, 0, first, own, undefined)
        subtractProjections(values, first, first + k, own)
      }
      const scale = 1 / norm(own)
      for (let i = 0; i < length; i++) own[i] = own[i]! * scale
    }
  }
  return values
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
