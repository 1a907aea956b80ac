/** Examples as they stand in a file: values under names, before one knows which are texts and which are labels. */
export interface Table {
  readonly file: string
  /** Names of the columns; "column 1", … where the file has no header. */
  readonly names: readonly string[]
  readonly headed: boolean
  readonly rows: readonly Row[]
}

export interface Row {
  /** One per column; `undefined` where the row has none. Text of a cell, or a value of JSON. */
  readonly values: readonly unknown[]
  /** From 1. */
  readonly line: number
}
