/** Everything Reprise throws on purpose: a stable `code` for programs, one clear sentence for people. */
export class RepriseError extends Error {
  override readonly name: string = 'RepriseError'
  constructor(
    /** Stable, kebab-case, documented in docs/errors.md. */
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

/** Lists the known names and the nearest one; the one way a lookup by name fails. */
export function unknownName(kind: string, name: string, known: readonly string[]): RepriseError {
  const near = nearest(name, known)
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`
  return new RepriseError('unknown-name', `unknown ${kind} "${name}".${hint} Known: ${known.join(', ')}.`)
}

/** The candidate with the smallest edit distance, when that is small enough to be a typing error. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(name.length / 2))
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein distance in which two neighbouring letters swapped count as one mistake. */
/** Edit distance in which swapping two neighbours counts as one edit. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity
      row.push(Math.min(row[j - 1]! + 1, previous[j]! + 1, replaced, swapped))
    }
    before = previous
    previous = row
  }
  return previous[b.length]!
}
