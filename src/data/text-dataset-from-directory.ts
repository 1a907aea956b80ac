import type { TextDirectoryOptions } from './node-text-dataset.js'
import type { TextDataset } from './text-dataset.js'

export type { TextDirectoryOptions }

/**
 * Texts of a folder with one folder per class, as Keras's `text_dataset_from_directory`: files `.txt` (and `.txt.gz`), in
 * folders within folders too, labelled by the place of their folder among the sorted names. Shuffled and split as Keras
 * does with the same seed, so that the same files land in the validation part. `subset: 'both'` gives both parts.
 *
 * All texts are held in memory. Throws `option`, `unknown-name`, `file-not-found`, `not-utf8`, `shape` for a list of
 * labels of another length. Needs Node.
 *
 * @example
 * const train = await textDatasetFromDirectory('aclImdb/train', { classNames: ['neg', 'pos'], labelMode: 'binary' })
 * for (const [texts, labels] of train) console.log(texts.length, labels.shape) // 32 [32, 1]
 */
export async function textDatasetFromDirectory(
  directory: string,
  options: TextDirectoryOptions & { readonly subset: 'both' },
): Promise<[training: TextDataset, validation: TextDataset]>
export async function textDatasetFromDirectory(
  directory: string,
  options?: TextDirectoryOptions,
): Promise<TextDataset>
export async function textDatasetFromDirectory(
  directory: string,
  options: TextDirectoryOptions = {},
): Promise<TextDataset | [TextDataset, TextDataset]> {
  // A page, which has no folders, does not load this.
  const { readTextDataset } = await import('./node-text-dataset.js')
  return readTextDataset(directory, options)
}
