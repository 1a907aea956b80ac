import type { Note } from './notes.js'

const nouns: Readonly<Record<string, string>> = {
  rows: 'row',
  files: 'file',
  texts: 'text',
  lines: 'line',
  entries: 'entry',
  labels: 'label',
  columns: 'column',
  folders: 'folder',
}
const verbs: Readonly<Record<string, string>> = { are: 'is', look: 'looks' }

/** `2 blank lines, skipped`, `1 blank line, skipped`: of one the first noun stands in the singular, and the verb with it. */
export function noteWords({ what, count }: Pick<Note, 'what' | 'count'>): string {
  const written = String(count).replace(/\B(?=(\d{3})+$)/g, ',')
  if (count !== 1) return `${written} ${what}`
  const one = what
    .replace(new RegExp(`\\b(${Object.keys(nouns).join('|')})\\b`), (noun) => nouns[noun]!)
    .replace(
      /^(\S+(?: of [^,]*?)?) that (are|look) /,
      (_, noun: string, verb: string) => `${noun} that ${verbs[verb]!} `,
    )
  return `${written} ${one}`
}
