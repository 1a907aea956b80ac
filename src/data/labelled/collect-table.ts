import { badFile } from '../../formats/bad-file.js'
import type { LabelledTextsOptions } from '../labelled-texts.js'
import type { Collector } from './collector.js'
import { chooseColumns } from './columns.js'
import { labelsIn, yesOrNo } from './label-cells.js'
import { LongRows } from './long-rows.js'
import type { Row, Table } from './rows.js'

const oddValues = 'texts that are an object of JSON, written as JSON'
const separators = /^[^\s,;|/]+(\s?[|;,]\s?[^\s,;|/]+)+$/

/** Adds the rows of a table to the examples, by the columns asked for or chosen. */
export function collectTable(
  table: Table,
  collector: Collector,
  options: LabelledTextsOptions,
  delimiter: string | undefined,
): void {
  const { notes } = collector
  // Files after the first have the same columns.
  const columns = chooseColumns(
    table,
    {
      text: options.text ?? placesOf(collector.textColumn, table),
      label: options.label ?? placesOf(collector.labelColumn, table),
      requireLabels: options.requireLabels ?? true,
    },
    collector.textColumn === undefined ? notes : undefined,
  )
  const names = (places: readonly number[]) => places.map((place) => table.names[place]!).join(joint)
  collector.textColumn ??= names(columns.text)
  if (columns.label.length > 0) collector.labelColumn ??= names(columns.label)
  const longRows =
    delimiter === undefined
      ? undefined
      : new LongRows(table, columns, {
          delimiter,
          labelsOf: (row) => labelsOf(table, row, columns.label, options),
          isKnown: (label) => collector.hasLabel(label),
          required: options.requireLabels ?? true,
        })
  for (const row of table.rows) {
    const place = `${table.file}:${row.line}`
    const found = longRows?.read(row)
    if (found) notes.add(found.note, place)
    const values = found ? found.values : row.values
    if (values === undefined) continue
    const text = columns.text.map((column) => asText(values[column], collector, place)).join('\n')
    collector.add(text, labelsOf(table, { ...row, values }, columns.label, options), place)
    const [only] = columns.label
    if (columns.label.length === 1 && options.labelSeparator === undefined) {
      const label = values[only!]
      if (typeof label === 'string' && separators.test(label.trim())) {
        notes.add('labels that look like several in one, read as one (see `labelSeparator`)', place)
      }
    }
  }
}

const joint = ' + '

/** What was chosen in an earlier file, as it would be asked for. */
function placesOf(chosen: string | undefined, table: Table): string | undefined {
  if (chosen === undefined) return undefined
  const names = chosen.split(joint)
  return names.every((name) => table.names.includes(name)) ? names.join(',') : chosen
}

function asText(value: unknown, collector: Collector, place: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(' ')
  if (typeof value === 'object') {
    collector.notes.add(oddValues, place)
    return JSON.stringify(value)
  }
  return String(value)
}

function labelsOf(
  table: Table,
  row: Row,
  columns: readonly number[],
  options: LabelledTextsOptions,
): string[] | undefined {
  if (columns.length === 0) return undefined
  if (columns.length === 1) return labelsIn(row.values[columns[0]!], options.labelSeparator)
  return columns.flatMap((column) => {
    const value = row.values[column]
    const chosen = yesOrNo(value)
    if (chosen === undefined) {
      throw badFile(
        `${table.file}:${row.line}`,
        `expected 0 or 1 in column "${table.names[column]}", one of several of labels, found ${JSON.stringify(value)}`,
      )
    }
    return chosen ? [table.names[column]!] : []
  })
}
