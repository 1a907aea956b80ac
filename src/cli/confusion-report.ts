import { formatCount, formatTable, shorten } from './terminal.js'

/** Confusions listed where the matrix does not fit. */
const mostConfusions = 15
const longestName = 24

/**
 * What was taken for what: the whole matrix where it fits into `width` columns, else the largest confusions.
 * `matrix[own][given]` counts examples.
 */
export function describeConfusion(
  matrix: readonly (readonly number[])[],
  labels: readonly string[],
  width: number,
): string[] {
  return confusionTable(matrix, labels, width) ?? largestConfusions(matrix, labels)
}

/** The matrix, with labels above the columns, or their numbers where names would be too wide; undefined if it cannot fit. */
export function confusionTable(
  matrix: readonly (readonly number[])[],
  labels: readonly string[],
  width: number,
): string[] | undefined {
  const cells = matrix.map((row) => row.map((count) => (count === 0 ? '·' : formatCount(count))))
  const names = labels.map((label) => shorten(label, longestName))
  const widest = (of: readonly string[]) => of.reduce((most, text) => Math.max(most, text.length), 0)
  const cell = widest(cells.flat())
  const named = [['has \\ given', ...names], ...names.map((name, own) => [name, ...cells[own]!])]
  const numbers = labels.map((_, k) => String(k + 1))
  const numbered = [
    ['has \\ given', ...numbers],
    ...names.map((name, own) => [`${numbers[own]} ${name}`, ...cells[own]!]),
  ]
  for (const rows of [named, numbered]) {
    const heads = rows[0]!.slice(1).map((head) => Math.max(head.length, cell))
    const first = widest(rows.map(([name]) => name!))
    if (first + heads.reduce((sum, head) => sum + 2 + head, 0) <= width) return alignRight(rows)
  }
  return undefined
}

/** The first column to the left, the others to the right. */
function alignRight(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)))
      .join('  '),
  )
}

/** The pairs of labels most often taken for each other, one a line. */
export function largestConfusions(
  matrix: readonly (readonly number[])[],
  labels: readonly string[],
  most = mostConfusions,
): string[] {
  const found = matrix.flatMap((row, own) => {
    const examples = row.reduce((sum, count) => sum + count, 0)
    return row.map((count, given) => ({ own, given, count, share: count / Math.max(1, examples) }))
  })
  const wrong = found.filter(({ own, given, count }) => own !== given && count > 0)
  if (wrong.length === 0) return ['no text was given a wrong label']
  wrong.sort((a, b) => b.count - a.count || b.share - a.share)
  const rest = wrong.slice(most).reduce((sum, { count }) => sum + count, 0)
  return [
    ...formatTable([
      ['largest confusions: has', 'given', 'texts', 'of the label'],
      ...wrong
        .slice(0, most)
        .map(({ own, given, count, share }) => [
          shorten(labels[own]!, longestName),
          shorten(labels[given]!, longestName),
          formatCount(count),
          `${(100 * share).toFixed(1)} %`,
        ]),
    ]),
    ...(rest > 0 ? [`… and ${formatCount(rest)} more texts (all with --json)`] : []),
  ]
}
