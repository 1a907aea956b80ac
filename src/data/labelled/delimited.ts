import type { Parser as PapaParser } from 'papaparse'
import { RepriseError } from '../../errors.js'
import type { Notes } from '../../formats/notes.js'

export const delimiters = ['\t', ',', ';', '|'] as const

export const brokenQuotes = 'rows with a quote that is opened and never closed, read as written'
export const looseQuotes = 'rows with quotes inside quotes that are not doubled, mended'
export const blankLines = 'blank lines, skipped'

export interface Record {
  readonly cells: readonly string[]
  readonly line: number
}

interface Parsed {
  readonly rows: readonly (readonly string[])[]
  /** A quote inside a quoted cell was not doubled. */
  readonly loose: boolean
  /** A quoted cell did not end. */
  readonly open: boolean
}

/** How far a quoted cell may reach, so that one forgotten quote does not swallow a file. */
const mostLines = 10_000
const mostCharacters = 1 << 24
const mostTries = 8
/** Beyond these a file is no table, and taking it for one would cost all memory. */
const mostCells = 10_000
const mostQuotes = 100_000

/**
 * Splits the lines of a CSV file into records. Papa Parse reads each record; what is added here is that a broken quote costs one row at
 * most: a record begins at the line after the one before it, and takes more lines only where its quotes close properly over them.
 */
export class DelimitedRecords {
  private readonly parser: PapaParser

  constructor(
    papa: typeof import('papaparse'),
    private readonly delimiter: string,
    private readonly file: string,
    private readonly notes: Notes,
  ) {
    this.parser = new papa.Parser({ delimiter, newline: '\n', quoteChar: '"' })
  }

  /** `width`: the number of cells a good record has; undefined when that is not known yet. */
  read(lines: readonly string[], width?: number): Record[] {
    const records: Record[] = []
    for (let i = 0; i < lines.length; ) {
      const line = lines[i]!
      if (/^\s*$/.test(line) && (line === '' || !line.includes(this.delimiter))) {
        this.notes.add(blankLines, this.place(i))
        i++
        continue
      }
      const { cells, taken } = line.includes('"')
        ? this.quoted(lines, i, width)
        : { cells: this.split(line, i), taken: 1 }
      records.push({ cells, line: i + 1 })
      i += taken
    }
    return records
  }

  private quoted(
    lines: readonly string[],
    at: number,
    width: number | undefined,
  ): { cells: readonly string[]; taken: number } {
    const line = lines[at]!
    if (line.length > mostCharacters && countQuotes(line) > mostQuotes) {
      return this.broken(at, this.split(line, at))
    }
    const own = this.parse(line)
    if (!own.open && !own.loose) return { cells: own.rows[0]!, taken: 1 }
    const literal = this.split(line, at)
    const fits = (cells: readonly string[]) => width === undefined || cells.length === width
    if (!own.open) {
      // Tables split at tabs often know no quoting: there quotes are letters.
      if (this.delimiter === '\t' && literal.length === width) return { cells: literal, taken: 1 }
      if (fits(own.rows[0]!) || literal.length !== width) {
        this.notes.add(looseQuotes, this.place(at))
        return { cells: own.rows[0]!, taken: 1 }
      }
      this.notes.add(brokenQuotes, this.place(at))
      return { cells: literal, taken: 1 }
    }
    return this.overLines(lines, at, literal, width) ?? this.broken(at, literal)
  }

  /** A record whose quoted cell goes on in the lines after it, if it ends soundly. */
  private overLines(
    lines: readonly string[],
    at: number,
    literal: readonly string[],
    width: number | undefined,
  ): { cells: readonly string[]; taken: number } | undefined {
    let quotes = countQuotes(lines[at]!)
    let length = lines[at]!.length
    let tries = 0
    let allAlike = literal.length === width
    for (let end = at + 1; end < lines.length && end - at < mostLines; end++) {
      const line = lines[end]!
      length += line.length
      if (length > mostCharacters) return undefined
      allAlike &&= line.split(this.delimiter, width! + 1).length === width
      // Each line a good row by itself: a stray quote, not a cell of many lines.
      if (allAlike && (this.delimiter === '\t' || end - at >= (width! > 2 ? 2 : 4))) return undefined
      const more = countQuotes(line)
      quotes += more
      // Where quotes are doubled inside cells, the record ends with the first line that makes their number even.
      if (more === 0 || quotes % 2 === 1) continue
      if (++tries > mostTries) return undefined
      const { rows, loose, open } = this.parse(lines.slice(at, end + 1).join('\n'))
      if (open || rows.length !== 1) continue
      const taken = end - at + 1
      if (width !== undefined && rows[0]!.length !== width) continue
      if (!loose) return allAlike && width! > 2 ? undefined : { cells: rows[0]!, taken }
      if (literal.length === width) return undefined
      this.notes.add(looseQuotes, this.place(at))
      return { cells: rows[0]!, taken }
    }
    return undefined
  }

  private broken(at: number, literal: readonly string[]): { cells: readonly string[]; taken: number } {
    this.notes.add(brokenQuotes, this.place(at))
    return { cells: literal, taken: 1 }
  }

  private split(line: string, at: number): string[] {
    const cells = line.split(this.delimiter, mostCells + 1)
    if (cells.length <= mostCells) return cells
    throw new RepriseError(
      'not-a-table',
      `${this.place(at)}: the row has more than ${mostCells} cells, split by ${JSON.stringify(this.delimiter)}. Give one example a line, with its text in quotes, or name another \`delimiter\`.`,
    )
  }

  private parse(text: string): Parsed {
    const { data, errors } = this.parser.parse(text, 0, false) as {
      data: string[][]
      errors: { code: string }[]
    }
    return {
      rows: data,
      loose: errors.some(({ code }) => code === 'InvalidQuotes'),
      open: errors.some(({ code }) => code === 'MissingQuotes'),
    }
  }

  private place(at: number): string {
    return `${this.file}:${at + 1}`
  }
}

function countQuotes(line: string): number {
  let count = 0
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) count++
  return count
}
