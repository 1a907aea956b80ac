import { readTaggedSentences, type TaggedSentencesReport } from '../../data/tagged-sentences.js'
import type { TaggerExample } from './vocabulary.js'

/** Which columns of a file are read; the names are those of the settings. */
export interface TaggerColumns {
  readonly column?: number | undefined
  readonly field?: string | undefined
  readonly tokenColumn?: number | undefined
  readonly features?: readonly number[] | undefined
  /** False: sentences without tags are read too. True by default. */
  readonly requireTags?: boolean | undefined
}

export interface TaggerFileData {
  readonly examples: readonly TaggerExample[]
  /** What was understood of the files, to be shown. */
  readonly understood: TaggedSentencesReport
}

/**
 * Reads tagged sentences with the columns a tagger wants: CoNLL columns or CoNLL-U, gzipped or not, `-` for standard input.
 * Throws what `readTaggedSentences` throws.
 */
export async function readTaggerData(
  paths: readonly string[],
  columns: TaggerColumns = {},
): Promise<TaggerFileData> {
  const { column, field, tokenColumn, features, requireTags } = columns
  const options = { column, field, tokenColumn, features, requireTags }
  const { sentences, understood } = await readTaggedSentences(paths, options)
  return { examples: sentences, understood }
}
