import { ByteSpool, type SpoolOptions } from './byte-spool.js'

/** Ids that can be read anywhere. */
export interface TokenSequence {
  readonly length: number
  /** Copies ids `begin … begin + count − 1` to `target[offset …]`. Throws `RangeError` outside the sequence. */
  read(begin: number, count: number, target: Int32Array, offset?: number): void
}

/** An encoded corpus with 1, 2 or 4 bytes a token, as the vocabulary needs; a large one lies in a temporary file. */
export class TokenStore implements TokenSequence {
  length = 0
  /** Bytes per token. */
  readonly width: 1 | 2 | 4
  private readonly spool: ByteSpool
  private scratch: IdArray

  constructor(vocabularySize: number, options: SpoolOptions = {}) {
    this.width = vocabularySize <= 1 << 8 ? 1 : vocabularySize <= 1 << 16 ? 2 : 4
    this.spool = new ByteSpool(options)
    this.scratch = this.newArray(1 << 12)
  }

  /** Whether the tokens are in a temporary file. */
  get spilled(): boolean {
    return this.spool.spilled
  }

  /** Bytes of memory held. */
  get memory(): number {
    return this.spool.memory
  }

  async append(ids: Int32Array): Promise<void> {
    const part = this.scratchFor(ids.length)
    part.set(ids)
    await this.spool.append(bytesOf(part))
    this.length += ids.length
  }

  read(begin: number, count: number, target: Int32Array, offset = 0): void {
    if (!(begin >= 0) || !(count >= 0) || begin + count > this.length) {
      throw new RangeError(`read tokens [${begin}, ${begin + count}) of ${this.length}`)
    }
    const part = this.scratchFor(count)
    this.spool.read(begin * this.width, bytesOf(part))
    target.set(part, offset)
  }

  /** A copy of the ids `begin … end − 1`. */
  slice(begin = 0, end = this.length): Int32Array {
    const ids = new Int32Array(end - begin)
    this.read(begin, ids.length, ids)
    return ids
  }

  /** Frees the memory and the temporary file. */
  close(): void {
    this.spool.close()
  }

  private scratchFor(count: number): IdArray {
    if (count > this.scratch.length) this.scratch = this.newArray(Math.max(count, this.scratch.length * 2))
    return this.scratch.subarray(0, count)
  }

  private newArray(count: number): IdArray {
    return this.width === 1
      ? new Uint8Array(count)
      : this.width === 2
        ? new Uint16Array(count)
        : new Int32Array(count)
  }
}

type IdArray = Uint8Array | Uint16Array | Int32Array

function bytesOf(ids: IdArray): Uint8Array {
  return new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength)
}

/** Ids in memory as a sequence. */
export function tokenSequence(ids: Int32Array): TokenSequence {
  return {
    length: ids.length,
    read(begin, count, target, offset = 0) {
      if (!(begin >= 0) || !(count >= 0) || begin + count > ids.length) {
        throw new RangeError(`read tokens [${begin}, ${begin + count}) of ${ids.length}`)
      }
      target.set(ids.subarray(begin, begin + count), offset)
    },
  }
}

/** The part `[begin, end)` of a sequence, without a copy. */
export function tokenView(tokens: TokenSequence, begin: number, end: number): TokenSequence {
  if (!(begin >= 0) || begin > end || end > tokens.length) {
    throw new RangeError(`view of tokens [${begin}, ${end}) of ${tokens.length}`)
  }
  return {
    length: end - begin,
    read(from, count, target, offset) {
      if (!(from >= 0) || !(count >= 0) || from + count > end - begin) {
        throw new RangeError(`read tokens [${from}, ${from + count}) of ${end - begin}`)
      }
      tokens.read(begin + from, count, target, offset)
    },
  }
}
