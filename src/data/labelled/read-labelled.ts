import { RepriseError } from '../../errors.js'
import type { LabelledFormat, LabelledTexts, LabelledTextsOptions } from '../labelled-texts.js'
import { allLines, TextLines } from '../text-lines.js'
import type { TextDocument, TextSource } from '../text-source.js'
import { collectTable } from './collect-table.js'
import { Collector } from './collector.js'
import { delimiters } from './delimited.js'
import { readFastText } from './fasttext-lines.js'
import { readJson } from './read-json.js'
import { readTable } from './read-table.js'

/** See `readLabelledTexts`. */
export async function readLabelled(
  input: readonly string[] | TextSource,
  options: LabelledTextsOptions,
): Promise<LabelledTexts> {
  checkOptions(options)
  const required = options.requireLabels ?? true
  let collector: Collector
  if ('documents' in input) {
    collector = new Collector(input.name, required)
    for await (const document of input.documents()) await collectDocument(document, collector, options)
  } else {
    const { isFolder, readLabelFolders } = await import('./node-label-folders.js')
    const { filesSource } = await import('../node-files.js')
    const folders = await Promise.all(input.map(isFolder))
    const files = input.filter((_, i) => !folders[i])
    // Every path is checked before the first is read.
    const source = files.length > 0 || input.length === 0 ? await filesSource(files) : undefined
    collector = new Collector(input.length === 1 ? input[0]! : `${input.length} paths`, required)
    const documents = source?.documents() as Iterable<TextDocument> | undefined
    const next = documents?.[Symbol.iterator]()
    for (const [i, path] of input.entries()) {
      if (folders[i]) await readLabelFolders(path, collector, options)
      else await collectDocument(next!.next().value as TextDocument, collector, options)
    }
  }
  if (collector.size === 0) throw new RepriseError('empty-text', collector.emptiness())
  return collector.result()
}

async function collectDocument(
  document: TextDocument,
  collector: Collector,
  options: LabelledTextsOptions,
): Promise<void> {
  const { notes } = collector
  const file = document.name
  const decoder = new TextLines(document, notes, options.encoding)
  const lines = await allLines(decoder)
  collector.encodings.add(decoder.encoding)
  if (lines.every((line) => line.trim() === '')) {
    notes.add('empty files', file)
    return
  }
  const format = options.format ?? detectFormat(lines)
  const setFormat = (found: LabelledFormat) => {
    collector.format ??= found
    if (collector.format !== found) notes.add(`files of another format, ${found}`, file)
  }
  if (format === 'jsonl') {
    setFormat('jsonl')
    collectTable(readJson(lines, file, notes), collector, options, undefined)
    return
  }
  if (format === 'fasttext') {
    setFormat('fasttext')
    for (const { text, labels, line } of readFastText(lines, file, notes)) {
      collector.add(text, labels.length > 0 ? labels : undefined, `${file}:${line}`)
    }
    return
  }
  const known = collector.columnNames
  const table =
    format === 'lines'
      ? undefined
      : await readTable(lines, file, notes, wantedNames(options), options.delimiter ?? tabFor(format), known)
  if (table !== undefined) {
    setFormat(table.delimiter === '\t' ? 'tsv' : 'csv')
    collector.delimiter ??= table.delimiter
    collector.columnNames ??= table.names
    if (table.headed && table.rows.length === 0) {
      notes.add('files with a header and no row below it', file)
      return
    }
    collectTable(table, collector, options, table.delimiter)
    return
  }
  if (options.requireLabels ?? true) throw noTable(lines, file)
  setFormat('lines')
  for (const [i, line] of lines.entries()) collector.add(line, undefined, `${file}:${i + 1}`)
}

const tabFor = (format: LabelledFormat | undefined) => (format === 'tsv' ? '\t' : undefined)

/** JSON and fastText's lines are known by how they begin; everything else is taken for a table. */
function detectFormat(lines: readonly string[]): LabelledFormat | undefined {
  const first: string[] = []
  for (let i = 0; i < lines.length && first.length < 50; i++)
    if (lines[i]!.trim() !== '') first.push(lines[i]!)
  const share = (pattern: RegExp) => first.filter((line) => pattern.test(line)).length / first.length
  if (/^\s*\{\s*("|$)/.test(first[0]!) || share(/^\s*\{\s*"/) > 0.5) return 'jsonl'
  if (/^\s*\[\s*(\{|$)/.test(first[0]!)) return 'jsonl'
  return share(/^\s*__label__\S/) > 0.5 ? 'fasttext' : undefined
}

/** Names to be looked for in a header; a number is a place. */
function wantedNames({ text, label }: LabelledTextsOptions): string[] {
  const all = [text, label].flatMap((names) => (names === undefined ? [] : [names, ...names.split(',')]))
  return all.map((name) => name.trim()).filter((name) => !/^\d*$/.test(name))
}

function noTable(lines: readonly string[], file: string): RepriseError {
  const size = lines[0]!.length > 2 ** 20 ? ` of ${Math.round(lines[0]!.length / 1e6)} MB` : ''
  const seen = lines.length === 1 ? `one line${size}` : `${lines.length} lines${size && `, the first${size}`}`
  const tried = delimiters.map((delimiter) => (delimiter === '\t' ? 'tab' : JSON.stringify(delimiter)))
  return new RepriseError(
    'not-a-table',
    `${file}: expected a text and its label on each line; found ${seen} that no delimiter (${tried.join(', ')}) splits into the same columns. Give a table with a header, JSON lines, fastText lines or folders; name the \`delimiter\` if it is another.`,
  )
}

function checkOptions({ delimiter, labelSeparator }: LabelledTextsOptions): void {
  const wrong = (what: string) => new RepriseError('option', `readLabelledTexts: ${what}`)
  if (delimiter !== undefined && (delimiter.length === 0 || /["\r\n]/.test(delimiter))) {
    throw wrong(
      `\`delimiter\` must be a character that is no quote and no line end, got ${JSON.stringify(delimiter)}.`,
    )
  }
  if (labelSeparator === '') throw wrong('`labelSeparator` must not be empty.')
}
