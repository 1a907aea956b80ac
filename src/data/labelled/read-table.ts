import { RepriseError } from '../../errors.js'
import type { Notes } from '../../formats/notes.js'
import { DelimitedRecords } from './delimited.js'
import { guessDialect, isHeader, usualWidth } from './dialect.js'
import type { Row, Table } from './rows.js'

const fewer = 'rows with fewer columns than the others'
const noHeader = 'files without a header, columns taken by their places'

export interface DelimitedTable extends Table {
  readonly delimiter: string
}

/**
 * A table of CSV, TSV and the like; undefined where no delimiter splits the lines. `wanted` are the names of columns that were asked for,
 * `known` those of the file before, if there was one. Throws `not-a-table` where a delimiter was given and splits nothing.
 */
export async function readTable(
  lines: readonly string[],
  file: string,
  notes: Notes,
  wanted: readonly string[],
  given: string | undefined,
  known: readonly string[] | undefined,
): Promise<DelimitedTable | undefined> {
  const imported = await import('papaparse')
  const papa = imported.default ?? imported
  const dialect = guessDialect(papa, lines, file, [...wanted, ...(known ?? [])], given)
  if (dialect === undefined) return undefined
  const { delimiter } = dialect
  const records = new DelimitedRecords(papa, delimiter, file, notes).read(lines, dialect.width)
  const header = records[0]?.cells ?? []
  const headed = isHeader(header, records.slice(1), [...wanted, ...(known ?? [])])
  const { width: usual } = usualWidth(records)
  // R writes names of rows without a header above them.
  const unnamed = headed && usual === header.length + 1 ? [''] : []
  const width = headed ? header.length + unnamed.length : usual
  if (!headed) notes.add(noHeader, file)
  const names = headed
    ? [...unnamed, ...header].map((name, i) => name.trim() || `column ${i + 1}`)
    : (known ?? Array.from({ length: width }, (_, i) => `column ${i + 1}`))
  if (names.length !== width) {
    throw new RepriseError(
      'not-a-table',
      `${file}: expected the ${names.length} columns of the file before it (${names.join(', ')}), found ${width} and no header.`,
    )
  }
  const rows: Row[] = []
  for (const { cells, line } of headed ? records.slice(1) : records) {
    if (cells.length < width) notes.add(fewer, `${file}:${line}`)
    // Spreadsheets write empty cells behind the last column.
    const spare = cells.length > width && cells.slice(width).every((cell) => cell.trim() === '')
    rows.push({ values: spare ? cells.slice(0, width) : cells, line })
  }
  return { file, names, headed, rows, delimiter }
}
