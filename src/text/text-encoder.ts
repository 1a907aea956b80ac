import { IdBuffer } from './id-buffer.js'
import { type NormalizeOptions, TextPipeline } from './normalize.js'
import type { EncodedText, StreamingDecoder, StreamingEncoder, TextStatistics } from './tokenizer.js'

/** Cuts a stream of code points into ids; each tokenizer has its own. */
export interface Segmenter {
  /** Tokens that were not in the vocabulary. */
  readonly unknown: number
  push(block: Uint32Array, length: number, out: IdBuffer): void
  /** Where there is a faster way for bytes that are ASCII: `push` of `bytes[begin, end)`. */
  pushAscii?(bytes: DataView, begin: number, end: number, out: IdBuffer): void
  endDocument(out: IdBuffer): void
}

/** The streaming encoder of every tokenizer that reads characters. */
export class TextEncoding implements StreamingEncoder {
  private readonly out = new IdBuffer()
  private readonly pipeline: TextPipeline
  private tokens = 0

  constructor(
    private readonly segmenter: Segmenter,
    normalize: NormalizeOptions,
    name?: string,
  ) {
    this.pipeline = new TextPipeline(
      (block, length) => segmenter.push(block, length, this.out),
      normalize,
      name,
      segmenter.pushAscii && ((bytes, begin, end) => segmenter.pushAscii?.(bytes, begin, end, this.out)),
    )
  }

  get statistics(): TextStatistics {
    return { tokens: this.tokens, unknown: this.segmenter.unknown, characters: this.pipeline.characters }
  }

  push(chunk: Uint8Array | string): Int32Array {
    this.pipeline.push(chunk)
    return this.take()
  }

  endDocument(nextName?: string): Int32Array {
    this.pipeline.endDocument(nextName)
    this.segmenter.endDocument(this.out)
    return this.take()
  }

  private take(): Int32Array {
    this.tokens += this.out.length
    return this.out.take()
  }
}

/** Runs one text through a streaming encoder. */
export function encodeWhole(encoder: StreamingEncoder, text: string): EncodedText {
  const pieces: Int32Array[] = []
  // In slices, since one growing list for a long text costs more than half of the speed.
  for (let at = 0; at < text.length; at += sliceLength)
    pieces.push(encoder.push(text.slice(at, at + sliceLength)))
  pieces.push(encoder.endDocument())
  return { ids: joinIds(pieces), unknown: encoder.statistics.unknown }
}

const sliceLength = 1 << 17

/** All the pieces, one after the other. */
export function joinIds(pieces: readonly ArrayLike<number>[]): Int32Array {
  let length = 0
  for (const piece of pieces) length += piece.length
  const ids = new Int32Array(length)
  let at = 0
  for (const piece of pieces) {
    ids.set(piece, at)
    at += piece.length
  }
  return ids
}

/** Runs all ids through a streaming decoder. */
export function decodeWhole(decoder: StreamingDecoder, ids: ArrayLike<number>): string {
  let text = ''
  for (let i = 0; i < ids.length; i++) text += decoder.push(ids[i]!)
  return text + decoder.end()
}
