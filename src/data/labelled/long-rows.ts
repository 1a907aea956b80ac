import type { ChosenColumns } from './columns.js'
import { yesOrNo } from './label-cells.js'
import type { Row, Table } from './rows.js'

const joined = 'rows with more columns than the others, joined to the text'
const cut = 'rows with more columns than the others, those behind the last not read'
const leftOut = 'rows with more columns than the others, without a known label in either place, left out'

export interface LongRowsOptions {
  readonly delimiter: string
  readonly labelsOf: (row: Row) => readonly string[] | undefined
  /** Whether files before had this label. */
  readonly isKnown: (label: string) => boolean
  /** False: a row without a known label is kept, its text joined. */
  readonly required: boolean
}

/**
 * Rows with more cells than there are columns. Either the text has delimiters that nobody quoted, and what follows it stands further
 * back; or something was written behind the last column. The label decides: it is one that rows of the usual width have.
 */
export class LongRows {
  private labels: Set<string> | undefined

  constructor(
    private readonly table: Table,
    private readonly columns: ChosenColumns,
    private readonly options: LongRowsOptions,
  ) {}

  /** Undefined for a row that is not too long; `values` is undefined for one to be left out. */
  read(row: Row): { readonly note: string; readonly values: readonly unknown[] | undefined } | undefined {
    const width = this.table.names.length
    if (row.values.length <= width) return undefined
    const text = this.columns.text[0]!
    const whole = joinSpare(row.values, width, text, this.options.delimiter)
    // A label before the text stands where it always does, and says nothing about the rest.
    if (this.columns.label.every((column) => column < text)) return { note: joined, values: whole }
    if (this.isLabelled({ ...row, values: whole })) return { note: joined, values: whole }
    const values = row.values.slice(0, width)
    if (this.isLabelled({ ...row, values })) return { note: cut, values }
    return this.options.required ? { note: leftOut, values: undefined } : { note: joined, values: whole }
  }

  private isLabelled(row: Row): boolean {
    const { label } = this.columns
    if (label.length > 1)
      return label.every((column) => row.values[column] !== '' && yesOrNo(row.values[column]) !== undefined)
    this.labels ??= this.usualLabels()
    const { labels } = this
    // Where no row is of the usual width, nothing is known against the text.
    if (labels.size === 0) return true
    const own = this.options.labelsOf(row) ?? []
    return own.length > 0 && own.every((name) => labels.has(name) || this.options.isKnown(name))
  }

  private usualLabels(): Set<string> {
    const { rows, names } = this.table
    const usual = rows.filter(({ values }) => values.length === names.length)
    return new Set(usual.flatMap((row) => this.options.labelsOf(row) ?? []))
  }
}

function joinSpare(values: readonly unknown[], width: number, text: number, delimiter: string): unknown[] {
  const spare = values.length - width
  return [
    ...values.slice(0, text),
    values.slice(text, text + spare + 1).join(delimiter),
    ...values.slice(text + spare + 1),
  ]
}
