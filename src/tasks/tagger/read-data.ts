import { readTaggedSentences, type TaggedSentencesReport } from '../../data/tagged-sentences.js'
import { RepriseError } from '../../errors.js'
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
 * Reads tagged sentences with the columns a tagger wants: CoNLL columns or CoNLL-U, gzipped or not. Throws what
 * `readTaggedSentences` throws, and `option` where further columns are asked of standard input, which is read only once.
 */
export async function readTaggerData(
  paths: readonly string[],
  columns: TaggerColumns = {},
): Promise<TaggerFileData> {
  const { column, field, tokenColumn, features = [], requireTags } = columns
  const { sentences, understood } = await readTaggedSentences(paths, {
    column,
    field,
    tokenColumn,
    requireTags,
  })
  if (features.length === 0) return { examples: sentences, understood }
  if (paths.includes('-')) {
    throw new RepriseError(
      'option',
      '`features` reads the data once for each column, which standard input does not allow. Give a file.',
    )
  }
  const further: (readonly (readonly string[])[])[] = []
  for (const feature of features) {
    const read = await readTaggedSentences(paths, { column: feature, tokenColumn })
    further.push(read.sentences.map(({ tags }) => tags))
  }
  const examples = sentences.map((sentence, index) => ({
    ...sentence,
    features: further.map((column) => column[index]!),
  }))
  return { examples, understood }
}
