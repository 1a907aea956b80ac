import { Notes } from '../../formats/notes.js'
import { isKnownName } from './column-names.js'
import { DelimitedRecords, delimiters, type Record } from './delimited.js'

export interface Dialect {
  readonly delimiter: string
  /** Cells most rows have. */
  readonly width: number
}

const sampleLines = 300
const sampleCharacters = 1 << 20

/** The delimiter with which most rows have equally many cells. Undefined where none splits them. */
export function guessDialect(
  papa: typeof import('papaparse'),
  lines: readonly string[],
  file: string,
  wanted: readonly string[],
  given?: string,
): Dialect | undefined {
  const sample = firstLines(lines)
  let best: (Dialect & { score: number }) | undefined
  for (const delimiter of given === undefined ? delimiters : [given]) {
    const records = tryRecords(new DelimitedRecords(papa, delimiter, file, new Notes()), sample)
    if (records.length === 0) continue
    // The sample may cut through the last record.
    if (records.length > 10 && sample.length < lines.length) records.pop()
    const { width, share } = usualWidth(records)
    if (width < 2 && given === undefined) continue
    const first = records[0]!.cells.map((cell) => cell.trim())
    let score = share
    if (first.some((cell) => wanted.includes(cell))) score += 1
    else if (first.length >= 2 && first.some(isKnownName)) score += 0.5
    else if (first.length !== width) score -= 0.2
    if (
      new RegExp(delimiter === '\t' ? '\\.(tsv|tab)\\b' : delimiter === ',' ? '\\.csv\\b' : '^$').test(file)
    )
      score += 0.01
    if (score > (best?.score ?? 0.5)) best = { delimiter, width, score }
    else if (given !== undefined) best = { delimiter, width, score: 1 }
  }
  return best
}

/** None for a delimiter that splits rows into cells without end. */
function tryRecords(reader: DelimitedRecords, lines: readonly string[]): Record[] {
  try {
    return reader.read(lines)
  } catch {
    return []
  }
}

export function usualWidth(records: readonly Record[]): { width: number; share: number } {
  const counts = new Map<number, number>()
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1)
  const [width, count] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [0, 0]
  return { width, share: count / Math.max(1, records.length) }
}

/** Whether the first row has names and no example: names that are known or asked for, or short words that come in no other row. */
export function isHeader(
  first: readonly string[],
  rest: readonly Record[],
  wanted: readonly string[],
): boolean {
  const cells = first.map((cell) => cell.trim())
  if (cells.some((cell) => wanted.includes(cell))) return true
  const filled = cells.filter((cell) => cell !== '')
  if (filled.length === 0 || new Set(filled).size < filled.length) return false
  if (filled.some((cell) => !/^[\p{L}_][\p{L}\p{M}\p{N}_ .:/()#-]{0,39}$/u.test(cell))) return false
  if (filled.some((cell) => cell.split(/\s+/).length > 3)) return false
  if (filled.some(isKnownName) && cells.length > 1) return true
  return (
    rest.length > 1 &&
    cells.length > 1 &&
    cells.every((cell, column) => rest.every((row) => row.cells[column]?.trim() !== cell || cell === ''))
  )
}

function firstLines(lines: readonly string[]): readonly string[] {
  let characters = 0
  let count = 0
  while (count < lines.length && count < sampleLines && characters < sampleCharacters) {
    characters += lines[count++]!.length
  }
  return lines.slice(0, count)
}
