import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RepriseError } from '../errors.js'
import type { SpoolFile } from './byte-spool.js'

/**
 * A temporary file only this process sees. Its name is removed at once where the system allows that (everywhere but
 * Windows), so that nothing stays behind even when the process is killed.
 */
export function createSpoolFile(folder = tmpdir()): SpoolFile {
  let directory = ''
  let descriptor = -1
  let length = 0
  try {
    directory = mkdtempSync(join(folder, 'reprise-'))
    descriptor = openSync(join(directory, 'spool'), 'wx+', 0o600)
  } catch (error) {
    throw cannotWrite(folder, error)
  }
  const removed = remove(directory)
  return {
    get length() {
      return length
    },
    append(bytes) {
      try {
        for (let at = 0; at < bytes.length; )
          at += writeSync(descriptor, bytes, at, bytes.length - at, length + at)
      } catch (error) {
        throw cannotWrite(folder, error)
      }
      length += bytes.length
    },
    read(begin, target) {
      for (let at = 0; at < target.length; ) {
        const count = readSync(descriptor, target, at, target.length - at, begin + at)
        if (count === 0)
          throw new RepriseError('cannot-read', `the temporary file in ${folder} was cut short.`)
        at += count
      }
    },
    close() {
      closeSync(descriptor)
      if (!removed) remove(directory)
    },
  }
}

function remove(directory: string): boolean {
  try {
    rmSync(directory, { recursive: true })
    return true
  } catch {
    return false
  }
}

function cannotWrite(folder: string, error: unknown): RepriseError {
  const { code, message } = error as NodeJS.ErrnoException
  const reason = code === 'ENOSPC' ? 'the disk is full' : message
  return new RepriseError(
    'cannot-write',
    `the data does not fit in the memory limit, and its temporary file in ${folder} cannot be written: ${reason}. ` +
      'Raise the memory limit, or set TMPDIR to a folder with room.',
    { cause: error },
  )
}
