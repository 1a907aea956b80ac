import { RepriseError } from '../errors.js'
import type { TextStatistics, Tokenizer, TokenizerBuilder } from '../text/tokenizer.js'
import { ByteSpool, type SpoolOptions } from './byte-spool.js'
import type { TextChunk, TextDocument, TextSource } from './text-source.js'
import { TokenStore } from './token-store.js'

export interface EncodedCorpus {
  readonly tokens: TokenStore
  readonly statistics: TextStatistics
}

export interface CorpusOptions extends SpoolOptions {
  readonly signal?: AbortSignal
  /** Called now and then with the bytes (for strings: UTF-16 units) read so far. */
  readonly onProgress?: (read: number) => void
}

/** Encodes a whole source. Throws `empty-text` when it gives no token, and what reading and encoding throw. */
export async function encodeCorpus(
  source: TextSource,
  tokenizer: Tokenizer,
  options: CorpusOptions = {},
): Promise<EncodedCorpus> {
  const encoder = tokenizer.encoder(source.name)
  const tokens = new TokenStore(tokenizer.vocabulary.size, options)
  try {
    await readAll(
      source,
      {
        // In pieces whose ids stay in the processor's cache, and whose memory is used again and again.
        chunk: async (chunk) => {
          for (let at = 0; at < chunk.length; at += pieceLength)
            await tokens.append(encoder.push(part(chunk, at, at + pieceLength)))
        },
        end: (next) => tokens.append(encoder.endDocument(next)),
      },
      options,
    )
    if (tokens.length === 0) throw emptyText(source)
  } catch (error) {
    tokens.close()
    throw error
  }
  return { tokens, statistics: encoder.statistics }
}

/**
 * Reads a source twice: once to build the tokenizer, once to encode. A source that can be read only once is kept, in
 * memory or a temporary file, between the two.
 */
export async function buildCorpus(
  source: TextSource,
  builder: TokenizerBuilder,
  options: CorpusOptions = {},
): Promise<EncodedCorpus & { readonly tokenizer: Tokenizer }> {
  const copy = source.reopenable ? undefined : new SourceCopy(source, options)
  try {
    await readAll(
      source,
      {
        chunk: async (chunk) => {
          builder.push(chunk)
          await copy?.append(chunk)
        },
        end: async (next) => {
          builder.endDocument(next)
          await copy?.endDocument(next)
        },
      },
      options,
    )
    if (builder.characters === 0) throw emptyText(source)
    const tokenizer = builder.build()
    return { tokenizer, ...(await encodeCorpus(copy ?? source, tokenizer, options)) }
  } finally {
    copy?.close()
  }
}

interface Reader {
  chunk(chunk: TextChunk): void | Promise<void>
  end(nextName: string | undefined): void | Promise<void>
}

/** Walks all documents; `end` is called after each, with the name of the next. */
async function readAll(source: TextSource, reader: Reader, options: CorpusOptions): Promise<void> {
  let read = 0
  let first = true
  for await (const document of source.documents()) {
    // Also before the first: an empty document ends here, only to give the name of the one to come.
    if (!first || document.name !== source.name) await reader.end(document.name)
    first = false
    for await (const chunk of document.chunks) {
      options.signal?.throwIfAborted()
      await reader.chunk(chunk)
      read += chunk.length
      options.onProgress?.(read)
    }
  }
  await reader.end(undefined)
}

function emptyText(source: TextSource): RepriseError {
  return new RepriseError('empty-text', `${source.name}: there is no text in it. Give a file with text.`)
}

/** A source that was read once, kept as UTF-8 so that it can be read again. */
class SourceCopy implements TextSource {
  readonly name: string
  readonly reopenable = true
  private readonly spool: ByteSpool
  private readonly ends: { readonly at: number; readonly nextName: string | undefined }[] = []
  private readonly utf8 = new TextEncoder()
  private highSurrogate = ''

  constructor(source: TextSource, options: SpoolOptions) {
    this.name = source.name
    this.spool = new ByteSpool(options)
  }

  get bytes(): number {
    return this.spool.length
  }

  async append(chunk: TextChunk): Promise<void> {
    if (typeof chunk !== 'string') {
      await this.finishPair()
      return this.spool.append(chunk)
    }
    const text = this.highSurrogate + chunk
    const split = /[\ud800-\udbff]$/.test(text)
    this.highSurrogate = split ? text.slice(-1) : ''
    await this.spool.append(this.utf8.encode(split ? text.slice(0, -1) : text))
  }

  async endDocument(nextName: string | undefined): Promise<void> {
    await this.finishPair()
    this.ends.push({ at: this.spool.length, nextName })
  }

  private async finishPair(): Promise<void> {
    if (this.highSurrogate !== '') await this.spool.append(this.utf8.encode(this.highSurrogate))
    this.highSurrogate = ''
  }

  *documents(): Generator<TextDocument> {
    let begin = 0
    let name = this.name
    for (const { at, nextName } of this.ends) {
      yield { name, chunks: this.chunks(begin, at) }
      begin = at
      name = nextName ?? this.name
    }
  }

  close(): void {
    this.spool.close()
  }

  private *chunks(begin: number, end: number): Generator<Uint8Array> {
    for (let at = begin; at < end; at += chunkBytes) {
      const chunk = new Uint8Array(Math.min(chunkBytes, end - at))
      this.spool.read(at, chunk)
      yield chunk
    }
  }
}

const chunkBytes = 1 << 18
const pieceLength = 1 << 15

function part(chunk: TextChunk, begin: number, end: number): TextChunk {
  if (begin === 0 && chunk.length <= end) return chunk
  if (typeof chunk === 'string') return chunk.slice(begin, end)
  return new Uint8Array(chunk.buffer, chunk.byteOffset + begin, Math.min(end, chunk.length) - begin)
}
