import { createReadStream } from 'node:fs'
import { access, constants, open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip, gunzipSync } from 'node:zlib'
import { nearest, RepriseError } from '../errors.js'

/** The path that stands for standard input. */
export const standardInput = '-'
const chunkBytes = 1 << 18

/**
 * Makes sure that `path` is a file that can be read. `regular` is false for pipes and devices, which have no size and
 * can be read once.
 */
export async function checkReadable(path: string): Promise<{ size: number; regular: boolean }> {
  try {
    const info = await stat(path)
    if (info.isDirectory()) {
      throw new RepriseError(
        'is-a-directory',
        `${path} is a directory; give the files in it, for example ${path}/*.txt.`,
      )
    }
    await access(path, constants.R_OK)
    return { size: info.size, regular: info.isFile() }
  } catch (error) {
    throw await explain(path, error)
  }
}

/** A whole file, for formats that are read at once, with the same errors as `checkReadable`. Unpacks gzip. */
export async function readWholeFile(path: string): Promise<Uint8Array> {
  try {
    if (path !== standardInput) await checkReadable(path)
    const bytes = path === standardInput ? await readAll(process.stdin) : await readFile(path)
    return isGzip(bytes) ? gunzipSync(bytes) : bytes
  } catch (error) {
    throw await explain(path, error)
  }
}

/** Whether a path is a file that is not packed, in which one can read anywhere. */
export async function isPlainFile(path: string): Promise<boolean> {
  if (path === standardInput || !(await checkReadable(path)).regular) return false
  const file = await open(path)
  try {
    const head = new Uint8Array(2)
    await file.read(head, 0, 2, 0)
    return !isGzip(head)
  } finally {
    await file.close()
  }
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/**
 * The bytes of a file as they are read, unpacked when gzipped; `-` is standard input. Throws `damaged-file`, `cannot-read` while reading.
 */
export async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  const stream =
    path === standardInput ? process.stdin : createReadStream(path, { highWaterMark: chunkBytes })
  try {
    yield* unpacked(stream, path)
  } catch (error) {
    throw await explain(path, error)
  } finally {
    if (path !== standardInput) stream.destroy()
  }
}

/** Unpacks a gzipped stream, and passes any other on. */
async function* unpacked(stream: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]()
  // Standard input may give its first two bytes one by one.
  let head: Uint8Array = new Uint8Array(0)
  while (head.length < 2) {
    const { done, value } = await chunks.next()
    if (done) break
    head = head.length === 0 ? value : Buffer.concat([head, value])
  }
  const rest = async function* (): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  if (!isGzip(head)) {
    if (path.endsWith('.gz')) {
      throw new RepriseError(
        'damaged-file',
        `${path} is named .gz but is not gzipped. Rename it if it is plain text.`,
      )
    }
    yield* rest()
    return
  }
  const packed = Readable.from(rest())
  const gunzip = createGunzip({ chunkSize: chunkBytes })
  packed.on('error', (error) => gunzip.destroy(error))
  try {
    yield* packed.pipe(gunzip) as AsyncIterable<Uint8Array>
  } finally {
    gunzip.destroy()
    packed.destroy()
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

export function nameOf(path: string): string {
  return path === standardInput ? 'standard input' : path
}

/** Turns an error of the system into one that says what to do; our own pass through. */
async function explain(path: string, error: unknown): Promise<unknown> {
  if (error instanceof RepriseError) return error
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException
  const name = nameOf(path)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new RepriseError('file-not-found', `${path}: no such file. ${await suggestion(path)}`, {
      cause: error,
    })
  }
  if (code.startsWith('Z_')) {
    return new RepriseError('damaged-file', `${name} is a damaged gzip file: ${message}. Get it again.`, {
      cause: error,
    })
  }
  const reason = code === 'EACCES' || code === 'EPERM' ? 'you have no permission to read it' : message
  return new RepriseError('cannot-read', `${name} cannot be read: ${reason}.`, { cause: error })
}

async function suggestion(path: string): Promise<string> {
  const folder = dirname(path)
  try {
    const names = await readdir(folder)
    const near = nearest(basename(path), names)
    if (near !== undefined) return `Did you mean ${folder === '.' ? near : `${folder}/${near}`}?`
    return names.length === 0 ? `The folder ${folder} is empty.` : 'Check the name.'
  } catch {
    return `There is no folder ${folder} either.`
  }
}
