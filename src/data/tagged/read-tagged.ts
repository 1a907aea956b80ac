import { RepriseError } from '../../errors.js'
import { openDocuments } from '../open-documents.js'
import type { TaggedSentences, TaggedSentencesOptions } from '../tagged-sentences.js'
import { allLines, TextLines } from '../text-lines.js'
import type { TextSource } from '../text-source.js'
import { isBlank, readColumns, usualColumns, which } from './conll.js'
import { looksLikeConllu, readConllu } from './conllu.js'
import { SentenceBuilder } from './sentence-builder.js'

/** See `readTaggedSentences`. */
export async function readTagged(
  input: readonly string[] | TextSource,
  options: TaggedSentencesOptions,
): Promise<TaggedSentences> {
  checkOptions(options)
  const source = await openDocuments(input)
  const builder = new SentenceBuilder()
  const encodings = new Set<string>()
  let format = options.format
  let column = ''
  for await (const document of source.documents()) {
    const decoder = new TextLines(document, builder.notes, options.encoding)
    const lines = await allLines(decoder)
    encodings.add(decoder.encoding)
    const file = document.name
    const found: 'conll' | 'conllu' = options.format ?? (looksLikeConllu(lines) ? 'conllu' : 'conll')
    if (lines.every(isBlank)) {
      builder.notes.add('empty files', file)
      continue
    }
    if (format !== undefined && found !== format) {
      throw new RepriseError(
        'bad-input',
        `${file} has the format ${found}, the file before it ${format}. Read them one by one.`,
      )
    }
    format = found
    if (format === 'conllu') {
      const choice = {
        field: options.field ?? options.column ?? 'upos',
        tokenColumn: options.tokenColumn ?? 2,
        features: options.features ?? [],
        requireTags: options.requireTags ?? true,
      }
      column = readConllu(lines, file, choice, builder)
    } else {
      if (options.field !== undefined) {
        throw new RepriseError(
          'option',
          `\`field\` names a field of CoNLL-U, but ${file} is not CoNLL-U: its lines have ${usualColumns(lines)} columns without names. Give \`column\`, such as 2, or -1 for the last.`,
        )
      }
      const columns = {
        column: options.column ?? -1,
        tokenColumn: options.tokenColumn ?? 1,
        features: options.features ?? [],
        requireTags: options.requireTags ?? true,
      }
      readColumns(lines, file, columns, builder)
      column = `${which(columns)} of ${usualColumns(lines)}`
    }
  }
  if (builder.tokenCount === 0 || format === undefined) {
    throw new RepriseError(
      'empty-text',
      `${source.name}: there is no token in it. Give a file with one token a line.`,
    )
  }
  return {
    sentences: builder.sentences,
    understood: {
      format,
      encoding: [...encodings].join(' and '),
      column,
      sentences: builder.sentences.length,
      tokens: builder.tokenCount,
      longestSentence: builder.longest,
      tags: [...builder.tagCounts]
        .map(([tag, count]) => ({ tag, count }))
        .sort((a, b) => b.count - a.count || (a.tag < b.tag ? -1 : 1)),
      notes: builder.notes.list(),
    },
  }
}

function checkOptions({ column, field, tokenColumn, features = [] }: TaggedSentencesOptions): void {
  const wrong = (what: string) => new RepriseError('option', `readTaggedSentences: ${what}`)
  if (column !== undefined && field !== undefined) throw wrong('give `column` or `field`, not both.')
  if (column !== undefined && (!Number.isInteger(column) || column === 0)) {
    throw wrong(`\`column\` must be a whole number from 1, or from -1 for the last; got ${column}.`)
  }
  const odd = features.find((feature) => !Number.isInteger(feature) || feature === 0)
  if (odd !== undefined) {
    throw wrong(`\`features\` are whole numbers from 1, or from -1 for the last; got ${odd}.`)
  }
  if (tokenColumn !== undefined && !(Number.isInteger(tokenColumn) && tokenColumn >= 1)) {
    throw wrong(`\`tokenColumn\` must be a whole number from 1; got ${tokenColumn}.`)
  }
  if (column !== undefined && column > 0 && column === (tokenColumn ?? 1)) {
    throw wrong(`\`column\` ${column} is the column of the tokens.`)
  }
}
