import type { Note } from '../formats/notes.js'
import type { TextSource } from './text-source.js'

/** A sentence with a tag for each token. */
export interface TaggedSentence {
  readonly tokens: readonly string[]
  /** As many as tokens; none where tags were not required and the file has none. */
  readonly tags: readonly string[]
  /** One list a column of `features`, each with one value a token; absent where none were asked for. */
  readonly features?: readonly (readonly string[])[]
  /** `file:line` of the first token, for messages. */
  readonly place: string
}

export interface TaggedSentencesOptions {
  /** Column of the tags, from 1, or from the last, -1. By default the last one. */
  readonly column?: number | undefined
  /** CoNLL-U: field of the tags by its name, such as `upos`, `xpos`, `feats`, `deprel`. `upos` by default. */
  readonly field?: string | undefined
  /** Column of the tokens, from 1. By default the first one; the second (`form`) in CoNLL-U. */
  readonly tokenColumn?: number | undefined
  /** Further columns to read, from 1, or from the last, -1. */
  readonly features?: readonly number[] | undefined
  /** By the content when left out. */
  readonly format?: 'conll' | 'conllu' | undefined
  /** By the content when left out. */
  readonly encoding?: string | undefined
  /** False: a file without the column of tags is read too, with no tags. True by default. */
  readonly requireTags?: boolean | undefined
}

/** What was read, to be shown. */
export interface TaggedSentencesReport {
  readonly format: 'conll' | 'conllu'
  readonly encoding: string
  /** Where the tags are: "column 4 of 4", "upos". */
  readonly column: string
  readonly sentences: number
  readonly tokens: number
  readonly longestSentence: number
  /** The most frequent first. */
  readonly tags: readonly { readonly tag: string; readonly count: number }[]
  /** What was skipped or odd, and how often. */
  readonly notes: readonly Note[]
}

export interface TaggedSentences {
  readonly sentences: readonly TaggedSentence[]
  readonly understood: TaggedSentencesReport
}

/**
 * Reads sentences with tags: columns as in the CoNLL shared tasks (one token a line, an empty line after each sentence, columns split at
 * tabs or spaces, `-DOCSTART-` lines skipped), and CoNLL-U (words alone: the lines of multi-word tokens and empty nodes are skipped). The
 * format is found by the content. Everything skipped is counted in `understood.notes`, also sentences with a line that lacks its tag or another
 * column: they are left out where tags are required, while they are less than half of a file of columns.
 *
 * Files may be gzipped, `-` is standard input; instead of paths a `textSource` will do, in a page too. Throws `missing-column` with
 * file, line and number of columns, and how many lines are like it; `unknown-name` for a field that does not exist (naming the nearest); `option`; `bad-file` for a broken
 * line of CoNLL-U, and for plain text where tags are not required; `empty-text` where there is no token; and what reading files throws.
 *
 * @example
 * const { sentences, understood } = await readTaggedSentences(['train.conllu'], { field: 'upos' })
 * sentences[0] // { tokens: ['Al', '-', 'Zaman'], tags: ['PROPN', 'PUNCT', 'PROPN'], place: 'train.conllu:5' }
 */
export async function readTaggedSentences(
  paths: readonly string[] | TextSource,
  options: TaggedSentencesOptions = {},
): Promise<TaggedSentences> {
  const { readTagged } = await import('./tagged/read-tagged.js')
  return readTagged(paths, options)
}
