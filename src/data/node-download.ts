import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RepriseError } from '../errors.js'
import { writeFileAtomic } from '../formats/node-atomic-file.js'
import type { DatasetPlace, RemoteFile } from './remote-files.js'

/**
 * Gets `url` into `target`, all or nothing: the file takes its name only when it is whole and has the checksum. Throws
 * `download-failed`, `checksum`, `cannot-write`.
 */
export async function download(
  url: string,
  target: string,
  file: RemoteFile,
  { onProgress, verbose = true, signal }: DatasetPlace,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true }).catch((cause) => {
    throw new RepriseError('cannot-write', `cannot make the folder ${dirname(target)}: ${cause.message}.`, {
      cause,
    })
  })
  const bar = verbose && process.stderr.isTTY ? drawBar(file.name) : undefined
  const hash = createHash(file.hash)
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    const { body, total } = await open(url, file, signal)
    let received = 0
    try {
      for await (const piece of body) {
        received += piece.length
        if (received > file.mostBytes) throw failed(url, file, `it is larger than ${file.mostBytes} bytes`)
        hash.update(piece)
        onProgress?.(received, total)
        bar?.(received, total)
        yield piece
      }
    } catch (error) {
      if (error instanceof RepriseError || signal?.aborted) throw error
      throw failed(url, file, `the connection broke after ${received} bytes`, error)
    }
    const found = hash.digest('hex')
    if (found === file.checksum) return
    throw new RepriseError(
      'checksum',
      `${url} has ${file.hash} ${found}, expected ${file.checksum}: it was changed or damaged on the way, and is not kept. Try again.`,
    )
  }
  try {
    await writeFileAtomic(target, pieces())
  } catch (error) {
    throw signal?.aborted ? signal.reason : error
  } finally {
    if (bar) process.stderr.write('\n')
  }
}

async function open(url: string, file: RemoteFile, signal: AbortSignal | undefined) {
  const response = await fetch(url, signal ? { signal } : {}).catch((cause: Error) => {
    if (signal?.aborted) throw cause
    const reason = (cause.cause as Error | undefined)?.message ?? cause.message
    throw failed(url, file, reason, cause)
  })
  if (!response.ok || response.body === null) {
    throw failed(url, file, `the server answers ${response.status} ${response.statusText}`.trim())
  }
  const length = Number(response.headers.get('content-length'))
  return {
    body: response.body as unknown as AsyncIterable<Uint8Array>,
    total: length > 0 ? length : undefined,
  }
}

function failed(url: string, file: RemoteFile, reason: string, cause?: unknown): RepriseError {
  return new RepriseError(
    'download-failed',
    `cannot download ${url}: ${reason}. Without a network, get ${file.name} elsewhere and name its folder with path or REPRISE_DATA.`,
    { cause },
  )
}

function drawBar(name: string): (received: number, total: number | undefined) => void {
  const width = 30
  const millions = (bytes: number) => (bytes / 1e6).toFixed(1)
  return (received, total) => {
    const filled = total ? Math.round((received / total) * width) : 0
    const bar = total ? `[${'='.repeat(filled)}${' '.repeat(Math.max(0, width - filled))}] ` : ''
    process.stderr.write(`\r${name} ${bar}${millions(received)}${total ? `/${millions(total)}` : ''} MB`)
  }
}
