/** Something odd about a file: how often it was met, and where first. */
export interface Note {
  /** What was met and what was made of it, as a phrase in the plural: "blank lines, skipped". */
  readonly what: string
  readonly count: number
  /** Where it was met first, such as `tickets.csv:17`. */
  readonly example?: string
}

/** Counts oddities, so that nothing is dropped or repaired in silence. */
export class Notes {
  private readonly found = new Map<string, { count: number; example: string | undefined }>()

  add(what: string, example?: string, count = 1): void {
    const note = this.found.get(what)
    if (note) note.count += count
    else this.found.set(what, { count, example })
  }

  count(what: string): number {
    return this.found.get(what)?.count ?? 0
  }

  /** In the order in which they were first met. */
  list(): Note[] {
    return [...this.found].map(([what, { count, example }]) => ({
      what,
      count,
      ...(example === undefined ? {} : { example }),
    }))
  }
}
