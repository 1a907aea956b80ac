import { RepriseError } from '../../errors.js'
import { badFile } from '../../formats/bad-file.js'
import type { Notes } from '../../formats/notes.js'
import { textRank } from './column-names.js'
import type { Row, Table } from './rows.js'

const notJson = 'lines that are not JSON, left out'
const noObject = 'lines of JSON that are no object, left out'

/**
 * The objects of a JSON file: one a line; or, where the first line is none by itself, the list that the whole file is or has. Throws
 * `bad-file` where there is no object at all.
 */
export function readJson(lines: readonly string[], file: string, notes: Notes): Table {
  const first = lines.find((line) => line.trim() !== '') ?? ''
  const value = parse(first)?.value
  const alone = lines.every((line) => line === first || line.trim() === '')
  const isExample =
    isObject(value) && !(alone && Object.keys(value).every((key) => textRank(key) === undefined))
  const whole = isExample ? undefined : wholeFile(lines, file)
  const objects: { value: object; line: number }[] = []
  let problem = ''
  if (whole !== undefined) {
    for (const [i, value] of whole.entries()) {
      if (isObject(value)) objects.push({ value, line: i + 1 })
      else notes.add('entries of a JSON list that are no object, left out', `${file}, entry ${i + 1}`)
    }
    if (whole.length > 0) notes.add('files that are one JSON list, places count its entries', file)
  } else {
    for (const [i, line] of lines.entries()) {
      if (line.trim() === '') {
        notes.add('blank lines, skipped', `${file}:${i + 1}`)
        continue
      }
      const parsed = parse(line)
      if (parsed !== undefined && isObject(parsed.value)) {
        objects.push({ value: parsed.value, line: i + 1 })
        continue
      }
      problem ||= `line ${i + 1} begins with ${JSON.stringify(line.slice(0, 40))}`
      notes.add(parsed === undefined ? notJson : noObject, `${file}:${i + 1}`)
    }
  }
  if (objects.length === 0) {
    throw badFile(
      file,
      `expected one JSON object a line, such as {"text": …, "label": …}; ${problem || 'there is none'}`,
    )
  }
  return tableOf(objects, file)
}

function tableOf(objects: readonly { value: object; line: number }[], file: string): Table {
  const places = new Map<string, number>()
  for (const { value } of objects) {
    for (const key of Object.keys(value)) if (!places.has(key)) places.set(key, places.size)
    if (places.size > mostKeys) {
      throw new RepriseError(
        'not-a-table',
        `${file}: the objects have more than ${mostKeys} different keys; expected the same few in each, such as "text" and "label".`,
      )
    }
  }
  const names = [...places.keys()]
  const rows: Row[] = objects.map(({ value, line }) => ({
    values: names.map((name) =>
      Object.hasOwn(value, name) ? (value as { [key: string]: unknown })[name] : undefined,
    ),
    line,
  }))
  return { file, names, headed: true, rows }
}

const mostKeys = 1000

/** A list; or the one list of objects in an object, such as `{ "data": […] }`. */
function wholeFile(lines: readonly string[], file: string): unknown[] | undefined {
  let text: string
  try {
    text = lines.join('\n')
  } catch (cause) {
    throw new RepriseError(
      'line-too-long',
      `${file} is one piece of JSON, too long to be read at once. Write one object a line.`,
      { cause },
    )
  }
  const value = parse(text)?.value
  if (Array.isArray(value)) return value.some(isObject) ? value : undefined
  if (!isObject(value)) return undefined
  const lists = Object.values(value).filter((inner) => Array.isArray(inner) && inner.some(isObject))
  return lists.length === 1 ? (lists[0] as unknown[]) : undefined
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
