import type { Note } from '../formats/notes.js'
import type { TextSource } from './text-source.js'

/** A text and its labels. */
export interface LabelledText {
  readonly text: string
  /** One, or several; none where the file says so, or where labels were not required. */
  readonly labels: readonly string[]
  /** `file:line`, or the file in a folder; for messages. */
  readonly place: string
}

export type LabelledFormat = 'csv' | 'tsv' | 'jsonl' | 'fasttext' | 'folders' | 'lines'

export interface LabelledTextsOptions {
  /** Column (key in JSON) of the texts; several, split by commas, are joined with line ends. A number counts from 1. */
  readonly text?: string | undefined
  /** Column (key in JSON) of the labels. Several, split by commas, have 0 or 1 for each label. A number counts from 1. */
  readonly label?: string | undefined
  /** Splits a cell into labels. JSON lists are read as several labels without it. */
  readonly labelSeparator?: string | undefined
  /** By the content when left out, as all that follow. */
  readonly format?: LabelledFormat | undefined
  readonly delimiter?: string | undefined
  readonly encoding?: string | undefined
  /** False: texts without labels are kept, with no labels, as to predict them; so are the lines of a plain text. True by default. */
  readonly requireLabels?: boolean | undefined
}

/** What was understood, to be shown. */
export interface LabelledTextsReport {
  readonly format: LabelledFormat
  readonly encoding: string
  readonly delimiter?: string
  /** Named by the header, or "column 2" where there is none. */
  readonly textColumn?: string
  readonly labelColumn?: string
  readonly examples: number
  /** Some example has not exactly one label. */
  readonly multiLabel: boolean
  /** The most frequent first. */
  readonly labels: readonly { readonly label: string; readonly count: number }[]
  /** What was skipped, mended or odd, how often, and where first. Nothing is dropped without a count here. */
  readonly notes: readonly Note[]
}

export interface LabelledTexts {
  readonly examples: readonly LabelledText[]
  readonly understood: LabelledTextsReport
}

/**
 * Reads texts with labels: CSV and the like (comma, tab, semicolon, bar), one JSON object a line or a JSON list of them, lines of fastText
 * (`__label__spam buy now`), folders with one folder per label. Format, delimiter, encoding, header and columns are found by the content;
 * `understood` says what was found and counts all that is odd: empty texts, rows without label (left out), broken quotes. A row with more columns
 * than the others is read so that its label is one of the others': the rest belongs to the text, or stands behind the last column.
 *
 * Files may be gzipped, `-` is standard input; instead of paths a `textSource` will do, in a page too. Throws `unknown-name` for a column
 * that does not exist (naming the nearest); `missing-column` where no column will do; `not-a-table`; `bad-file` for what is no JSON;
 * `empty-text` where no example is left; `option`; and what reading files throws.
 *
 * @example
 * const { examples, understood } = await readLabelledTexts(['tickets.csv'], { text: 'body', label: 'team' })
 * examples[0] // { text: 'My invoice is wrong', labels: ['billing'], place: 'tickets.csv:2' }
 * understood.labels // [{ label: 'billing', count: 812 }, …]
 */
export async function readLabelledTexts(
  paths: readonly string[] | TextSource,
  options: LabelledTextsOptions = {},
): Promise<LabelledTexts> {
  const { readLabelled } = await import('./labelled/read-labelled.js')
  return readLabelled(paths, options)
}
