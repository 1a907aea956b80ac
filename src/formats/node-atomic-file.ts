import { randomBytes } from 'node:crypto'
import {
  access,
  chmod,
  constants,
  type FileHandle,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { RepriseError } from '../errors.js'

/** What a write does to its open temporary file; tests put a failing one in its place. */
export interface PieceWriter {
  write(file: FileHandle, piece: Uint8Array): Promise<void>
}

/** Temporary files this process is writing. */
const active = new Set<string>()

/**
 * Puts `pieces` into the file `path`, all or nothing: they go to a temporary file in the same folder, which is flushed to
 * the disk and then takes the name. Whenever power, process or disk fails, `path` has its old content or the new.
 *
 * Throws `cannot-write` with the reason in words; the temporary file is then gone and the old file as it was. Temporary
 * files left by a killed process are removed by the next write to the same path. A link is followed.
 */
export async function writeFileAtomic(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  writer: PieceWriter = plainWriter,
): Promise<void> {
  const { target, mode } = await checkTarget(path)
  const folder = dirname(target)
  await removeLeftovers(folder, basename(target))
  const temporary = join(folder, temporaryName(basename(target)))
  active.add(temporary)
  let file: FileHandle | undefined
  try {
    file = await open(temporary, 'wx', 0o666)
    for await (const piece of pieces) await writer.write(file, piece)
    if (mode !== undefined) await chmod(temporary, mode)
    await file.sync()
    await file.close()
    file = undefined
    await rename(temporary, target)
    await syncFolder(folder)
  } catch (error) {
    await file?.close().catch(() => {})
    await rm(temporary, { force: true }).catch(() => {})
    throw cannotWrite(path, error)
  } finally {
    active.delete(temporary)
  }
}

/**
 * Makes sure, before hours of training, that `path` can be written at their end: its folder is there and takes a new
 * file, and the target is not a directory or write-protected. Leaves nothing behind. Throws `cannot-write`.
 */
export async function checkWritable(path: string): Promise<void> {
  const { target } = await checkTarget(path)
  const probe = join(dirname(target), temporaryName(basename(target)))
  active.add(probe)
  try {
    const file = await open(probe, 'wx')
    await file.close()
  } catch (error) {
    throw cannotWrite(path, error)
  } finally {
    await rm(probe, { force: true }).catch(() => {})
    active.delete(probe)
  }
}

const plainWriter: PieceWriter = {
  async write(file, piece) {
    for (let at = 0; at < piece.length; ) at += (await file.write(piece, at, piece.length - at)).bytesWritten
  },
}

/** The file that will really be written, and its permissions when it exists. */
async function checkTarget(path: string): Promise<{ target: string; mode: number | undefined }> {
  try {
    const folder = await stat(dirname(path))
    if (!folder.isDirectory()) throw refusal(path, `${dirname(path)} is not a folder`)
    const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (info === undefined) {
      if (basename(path) === '' || path.endsWith('/')) throw refusal(path, 'it has no file name')
      return { target: path, mode: undefined }
    }
    if (info.isDirectory()) throw refusal(path, 'it is a directory; give a file name in it')
    if (!info.isFile()) throw refusal(path, 'it is not an ordinary file')
    await access(path, constants.W_OK)
    return { target: await realpath(path), mode: info.mode & 0o7777 }
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

/** `.model.safetensors.1234-5f2a90c1.partial`: hidden, and tells whose it is. */
function temporaryName(name: string): string {
  // File systems limit a name to 255 bytes.
  const stem = Buffer.byteLength(name) > 200 ? randomBytes(8).toString('hex') : name
  return `.${stem}.${process.pid}-${randomBytes(4).toString('hex')}.partial`
}

async function removeLeftovers(folder: string, name: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const candidate of names) {
    if (!candidate.startsWith(`.${name}.`)) continue
    const found = /^(\d+)-[0-9a-f]{8}\.partial$/.exec(candidate.slice(name.length + 2))
    const leftover = join(folder, candidate)
    if (found === null || active.has(leftover) || isOtherLiveProcess(Number(found[1]))) continue
    await rm(leftover, { force: true }).catch(() => {})
  }
}

function isOtherLiveProcess(id: number): boolean {
  if (id === process.pid) return false
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Makes the new name last; some systems cannot flush a folder, and need not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  if (handle === undefined) return
  await handle.sync().catch(() => {})
  await handle.close()
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'you have no permission to write there',
  EPERM: 'you have no permission to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  EFBIG: 'the file is larger than this system allows',
  ENAMETOOLONG: 'the name is too long',
  ENOTDIR: 'part of the path is not a folder',
  EISDIR: 'it is a directory',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
}

function cannotWrite(path: string, error: unknown): unknown {
  if (error instanceof RepriseError) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  const missing = code === 'ENOENT' ? `there is no folder ${dirname(path)}; make it first` : undefined
  return refusal(path, missing ?? reasons[code] ?? message, error)
}

function refusal(path: string, reason: string, cause?: unknown): RepriseError {
  return new RepriseError('cannot-write', `cannot write ${path}: ${reason}.`, { cause })
}

/** Removes a file if it is there, and what killed processes have left of writing it. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
  await removeLeftovers(dirname(path), basename(path))
}
