import type { RandomStream } from '../random.js'

/**
 * `count` orthonormal rows of `length` numbers, uniformly distributed (Haar): the Q of the QR decomposition of a normal
 * matrix with R's diagonal positive. Gram–Schmidt in float64, row after row, against four earlier rows at a time.
 */
export function orthogonalRows(count: number, length: number, random: RandomStream): Float64Array {
  const values = new Float64Array(count * length)
  for (let index = 0; index < values.length; index++) values[index] = random.normal()
  for (let row = 0; row < count; row++) {
    const own = values.subarray(row * length, (row + 1) * length)
    // A second pass when the row nearly lies in the span of the earlier ones, where one pass loses digits.
    let before = norm(own)
    for (let pass = 0; pass < 3; pass++) {
      subtractProjections(values, row, own)
      const after = norm(own)
      if (after > 0.01 * before) break
      before = after
    }
    const scale = 1 / norm(own)
    for (let i = 0; i < length; i++) own[i] = own[i]! * scale
  }
  return values
}

function norm(vector: Float64Array): number {
  let sum = 0
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!
  return Math.sqrt(sum)
}

/** own −= Σ (row·own) row over the first `rows` rows. */
function subtractProjections(values: Float64Array, rows: number, own: Float64Array): void {
  const length = own.length
  let row = 0
  for (; row + 4 <= rows; row += 4) {
    const a = values.subarray(row * length, (row + 1) * length)
    const b = values.subarray((row + 1) * length, (row + 2) * length)
    const c = values.subarray((row + 2) * length, (row + 3) * length)
    const d = values.subarray((row + 3) * length, (row + 4) * length)
    let p = 0
    let q = 0
    let r = 0
    let s = 0
    for (let i = 0; i < length; i++) {
      const x = own[i]!
      p += x * a[i]!
      q += x * b[i]!
      r += x * c[i]!
      s += x * d[i]!
    }
    for (let i = 0; i < length; i++) own[i] = own[i]! - (p * a[i]! + q * b[i]! + r * c[i]! + s * d[i]!)
  }
  for (; row < rows; row++) {
    const a = values.subarray(row * length, (row + 1) * length)
    let p = 0
    for (let i = 0; i < length; i++) p += own[i]! * a[i]!
    for (let i = 0; i < length; i++) own[i] = own[i]! - p * a[i]!
  }
}
