import type { Notes } from '../../formats/notes.js'

const label = /(?<=^|\s)__label__(\S+)\s?/g

/** A line as fastText reads it: every word that begins with `__label__` is a label, wherever it stands. */
export function parseFastTextLine(line: string): { labels: string[]; text: string } {
  const labels: string[] = []
  const text = line.replace(label, (_, name: string) => {
    labels.push(name)
    return ''
  })
  return { labels: [...new Set(labels)], text: text.trim() }
}

export interface FastTextExample {
  readonly text: string
  readonly labels: readonly string[]
  readonly line: number
}

export function readFastText(lines: readonly string[], file: string, notes: Notes): FastTextExample[] {
  const examples: FastTextExample[] = []
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') notes.add('blank lines, skipped', `${file}:${i + 1}`)
    else examples.push({ ...parseFastTextLine(line), line: i + 1 })
  }
  return examples
}
