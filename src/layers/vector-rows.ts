import { projectionFunction } from './projection-module.js'

/** So many rows are worked on together, and stay in the processor's second cache. A multiple of four. */
export const panelRows = 16

/** The part of making rows orthogonal that is most of the work, in WebAssembly: a panel's rows lie there four by four, interleaved. */
export interface VectorRows {
  /** The matrix, to be filled by whoever asked for it. */
  readonly values: Float64Array
  /** Reads the rows `[begin, end)` as the next panel and takes all rows before them from them. */
  begin(begin: number, end: number): void
  /** Writes rows of the panel back to `values`. */
  take(begin: number, end: number): void
  /** Takes four finished rows, from `row` on, from the panel's rows behind them. */
  subtract(row: number): void
}

/** For a matrix of so many numbers in rows of `length`; undefined where WebAssembly cannot be had. */
export function vectorRows(matrix: number, length: number): VectorRows | undefined {
  const panelBegin = 8 * matrix
  const stride = 8 * length
  const bytes = panelBegin + panelRows * stride
  let memory: WebAssembly.Memory
  try {
    memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) })
  } catch {
    return undefined
  }
  const subtract = projectionFunction(memory)
  if (!subtract) return undefined
  const values = new Float64Array(memory.buffer, 0, matrix)
  const panel = new Float64Array(memory.buffer, panelBegin, panelRows * length)
  let first = 0
  let fours = 0
  const against = (row: number, four: number): void => {
    const x = panelBegin + four * 4 * stride
    subtract(x, row * stride, stride, x + 4 * stride)
  }
  const placeOf = (row: number): number => ((row - first) & ~3) * length + ((row - first) & 3)
  return {
    values,
    begin(begin: number, end: number): void {
      first = begin
      fours = Math.ceil((end - begin) / 4)
      panel.fill(0)
      for (let row = begin; row < end; row++) {
        const own = values.subarray(row * length, (row + 1) * length)
        const place = placeOf(row)
        for (let i = 0; i < length; i++) panel[place + 4 * i] = own[i]!
      }
      for (let row = 0; row < begin; row += 4) for (let four = 0; four < fours; four++) against(row, four)
    },
    take(begin: number, end: number): void {
      for (let row = begin; row < end; row++) {
        const own = values.subarray(row * length, (row + 1) * length)
        const place = placeOf(row)
        for (let i = 0; i < length; i++) own[i] = panel[place + 4 * i]!
      }
    },
    subtract(row: number): void {
      for (let four = (row - first) / 4 + 1; four < fours; four++) against(row, four)
    },
  }
}
