import { RepriseError } from '../../errors.js'
import { LackingLines } from './lacking-lines.js'
import type { SentenceBuilder } from './sentence-builder.js'

export interface Columns {
  /** From 1, or from the last, -1. */
  readonly column: number
  readonly tokenColumn: number
  /** Further ones to read, counted like `column`. */
  readonly features: readonly number[]
  readonly requireTags: boolean
}

/** No-break spaces are tokens in some files, so they are no blanks here. */
export const isBlank = (line: string): boolean => /^[ \t]*$/.test(line)

const longestToken = 1 << 20

export function tooLong(place: string, line: string): RepriseError {
  return new RepriseError(
    'line-too-long',
    `${place}: expected one token a line, but the line is ${Math.round(line.length / 1e6)} MB long.`,
  )
}

/** Splits a line into its columns: at tabs where it has any, else at runs of spaces. */
export function splitColumns(line: string): string[] {
  return line.includes('\t') ? line.replace(/\t+$/, '').split('\t') : line.replace(/^ +| +$/g, '').split(/ +/)
}

/** The number of columns most of the first lines have. */
export function usualColumns(lines: readonly string[]): number {
  const counts = new Map<number, number>()
  let seen = 0
  for (const line of lines) {
    if (isBlank(line) || line.startsWith('-DOCSTART-') || line.length > longestToken) continue
    const columns = splitColumns(line).length
    counts.set(columns, (counts.get(columns) ?? 0) + 1)
    if (++seen === 1000) break
  }
  return [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0
}

/** More than any file of columns has. */
const mostColumns = 64

/**
 * Refuses plain text where tags are not asked for, since any line would do as a line of columns and all but its first word be lost.
 * Lines of columns mostly have the same number of them.
 */
function refuseSentences(lines: readonly string[], file: string, usual: number): void {
  let [equal, others] = [0, 0]
  for (const line of lines.slice(0, 1000)) {
    if (isBlank(line) || /^(#|-DOCSTART-)/.test(line) || line.length > longestToken) continue
    if (splitColumns(line).length === usual) equal++
    else others++
  }
  if (usual <= mostColumns && equal >= others) return
  throw new RepriseError(
    'bad-file',
    `${file}: expected one token a line with the same columns in each; its lines have ${usual <= mostColumns ? 'different numbers of' : usual.toLocaleString('en')} columns, so it looks like plain text. Give it as texts instead, one a line: \`-\` reads them from standard input.`,
  )
}

const documents = '-DOCSTART- lines, skipped'
const comments = 'comment lines, skipped'
const tooMany = 'lines with more columns than the others'
const tooFew = 'lines with fewer columns than the others'

/**
 * The sentences of a file with a token per line. A line that begins with # before a sentence is a comment when it has not the columns of a
 * token. Where tags are required, sentences with lines that lack a column are left out and noted while they are a minority. Throws
 * `missing-column` otherwise, and `bad-file` for plain text where tags are not required.
 */
export function readColumns(
  lines: readonly string[],
  file: string,
  columns: Columns,
  builder: SentenceBuilder,
): void {
  const usual = usualColumns(lines)
  const { tokenColumn, requireTags } = columns
  if (!requireTags) refuseSentences(lines, file, usual)
  const lackingLines = new LackingLines(builder)
  for (const [i, line] of lines.entries()) {
    const place = () => `${file}:${i + 1}`
    if (isBlank(line)) {
      builder.endSentence()
      continue
    }
    if (/^-DOCSTART-(?=\s|$)/.test(line)) {
      builder.endSentence()
      builder.notes.add(documents, place())
      continue
    }
    if (line.length > longestToken) throw tooLong(place(), line)
    const cells = splitColumns(line)
    if (line.startsWith('#') && !builder.inSentence && cells.length !== usual) {
      builder.notes.add(comments, place())
      continue
    }
    lackingLines.see(cells.length === usual)
    const placeOf = (column: number) => (column > 0 ? column - 1 : cells.length + column)
    // Counted from the last, a column of a line that lacks one would be another column.
    const cellOf = (column: number) =>
      column < 0 && cells.length < usual ? undefined : cells[placeOf(column)]
    const at = placeOf(columns.column)
    const tag = cellOf(columns.column)
    const token = cells[tokenColumn - 1]
    const features = columns.features.map(cellOf)
    const lacking = columns.features[features.indexOf(undefined)]
    const lacksTag = requireTags && (tag === undefined || at === tokenColumn - 1)
    if (token === undefined || lacksTag || lacking !== undefined) {
      const wanted =
        token === undefined
          ? `the tokens in column ${tokenColumn}`
          : lacksTag
            ? `a tag in ${which(columns)}`
            : `a value in ${which({ column: lacking! })} (\`features\`)`
      const error = (more: string) =>
        new RepriseError(
          'missing-column',
          `${place()}: expected ${wanted}, but the line has ${count(cells.length)}${
            cells.length === usual ? '' : ` (most lines have ${usual})`
          }: ${shown(line)}. ${more && `${more} `}Name the column that has them, or mend the line.`,
        )
      // Where only tags are wanted of a model, an answer is owed for each sentence.
      if (!requireTags) throw error('')
      lackingLines.add(wanted, file, i + 1, error)
      continue
    }
    if (cells.length !== usual) builder.notes.add(cells.length > usual ? tooMany : tooFew, place())
    if (tag === '') builder.notes.add('tokens with an empty tag', place())
    if (token === '') builder.notes.add('tokens that are empty', place())
    builder.add(token, at === tokenColumn - 1 ? undefined : tag, file, i + 1, features as string[])
  }
  builder.endSentence()
  lackingLines.settle()
}

export function which({ column }: Pick<Columns, 'column'>): string {
  if (column === -1) return 'the last column'
  return column < 0 ? `column ${column} (from the last)` : `column ${column}`
}

const count = (columns: number) => (columns === 1 ? '1 column' : `${columns} columns`)

const shown = (line: string) => JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line)
