import { stderr, stdout } from 'node:process'

/** Flags every verb has. */
export interface CommonFlags {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly seed?: number
  readonly engine?: string
  readonly threads?: number
  readonly debug?: boolean
}

/** Where a command's words go: results to stdout, everything else to stderr. */
export class Terminal {
  private bar = ''

  constructor(private readonly flags: CommonFlags) {}

  get json(): boolean {
    return this.flags.json === true
  }

  get quiet(): boolean {
    return this.flags.quiet === true
  }

  /** Columns of a report: those of the terminal, within 80 to 120. */
  get width(): number {
    return Math.min(120, Math.max(80, stdout.columns ?? 100))
  }

  /** People watch: redraw one line instead of printing many. */
  get interactive(): boolean {
    return stderr.isTTY === true && !this.quiet
  }

  /** A line for people; not printed with --quiet. */
  say(line = ''): void {
    if (this.quiet) return
    this.clearBar()
    stderr.write(`${line}\n`)
    if (this.bar) stderr.write(this.bar)
  }

  /** A warning is printed even with --quiet. */
  warn(line: string): void {
    this.clearBar()
    stderr.write(`reprise: ${line}\n`)
    if (this.bar) stderr.write(this.bar)
  }

  /** Replaces the progress line of an interactive terminal. */
  progress(line: string): void {
    if (!this.interactive) return
    const text = line.slice(0, Math.max(20, (stderr.columns ?? 100) - 1))
    this.clearBar()
    this.bar = text
    stderr.write(text)
  }

  endProgress(): void {
    this.clearBar()
    this.bar = ''
  }

  private clearBar(): void {
    if (this.bar) stderr.write('\r\x1b[2K')
  }

  /** The result: one JSON value with --json, else lines for people. */
  result(value: unknown, lines: () => readonly string[]): void {
    this.endProgress()
    if (this.json) stdout.write(`${JSON.stringify(value)}\n`)
    else for (const line of lines()) stdout.write(`${line}\n`)
  }

  /** A piece of streamed output. */
  stream(piece: string): void {
    stdout.write(piece)
  }
}

/** `7.3 s`, `75 s`, `12 min 5 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?'
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 100) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${whole - minutes * 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `1,234,567`. */
export function formatCount(count: number): string {
  // toLocaleString would first load the tables of the language, which takes longer than all else that is printed.
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `12.3 kB`, `4.5 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`
}

/** A bar of `width` cells, `fraction` of it full. */
export function drawBar(fraction: number, width = 24): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width)
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`
}

/** Columns padded to one width; numbers to the right. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, String(cell).length)
  }
  return rows.map((row) =>
    row
      .map((cell, column) =>
        typeof cell === 'number' || /^(–|[\d,.]+( ([kMG]?B|%))?)$/.test(cell)
          ? String(cell).padStart(widths[column]!)
          : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  )
}

/** At most `most` characters, the last one `…` where some were left out. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text
  const kept = text.slice(0, Math.max(1, most) - 1)
  // Not half a character.
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`
}
