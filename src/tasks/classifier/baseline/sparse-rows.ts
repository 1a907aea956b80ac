/** A matrix with few non-zeros, row by row: row i has values[k] in column columns[k] for starts[i] ≤ k < starts[i + 1]. */
export interface SparseRows {
  readonly rows: number
  readonly columns: Int32Array
  readonly values: Float32Array
  readonly starts: Int32Array
}

/** Rows `begin` … `end` − 1, in the same memory. */
export function sliceRows({ columns, values, starts }: SparseRows, begin: number, end: number): SparseRows {
  return { rows: end - begin, columns, values, starts: starts.subarray(begin, end + 1) }
}

/** Collects rows one by one. */
export class SparseRowsBuilder {
  private columns = new Int32Array(1 << 12)
  private values = new Float32Array(1 << 12)
  private readonly starts: number[] = [0]
  private length = 0

  push(column: number, value: number): void {
    if (this.length === this.columns.length) {
      const columns = new Int32Array(this.length * 2)
      const values = new Float32Array(this.length * 2)
      columns.set(this.columns)
      values.set(this.values)
      this.columns = columns
      this.values = values
    }
    this.columns[this.length] = column
    this.values[this.length++] = value
  }

  endRow(): void {
    this.starts.push(this.length)
  }

  build(): SparseRows {
    return {
      rows: this.starts.length - 1,
      columns: this.columns.slice(0, this.length),
      values: this.values.slice(0, this.length),
      starts: Int32Array.from(this.starts),
    }
  }
}

/**
 * scores[i, k] = Σ over columns d of matrix[i, d] · weights[d, k]; weights [D, K] flat, scores [N, K] flat. Four columns of
 * weights at a time, whose sums stay in registers.
 */
export function multiply(matrix: SparseRows, weights: Float64Array, K: number, scores: Float64Array): void {
  let k = 0
  for (; k + 4 <= K; k += 4) multiplyFour(matrix, weights, K, k, scores)
  for (; k < K; k++) multiplyOne(matrix, weights, K, k, scores)
}

function multiplyFour(
  { rows, columns, values, starts }: SparseRows,
  weights: Float64Array,
  K: number,
  k: number,
  scores: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let at = starts[i]!, end = starts[i + 1]!; at < end; at++) {
      const value = values[at]!
      const from = columns[at]! * K + k
      a += value * weights[from]!
      b += value * weights[from + 1]!
      c += value * weights[from + 2]!
      d += value * weights[from + 3]!
    }
    const to = i * K + k
    scores[to] = a
    scores[to + 1] = b
    scores[to + 2] = c
    scores[to + 3] = d
  }
}

function multiplyOne(
  { rows, columns, values, starts }: SparseRows,
  weights: Float64Array,
  K: number,
  k: number,
  scores: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    let sum = 0
    for (let at = starts[i]!, end = starts[i + 1]!; at < end; at++)
      sum += values[at]! * weights[columns[at]! * K + k]!
    scores[i * K + k] = sum
  }
}

/** sums[d, k] += Σ over rows i of matrix[i, d] · residuals[i, k]. */
export function multiplyTransposed(
  matrix: SparseRows,
  residuals: Float64Array,
  K: number,
  sums: Float64Array,
): void {
  let k = 0
  for (; k + 4 <= K; k += 4) transposedFour(matrix, residuals, K, k, sums)
  for (; k < K; k++) transposedOne(matrix, residuals, K, k, sums)
}

function transposedFour(
  { rows, columns, values, starts }: SparseRows,
  residuals: Float64Array,
  K: number,
  k: number,
  sums: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    const from = i * K + k
    const [a, b, c, d] = [residuals[from]!, residuals[from + 1]!, residuals[from + 2]!, residuals[from + 3]!]
    for (let at = starts[i]!, end = starts[i + 1]!; at < end; at++) {
      const value = values[at]!
      const to = columns[at]! * K + k
      sums[to]! += value * a
      sums[to + 1]! += value * b
      sums[to + 2]! += value * c
      sums[to + 3]! += value * d
    }
  }
}

function transposedOne(
  { rows, columns, values, starts }: SparseRows,
  residuals: Float64Array,
  K: number,
  k: number,
  sums: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    const residual = residuals[i * K + k]!
    for (let at = starts[i]!, end = starts[i + 1]!; at < end; at++)
      sums[columns[at]! * K + k]! += values[at]! * residual
  }
}
