import type { IdBuffer } from './id-buffer.js'
import { expectOneOf, expectRecord, expectStrings } from './json-checks.js'
import { checkNormalizeOptions, type NormalizeOptions, TextPipeline } from './normalize.js'
import { decodeWhole, encodeWhole, joinIds, type Segmenter, TextEncoding } from './text-encoder.js'
import type {
  EncodedText,
  StreamingDecoder,
  StreamingEncoder,
  TextStatistics,
  Tokenizer,
  TokenizerBuilder,
  TokenizerJSON,
} from './tokenizer.js'
import { Vocabulary } from './vocabulary.js'

export interface ByteTokenizerOptions {
  /** Default: nothing. Any option makes the input UTF-8 text; without one it may be any bytes. */
  readonly normalize?: NormalizeOptions
  /** Tokens after the 256 bytes, for example `<eos>`. Default none. */
  readonly specials?: readonly string[]
}

const byteNames = Array.from(
  { length: 256 },
  (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`,
)

/**
 * Each byte is a token and its own id; specials follow from 256. Reads exactly the bytes of a file: no byte order mark
 * is dropped, no line end changed, and neither NUL nor bad UTF-8 is an error, unless normalising is asked for.
 */
export class ByteTokenizer implements Tokenizer {
  readonly kind = 'byte'
  readonly lineEndId = undefined
  readonly vocabulary: Vocabulary
  readonly normalize: NormalizeOptions

  constructor({ normalize = {}, specials = [] }: ByteTokenizerOptions = {}) {
    this.vocabulary = new Vocabulary([...byteNames, ...specials], specials)
    this.normalize = checkNormalizeOptions(normalize)
  }

  encode(text: string): Int32Array {
    return this.encodeWithCounts(text).ids
  }

  encodeWithCounts(text: string): EncodedText {
    return encodeWhole(this.encoder(), text)
  }

  encodeLine(line: string): Int32Array {
    const ids = this.encode(line)
    const { endId } = this.vocabulary
    return endId === undefined ? ids : joinIds([ids, [endId]])
  }

  encodePrompt(text: string): Int32Array {
    return this.encode(text)
  }

  decode(ids: ArrayLike<number>): string {
    return decodeWhole(this.decoder(), ids)
  }

  encoder(name?: string): StreamingEncoder {
    if (!isActive(this.normalize)) return new ByteEncoding()
    return new TextEncoding(new Utf8Segmenter(), { newlines: 'keep', ...this.normalize }, name)
  }

  /** Bytes are put together as UTF-8; what is not UTF-8, and specials but `<eos>` (a line end), is U+FFFD. */
  decoder(): StreamingDecoder {
    const { vocabulary } = this
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    const one = new Uint8Array(1)
    return {
      push: (id) => {
        if (!Number.isInteger(id) || id < 0 || id > 255) {
          vocabulary.tokenOf(id)
          return decoder.decode() + (id === vocabulary.endId ? '\n' : '\ufffd')
        }
        one[0] = id
        return decoder.decode(one, { stream: true })
      },
      end: () => decoder.decode(),
    }
  }

  toJSON(): TokenizerJSON {
    return { kind: this.kind, version: 1, normalize: this.normalize, specials: this.vocabulary.specials }
  }

  static fromJSON(value: unknown): ByteTokenizer {
    const json = expectRecord(value, 'tokenizer')
    expectOneOf(json.version, [1], 'version')
    const normalize = checkNormalizeOptions(json.normalize)
    return new ByteTokenizer({ normalize, specials: expectStrings(json.specials, 'specials') })
  }

  /** There is nothing to learn, but text to be normalised is read once to find what is wrong with it. */
  static builder(options: ByteTokenizerOptions = {}, name?: string): TokenizerBuilder {
    const tokenizer = new ByteTokenizer(options)
    const { normalize } = tokenizer
    if (isActive(normalize)) {
      const pipeline = new TextPipeline(() => {}, normalize, name)
      return {
        get characters() {
          return pipeline.characters
        },
        push: (chunk) => pipeline.push(chunk),
        endDocument: (next) => pipeline.endDocument(next),
        build: () => tokenizer,
      }
    }
    const encoder = new ByteEncoding()
    return {
      get characters() {
        return encoder.statistics.characters
      },
      push: (chunk) => void encoder.push(chunk),
      endDocument: () => void encoder.endDocument(),
      build: () => tokenizer,
    }
  }
}

function isActive(normalize: NormalizeOptions): boolean {
  const { unicode, lowercase, stripAccents, collapseWhiteSpace, newlines } = normalize
  return Boolean(unicode ?? (lowercase || stripAccents || collapseWhiteSpace)) || newlines === 'lf'
}

/** Bytes as they are; strings as their UTF-8. */
class ByteEncoding implements StreamingEncoder {
  private tokens = 0
  private characters = 0
  private highSurrogate = ''
  private readonly utf8 = new TextEncoder()

  get statistics(): TextStatistics {
    return { tokens: this.tokens, unknown: 0, characters: this.characters }
  }

  push(chunk: Uint8Array | string): Int32Array {
    if (typeof chunk !== 'string') {
      const lone = this.highSurrogate
      this.highSurrogate = ''
      return lone === ''
        ? this.count(chunk)
        : joinIds([this.count(this.utf8.encode(lone)), this.count(chunk)])
    }
    const text = this.highSurrogate + chunk
    const last = text.charCodeAt(text.length - 1)
    const split = last >= 0xd800 && last <= 0xdbff
    this.highSurrogate = split ? text.slice(-1) : ''
    return this.count(this.utf8.encode(split ? text.slice(0, -1) : text))
  }

  endDocument(): Int32Array {
    return this.push(new Uint8Array(0))
  }

  private count(bytes: Uint8Array): Int32Array {
    const ids = new Int32Array(bytes.length)
    let starts = 0
    for (let i = 0; i < bytes.length; i++) {
      const b = bytes[i]!
      ids[i] = b
      starts += (b & 0xc0) === 0x80 ? 0 : 1
    }
    this.tokens += bytes.length
    this.characters += starts
    return ids
  }
}

/** Code points to UTF-8 bytes. */
class Utf8Segmenter implements Segmenter {
  readonly unknown = 0

  push(block: Uint32Array, length: number, out: IdBuffer): void {
    out.reserve(length * 4)
    const { data } = out
    let n = out.length
    for (let i = 0; i < length; i++) {
      const c = block[i]!
      if (c < 0x80) data[n++] = c
      else {
        if (c < 0x800) data[n++] = 0xc0 | (c >> 6)
        else {
          if (c < 0x10000) data[n++] = 0xe0 | (c >> 12)
          else {
            data[n++] = 0xf0 | (c >> 18)
            data[n++] = 0x80 | ((c >> 12) & 0x3f)
          }
          data[n++] = 0x80 | ((c >> 6) & 0x3f)
        }
        data[n++] = 0x80 | (c & 0x3f)
      }
    }
    out.length = n
  }

  endDocument(): void {}
}
