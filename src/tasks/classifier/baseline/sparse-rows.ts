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

/** scores[i, k] = Σ over columns d of matrix[i, d] · weights[d, k]; weights [D, K] flat, scores [N, K] flat. */
export function multiply(matrix: SparseRows, weights: Float64Array, K: number, scores: Float64Array): void {
  if (K === 1) multiplyOne(matrix, weights, scores)
  else multiplyMany(matrix, weights, K, scores)
}

/** Four at a time: twice as fast as one, and with 88 labels as fast again as going through the rows for each four. */
function multiplyMany(
  { rows, columns, values, starts }: SparseRows,
  weights: Float64Array,
  K: number,
  scores: Float64Array,
): void {
  scores.fill(0)
  for (let i = 0; i < rows; i++) {
    const end = (i + 1) * K
    for (let at = starts[i]!, last = starts[i + 1]!; at < last; at++) {
      const value = values[at]!
      let from = columns[at]! * K
      let to = i * K
      for (; to + 4 <= end; to += 4, from += 4) {
        scores[to]! += value * weights[from]!
        scores[to + 1]! += value * weights[from + 1]!
        scores[to + 2]! += value * weights[from + 2]!
        scores[to + 3]! += value * weights[from + 3]!
      }
      for (; to < end; to++, from++) scores[to]! += value * weights[from]!
    }
  }
}

function multiplyOne(
  { rows, columns, values, starts }: SparseRows,
  weights: Float64Array,
  scores: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    let sum = 0
    for (let at = starts[i]!, end = starts[i + 1]!; at < end; at++)
      sum += values[at]! * weights[columns[at]!]!
    scores[i] = sum
  }
}

/** sums[d, k] += Σ over rows i of matrix[i, d] · residuals[i, k]. */
export function multiplyTransposed(
  { rows, columns, values, starts }: SparseRows,
  residuals: Float64Array,
  K: number,
  sums: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    const end = (i + 1) * K
    for (let at = starts[i]!, last = starts[i + 1]!; at < last; at++) {
      const value = values[at]!
      let to = columns[at]! * K
      let from = i * K
      for (; from + 4 <= end; from += 4, to += 4) {
        sums[to]! += value * residuals[from]!
        sums[to + 1]! += value * residuals[from + 1]!
        sums[to + 2]! += value * residuals[from + 2]!
        sums[to + 3]! += value * residuals[from + 3]!
      }
      for (; from < end; from++, to++) sums[to]! += value * residuals[from]!
    }
  }
}
