import { createHash } from 'node:crypto'
import { access, constants, readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { RepriseError } from '../errors.js'
import { download } from './node-download.js'
import { readWholeFile } from './node-files.js'
import { type DatasetPlace, kerasOrigin, type RemoteFile } from './remote-files.js'

/** The raw texts of a data set, by their names in a folder; `.gz` may follow. */
export interface RawNames {
  readonly folder: string
  readonly train: string
  readonly test: string
}

/** What was found: an archive, or the files of the raw texts. */
export type FoundDataset =
  | { readonly archive: string }
  | { readonly train: string; readonly test: string; readonly folder: string }

/**
 * Finds an archive or the raw texts: at `path`; else in the folder REPRISE_DATA names, or its folder of the data set;
 * else in the cache, where the archive is downloaded to when it is not there yet or has another checksum. Files that
 * somebody put at `path` or into REPRISE_DATA are taken as they are.
 */
export async function findDataset(
  place: DatasetPlace,
  file: RemoteFile,
  raw: RawNames,
): Promise<FoundDataset> {
  return search(place, file, async (folder) => {
    const archive = await firstFile([join(folder, file.name), join(folder, raw.folder, file.name)])
    if (archive !== undefined) return { archive }
    for (const inner of [folder, join(folder, raw.folder)]) {
      const [train, test] = await Promise.all(
        [raw.train, raw.test].map((name) => firstFile([join(inner, name), join(inner, `${name}.gz`)])),
      )
      if (train !== undefined && test !== undefined) return { train, test, folder: inner }
    }
    return undefined
  })
}

/** Finds a word index in the same places; `undefined` where there are the raw texts to make it from. */
export async function findWordIndex(
  place: DatasetPlace,
  file: RemoteFile,
  raw: RawNames,
): Promise<FoundDataset> {
  return search(place, file, async (folder) => {
    const names = [folder, join(folder, raw.folder)].flatMap((inner) => [
      join(inner, file.name),
      join(inner, `${file.name}.gz`),
    ])
    const archive = await firstFile(names)
    if (archive !== undefined) return { archive }
    const archiveName = file.name.replace('_word_index.json', '.npz')
    const official = await firstFile([join(folder, archiveName), join(folder, raw.folder, archiveName)])
    // Ranks made from raw texts would not be those of an archive beside them.
    if (official !== undefined) return undefined
    const found = await findDataset({ path: folder }, { ...file, name: archiveName }, raw).catch(
      () => undefined,
    )
    return found
  })
}

async function search(
  place: DatasetPlace,
  file: RemoteFile,
  look: (folder: string) => Promise<FoundDataset | undefined>,
): Promise<FoundDataset> {
  if (place.path !== undefined) {
    const info = await stat(place.path).catch(() => undefined)
    if (info?.isFile()) return { archive: place.path }
    const found = info ? await look(place.path) : undefined
    if (found !== undefined) return found
    const what = info ? `there is no ${file.name} in ${place.path}` : `${place.path}: no such file or folder`
    throw new RepriseError('file-not-found', `${what}. Leave path out to download it.`)
  }
  const own = process.env.REPRISE_DATA
  if (own) {
    const found = await look(own)
    if (found !== undefined) return found
  }
  const writable = own !== undefined && own !== '' && (await canWrite(own))
  const target = join(writable ? own : join(homedir(), '.cache', 'reprise'), file.name)
  if (!(await hasChecksum(target, file))) {
    const origin = place.origin ?? kerasOrigin
    await download(`${origin.replace(/\/?$/, '/')}${file.name}`, target, file, place)
  }
  return { archive: target }
}

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined)
    if (info?.isFile()) return path
  }
  return undefined
}

function canWrite(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
}

async function hasChecksum(path: string, file: RemoteFile): Promise<boolean> {
  const bytes = await readFile(path).catch(() => undefined)
  return bytes !== undefined && createHash(file.hash).update(bytes).digest('hex') === file.checksum
}

/** A whole file as text, unpacked when gzipped. Throws `not-utf8` and what reading throws. */
export async function readText(path: string): Promise<string> {
  const bytes = await readWholeFile(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new RepriseError('not-utf8', `${path} is not UTF-8 text`, { cause })
  }
}

export { readWholeFile }
