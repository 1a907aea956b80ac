import { RepriseError } from '../errors.js'

/** An archive that is damaged or means harm. */
export function badArchive(name: string, reason: string, cause?: unknown): RepriseError {
  return new RepriseError('bad-archive', `${name} is not a sound zip archive: ${reason}. Get it again.`, {
    cause,
  })
}

/** A file that is not of its format, is cut short, or contradicts itself. */
export function badFile(name: string, reason: string, cause?: unknown): RepriseError {
  return new RepriseError('bad-file', `${name}: ${reason}.`, { cause })
}
