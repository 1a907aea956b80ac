import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RepriseError } from '../errors.js'

/** All bytes of a file. Throws `file-not-found`, `is-a-directory`, `cannot-read`. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOENT')
      throw new RepriseError('file-not-found', `${path} cannot be read: there is no such file`)
    if (code === 'EISDIR')
      throw new RepriseError('is-a-directory', `${path} is a directory; name the model file`)
    throw new RepriseError('cannot-read', `${path} cannot be read: ${String(error)}`, { cause: error })
  }
}

/** Reads files in the folder of `path` by their names. */
export function besideFile(path: string): (name: string) => Promise<Uint8Array> {
  return (name) => readBytes(join(dirname(path), name))
}
