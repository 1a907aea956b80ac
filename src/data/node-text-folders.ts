import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { RepriseError } from '../errors.js'
import { compareCodePoints } from '../preprocessing/code-point-order.js'
import { readText } from './node-dataset-files.js'

const readAtOnce = 32

export interface TextIndex {
  readonly paths: readonly string[]
  readonly labels: Int32Array | null
  readonly classNames: readonly string[] | null
}

/** The text files of a folder in Keras's order, with their labels. Throws `file-not-found`, `option`, `shape`. */
export async function indexTexts(
  directory: string,
  labels: 'inferred' | null | readonly number[],
  classNames: readonly string[] | undefined,
): Promise<TextIndex> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause) => {
    throw new RepriseError(
      'file-not-found',
      `${directory}: ${cause.code === 'ENOTDIR' ? 'this is no folder' : 'no such folder'}.`,
      { cause },
    )
  })
  if (labels !== 'inferred') {
    const paths = await textFiles(directory)
    if (labels === null) return { paths, labels: null, classNames: null }
    if (labels.length !== paths.length) {
      throw new RepriseError(
        'shape',
        `${labels.length} labels for the ${paths.length} text files of ${directory}`,
      )
    }
    const distinct = [...new Set(labels)].sort((a, b) => a - b)
    return { paths, labels: Int32Array.from(labels), classNames: distinct.map(String) }
  }
  const folders = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort(compareCodePoints)
  const missing = classNames?.find((name) => !folders.includes(name))
  if (missing !== undefined) {
    throw new RepriseError(
      'option',
      `classNames: ${directory} has no folder "${missing}"; it has ${folders.join(', ')}`,
    )
  }
  const names = classNames ?? folders
  const paths: string[] = []
  const found: number[] = []
  for (const [label, name] of names.entries()) {
    for (const path of await textFiles(join(directory, name))) {
      paths.push(path)
      found.push(label)
    }
  }
  return { paths, labels: Int32Array.from(found), classNames: names }
}

/** Files of a folder and of all folders in it: folders sorted by path, files in each by name. */
async function textFiles(directory: string): Promise<string[]> {
  const folders = new Map<string, string[]>()
  const walk = async (folder: string): Promise<void> => {
    const files: string[] = []
    folders.set(folder, files)
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await walk(join(folder, entry.name))
      else if (/\.txt(\.gz)?$/i.test(entry.name)) files.push(entry.name)
    }
  }
  await walk(directory)
  const sorted = [...folders].sort(([a], [b]) => compareCodePoints(a, b))
  return sorted.flatMap(([folder, files]) => files.sort(compareCodePoints).map((file) => join(folder, file)))
}

/** The contents, in order, cut to `maxLength` characters. Throws `not-utf8` and what reading throws. */
export async function readTexts(paths: readonly string[], maxLength: number | undefined): Promise<string[]> {
  const texts = new Array<string>(paths.length)
  let next = 0
  const worker = async () => {
    while (next < paths.length) {
      const place = next++
      const text = await readText(paths[place]!)
      texts[place] =
        maxLength === undefined || text.length <= maxLength ? text : [...text].slice(0, maxLength).join('')
    }
  }
  await Promise.all(Array.from({ length: readAtOnce }, worker))
  return texts
}
