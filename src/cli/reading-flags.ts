import { type Command, Option } from 'commander'
import type { LabelledTextsOptions } from '../tasks/index.js'
import { columnFields } from '../tasks/tagger/settings.js'
import { addFields } from './flags.js'

/** How labelled texts are read. */
export interface ReadingFlags {
  readonly text?: string
  readonly label?: string
  readonly labelSeparator?: string
  readonly format?: string
  readonly delimiter?: string
  readonly encoding?: string
}

const names = ['text', 'label', 'labelSeparator', 'format', 'delimiter', 'encoding'] as const

/** The options of the reader among the flags. */
export function readingOptions(flags: ReadingFlags): LabelledTextsOptions & Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])))
}

/** Flags that say how labelled texts are read. */
export function addReadingFlags(command: Command): Command {
  const options = [
    new Option('--text <column>', 'column (or JSON key) of the texts; several, with commas, are joined'),
    new Option('--label <column>', 'column (or JSON key) of the labels'),
    new Option('--label-separator <text>', 'splits a cell into several labels, such as ";"'),
    new Option('--format <name>', 'how the files are written (default: found by their content)').choices([
      'csv',
      'tsv',
      'jsonl',
      'fasttext',
      'folders',
    ]),
    new Option('--delimiter <character>', 'between columns (default: found by the content)'),
    new Option('--encoding <name>', 'such as utf-8 or windows-1252 (default: found by the content)'),
  ]
  for (const option of options) command.addOption(option.helpGroup('Data:'))
  return command
}

/** Where the tags and words of tagged sentences are. */
export interface ColumnFlags {
  readonly column?: number
  readonly field?: string
  readonly tokenColumn?: number
}

/** Flags that say where the tags and words of tagged sentences are. */
export function addColumnFlags(command: Command): void {
  const { column, field, tokenColumn } = columnFields
  addFields(command, 'Data of a tagger (default: as in training):', { column, field, tokenColumn })
}
