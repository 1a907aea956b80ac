import { unrounded } from './bfloat16.js'
import type { Floats } from './kernels.js'

/** One value per hidden unit (or input feature) of one row. */
export type Vector = Float64Array

/** f applied to the elements of up to four vectors of one length. */
export function map(
  f: (p: number, q: number, r: number, s: number) => number,
  a: Vector,
  b = a,
  c = a,
  d = a,
): Vector {
  return a.map((element, j) => f(element, b[j]!, c[j]!, d[j]!))
}

export const plus = (first: Vector, ...others: readonly Vector[]): Vector =>
  others.reduce((sum, vector) => map((p, q) => p + q, sum, vector), first)

export const times = (a: Vector, b: Vector): Vector => map((p, q) => p * q, a, b)

/** A [rows, gates·H] weight matrix, gates side by side, together with its gradient. */
export class GateMatrix {
  readonly gradient: Float64Array
  private readonly values: Float64Array

  constructor(
    values: Floats,
    private readonly rows: number,
    private readonly gates: number,
    private readonly H: number,
    /** What happens to the operands of products. */
    private readonly round: (value: number) => number = unrounded,
  ) {
    this.values = Float64Array.from(values.subarray(0, rows * gates * H), round)
    this.gradient = new Float64Array(rows * gates * H)
  }

  /** v · Wg. */
  apply(gate: number, v: Vector): Vector {
    const product = new Float64Array(this.H)
    for (let i = 0; i < this.rows; i++) {
      const vi = this.round(v[i]!)
      for (let j = 0; j < this.H; j++) product[j]! += vi * this.values[this.place(i, gate, j)]!
    }
    return product
  }

  /** For p = v · Wg with gradient dp: adds vᵀ · dp to the gradient of Wg and returns that of v, dp · Wgᵀ. */
  back(gate: number, v: Vector, dp: Vector): Vector {
    const dv = new Float64Array(this.rows)
    const d = dp.map(this.round)
    for (let i = 0; i < this.rows; i++) {
      const vi = this.round(v[i]!)
      for (let j = 0; j < this.H; j++) {
        this.gradient[this.place(i, gate, j)]! += vi * d[j]!
        dv[i]! += d[j]! * this.values[this.place(i, gate, j)]!
      }
    }
    return dv
  }

  private place(i: number, gate: number, j: number): number {
    return i * this.gates * this.H + gate * this.H + j
  }
}

/** A [gates·H] bias, zero when absent, together with its gradient. */
export class GateBias {
  readonly gradient: Float64Array

  constructor(
    private readonly values: Floats | undefined,
    gates: number,
    private readonly H: number,
  ) {
    this.gradient = new Float64Array(gates * H)
  }

  of(gate: number): Vector {
    if (!this.values) return new Float64Array(this.H)
    return Float64Array.from(this.values.subarray(gate * this.H, (gate + 1) * this.H))
  }

  back(gate: number, d: Vector): void {
    for (let j = 0; j < this.H; j++) this.gradient[gate * this.H + j]! += d[j]!
  }
}
