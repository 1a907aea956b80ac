import { RepriseError } from '../errors.js'
import {
  checkReadable,
  nameOf,
  readChunks,
  readWholeFile,
  standardInput,
} from '../formats/node-file-stream.js'
import type { TextDocument, TextSource } from './text-source.js'

export { checkReadable, readWholeFile }

/**
 * The files, in order, as text; `-` is standard input. Gzipped ones are recognised by their first bytes.
 *
 * Every path is checked here, before anything is read: throws `file-not-found` (with the nearest name in the folder),
 * `is-a-directory`, `cannot-read`; while reading, `damaged-file` for a broken gzip file and `cannot-read`.
 */
export async function filesSource(paths: readonly string[]): Promise<TextSource> {
  if (paths.length === 0) throw new RepriseError('bad-input', 'no text file given.')
  const stdin = paths.filter((path) => path === standardInput).length
  if (stdin > 1) throw new RepriseError('bad-input', 'standard input (-) can be given only once.')
  let bytes: number | undefined = stdin > 0 ? undefined : 0
  let reopenable = stdin === 0
  for (const path of paths) {
    if (path === standardInput) continue
    const file = await checkReadable(path)
    if (bytes !== undefined) bytes += file.size
    if (!file.regular) {
      reopenable = false
      bytes = undefined
    }
  }
  const name = paths.length === 1 ? nameOf(paths[0]!) : `${paths.length} files`
  return { name, reopenable, bytes, documents: () => openAll(paths) }
}

function* openAll(paths: readonly string[]): Generator<TextDocument> {
  for (const path of paths) yield { name: nameOf(path), chunks: readChunks(path) }
}
