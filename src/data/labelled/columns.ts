import { RepriseError, unknownName } from '../../errors.js'
import type { Notes } from '../../formats/notes.js'
import { labelRank, textRank } from './column-names.js'
import type { Table } from './rows.js'

/** Places of columns, from 0. */
export interface ChosenColumns {
  /** Joined with line ends when there are several. */
  readonly text: readonly number[]
  /** One; or several that hold 0 or 1, each for the label of its name. None where there are no labels. */
  readonly label: readonly number[]
}

export interface WantedColumns {
  readonly text?: string | undefined
  readonly label?: string | undefined
  readonly requireLabels: boolean
}

const sampleRows = 5000

/**
 * The columns asked for by name or place; else the longest texts, and the column with a name for labels or with few distinct values. Throws
 * `unknown-name`, `missing-column`.
 */
export function chooseColumns(table: Table, wanted: WantedColumns, notes?: Notes): ChosenColumns {
  const given = wanted.label === undefined ? undefined : findColumns(table, wanted.label, 'label')
  const text =
    wanted.text === undefined ? longestTexts(table, given ?? []) : findColumns(table, wanted.text, 'text')
  if (text.length === 0) {
    throw missing(table, 'texts', 'text')
  }
  const label = given ?? likelyLabels(table, text, wanted.requireLabels)
  if (label.length === 0 && wanted.requireLabels) throw missing(table, 'labels', 'label')
  const clash = label.find((column) => text.includes(column))
  if (clash !== undefined) {
    throw new RepriseError('option', `\`text\` and \`label\` both name the column "${table.names[clash]}".`)
  }
  const unused = table.names.filter((_, column) => !text.includes(column) && !label.includes(column))
  if (unused.length > 0) notes?.add('columns not used', unused.slice(0, 8).join(', '), unused.length)
  return { text, label }
}

/** Columns by a name, names split by commas, or places from 1. */
function findColumns(table: Table, wanted: string, option: 'text' | 'label'): number[] {
  const whole = table.names.indexOf(wanted)
  if (whole >= 0) return [whole]
  return wanted.split(',').map((part) => {
    const name = part.trim()
    const found = table.names.indexOf(name)
    if (found >= 0) return found
    if (/^\d+$/.test(name)) {
      const place = Number(name)
      if (place >= 1 && place <= table.names.length) return place - 1
      throw new RepriseError(
        'missing-column',
        `${table.file}: \`${option}\` asks for column ${name}, but there are ${table.names.length}: ${table.names.join(', ')}.`,
      )
    }
    if (table.headed) throw unknownName(`column of ${table.file}`, name, table.names)
    const first = table.rows[0]?.values.map((value) => JSON.stringify(shorten(String(value)))).join(', ')
    throw new RepriseError(
      'missing-column',
      `${table.file} has no column "${name}": it has no header, its first row is ${first}. Name columns by their places: \`${option}\` 1 is the first.`,
    )
  })
}

interface ColumnSample {
  readonly filled: number
  readonly distinct: number
  readonly meanLength: number
  readonly numeric: boolean
  /** Numbers with fractions: a quantity, not a label. */
  readonly measured: boolean
  readonly lists: boolean
}

function longestTexts(table: Table, except: readonly number[]): number[] {
  const scores = table.names.map((name, column) => {
    const { filled, meanLength, numeric, lists } = sample(table, column)
    if (except.includes(column) || filled === 0 || numeric || lists) return -1
    const rank = textRank(name)
    const sure = labelRank(name) !== undefined && labelRank(name)! < 100 && rank === undefined
    return (meanLength * (rank === undefined ? 1 : rank < 100 ? 4 : 2)) / (sure ? 100 : 1)
  })
  const best = scores.reduce((a, score, column) => (score > scores[a]! ? column : a), 0)
  if ((scores[best] ?? -1) < 0) return []
  // A heading says much about the text under it.
  const heading = table.names.findIndex(
    (name, column) => column !== best && scores[column]! >= 0 && /^(title|subject|headline)$/i.test(name),
  )
  return heading < 0 ? [best] : [heading, best]
}

function likelyLabels(table: Table, text: readonly number[], required: boolean): number[] {
  const candidates = table.names.flatMap((name, column) => {
    if (text.includes(column)) return []
    const { filled, distinct, meanLength, lists, measured } = sample(table, column)
    const rank = labelRank(name)
    if (filled === 0 || (rank === undefined && (!required || measured || meanLength > 60))) return []
    const repeats = lists || filled < 10 || distinct <= filled * (rank === undefined ? 0.3 : 0.9)
    return repeats ? [{ column, rank: rank ?? 1000, distinct: distinct < 2 ? Infinity : distinct }] : []
  })
  candidates.sort((a, b) => a.rank - b.rank || a.distinct - b.distinct)
  return candidates.length > 0 ? [candidates[0]!.column] : []
}

/** Of rows spread over the whole table: files are often sorted by label. */
function sample(table: Table, column: number): ColumnSample {
  const step = Math.max(1, Math.floor(table.rows.length / sampleRows))
  const distinct = new Set<string>()
  let [filled, length, numbers, fractions, lists] = [0, 0, 0, 0, 0]
  for (let row = 0; row < table.rows.length; row += step) {
    const value = table.rows[row]!.values[column]
    if (value === undefined || value === null) continue
    if (Array.isArray(value)) {
      if (value.some((item) => typeof item === 'object')) continue
      lists++
      filled++
      for (const item of value) distinct.add(String(item))
      continue
    }
    const text = String(value).trim()
    if (text === '') continue
    filled++
    length += text.length
    const number = Number(text)
    if (Number.isFinite(number)) numbers++
    if (Number.isFinite(number) && !Number.isInteger(number)) fractions++
    distinct.add(text)
  }
  return {
    filled,
    distinct: distinct.size,
    meanLength: length / Math.max(1, filled),
    numeric: numbers > filled / 2,
    measured: fractions > filled / 4,
    lists: lists > filled / 2,
  }
}

function missing(table: Table, what: string, option: string): RepriseError {
  return new RepriseError(
    'missing-column',
    `${table.file}: no column looks like ${what}; there ${table.names.length === 1 ? 'is' : 'are'} ${table.names.join(', ')}. Name it with \`${option}\`.`,
  )
}

const shorten = (text: string) => (text.length > 30 ? `${text.slice(0, 30)}…` : text)
