import { RepriseError, unknownName } from '../../errors.js'
import { badFile } from '../../formats/bad-file.js'
import { isBlank } from './conll.js'
import { LackingLines } from './lacking-lines.js'
import type { SentenceBuilder } from './sentence-builder.js'

export const fields = [
  'id',
  'form',
  'lemma',
  'upos',
  'xpos',
  'feats',
  'head',
  'deprel',
  'deps',
  'misc',
] as const

export interface FieldChoice {
  /** By name, or as a column from 1 or from the last. */
  readonly field: string | number
  readonly tokenColumn: number
  /** Further columns to read, counted like `field`. */
  readonly features: readonly number[]
  readonly requireTags: boolean
}

/** Whether the lines are CoNLL-U: ten columns, the first a number, or a comment only that format has. */
export function looksLikeConllu(lines: readonly string[]): boolean {
  for (const line of lines.slice(0, 1000)) {
    if (/^# *(sent_id|text|newdoc|newpar|global\.columns)\b.*=/.test(line)) return true
    if (isBlank(line) || line.startsWith('#')) continue
    const cells = line.split('\t', fields.length + 1)
    return cells.length === fields.length && /^\d+([-.]\d+)?$/.test(cells[0]!)
  }
  return false
}

/**
 * The words of a CoNLL-U file. A `# global.columns` line (CoNLL-U Plus) names the columns anew. Where tags are required, sentences with lines of
 * other numbers of columns are left out and noted while they are a minority. Throws `unknown-name` for a field, `bad-file` for a line that is not of
 * the format.
 */
export function readConllu(
  lines: readonly string[],
  file: string,
  choice: FieldChoice,
  builder: SentenceBuilder,
): string {
  let names: readonly string[] = fields
  let column = -1
  let further: readonly number[] = []
  let open = false
  const lackingLines = new LackingLines(builder)
  for (const [i, line] of lines.entries()) {
    const place = () => `${file}:${i + 1}`
    if (isBlank(line)) {
      builder.endSentence()
      open = false
      continue
    }
    if (line.startsWith('#') && !open) {
      const renamed = /^# *global\.columns *= *(.+)$/.exec(line)
      if (renamed) names = renamed[1]!.trim().toLowerCase().split(/\s+/)
      builder.notes.add('comment lines, skipped', place())
      continue
    }
    open = true
    if (column < 0) {
      column = columnOf(choice.field, names, file)
      further = choice.features.map((feature) => columnOf(feature, names, file))
    }
    const cells = line.split('\t', names.length + 100)
    const id = cells[0]!
    lackingLines.see(cells.length === names.length)
    if (cells.length !== names.length) {
      const spaces = cells.length === 1 ? '; columns are split by tabs, not by spaces' : ''
      const expected = `the ${names.length} columns of CoNLL-U`
      const error = (more: string) =>
        badFile(
          place(),
          `expected ${expected}, found ${cells.length}${spaces}${more && `. ${more.slice(0, -1)}`}`,
        )
      // Where only tags are wanted of a model, an answer is owed for each sentence.
      if (!choice.requireTags) throw error('')
      lackingLines.add(expected, file, i + 1, error)
      continue
    }
    if (names[0] === 'id') {
      if (/^\d+-\d+$/.test(id)) {
        builder.notes.add('multi-word tokens, skipped (their words are read)', place())
        continue
      }
      if (/^\d+\.\d+$/.test(id)) {
        builder.notes.add('empty nodes, skipped', place())
        continue
      }
      if (!/^\d+$/.test(id)) throw badFile(place(), `expected a number in the first column, found "${id}"`)
    }
    const tag = cells[column]!
    const name = names[column]!
    if (tag === '' || (tag === '_' && name !== 'feats' && name !== 'deps' && name !== 'misc')) {
      builder.notes.add(`words without ${name}`, place())
    }
    const features = further.map((at) => cells[at]!)
    builder.add(cells[choice.tokenColumn - 1] ?? '', tag, file, i + 1, features)
  }
  builder.endSentence()
  lackingLines.settle()
  return names[column] ?? String(choice.field)
}

function columnOf(field: string | number, names: readonly string[], file: string): number {
  if (typeof field === 'string') {
    const column = names.indexOf(field.toLowerCase())
    if (column < 0) throw unknownName(`field of ${file}`, field, names)
    return column
  }
  const column = field > 0 ? field - 1 : names.length + field
  if (column >= 0 && column < names.length) return column
  throw new RepriseError(
    'missing-column',
    `${file}: expected values in column ${field}; CoNLL-U has ${names.length} columns: ${names.join(', ')}.`,
  )
}
