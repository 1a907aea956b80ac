import { damagedModel } from './model-parts.js'

/** A text and its answer (label, set of labels, tags) as they are compared: `answer` is any string, the same for the same. */
export interface TextWithAnswer {
  readonly text: string
  readonly answer: string
}

/** What a model file has of them. */
export interface SavedSeenTexts {
  /** Different pairs of text and answer there were. */
  readonly texts: number
  /** Eight bytes each of those kept, in base64: smallest first, little-endian; the upper 48 bits are of the text. */
  readonly hashes: string
}

/** Where a text was seen: nowhere, with the same answer, or only with another one. */
export type Sighting = 'new' | 'same' | 'other'

/** Texts that differ in white space alone are the same. */
export const sameText = (text: string): string => text.trim().replace(/\s+/g, ' ')

/** Of more than a million pairs those with the smallest hashes are kept: 8 MB. */
const mostKept = 1_000_000
const answerBits = 16n

/**
 * Remembers which texts a model was trained on, as hashes: 48 bits of the text, white space aside, and 16 of its answer. A
 * text that was not there is taken for one of a million others with a chance of 4 in a billion. The texts cannot be read
 * back, but whoever has a text can ask whether it was there.
 *
 * ```ts
 * const seen = SeenTexts.of([{ text: 'buy  now', answer: 'spam' }])
 * seen.find('buy now ', 'spam') // 'same'
 * seen.find('buy now', 'ham') // 'other'
 * seen.find('hello', 'ham') // 'new'
 * ```
 */
export class SeenTexts {
  private constructor(
    /** Ascending, without repetition. */
    private readonly hashes: BigUint64Array,
    /** Different pairs of text and answer there were. */
    readonly texts: number,
  ) {}

  /** Texts without a character are left out. */
  static of(items: Iterable<TextWithAnswer>, most = mostKept): SeenTexts {
    const found: bigint[] = []
    for (const { text, answer } of items) {
      const same = sameText(text)
      if (same !== '') found.push(hashOf(same, answer))
    }
    const sorted = BigUint64Array.from(found).sort()
    let distinct = 0
    for (const hash of sorted) if (distinct === 0 || sorted[distinct - 1] !== hash) sorted[distinct++] = hash
    return new SeenTexts(sorted.slice(0, Math.min(distinct, most)), distinct)
  }

  /** How many pairs are remembered. */
  get kept(): number {
    return this.hashes.length
  }

  find(text: string, answer: string): Sighting {
    const same = sameText(text)
    if (same === '') return 'new'
    const hash = hashOf(same, answer)
    const ofText = hash >> answerBits
    let other = false
    for (let k = this.firstAtLeast(ofText << answerBits); k < this.hashes.length; k++) {
      if (this.hashes[k]! >> answerBits !== ofText) break
      if (this.hashes[k] === hash) return 'same'
      other = true
    }
    return other ? 'other' : 'new'
  }

  private firstAtLeast(hash: bigint): number {
    let [low, high] = [0, this.hashes.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.hashes[middle]! < hash) low = middle + 1
      else high = middle
    }
    return low
  }

  /** For the description in a model file. */
  toJSON(): SavedSeenTexts {
    const { buffer, byteOffset, byteLength } = this.hashes
    const bytes = new Uint8Array(buffer, byteOffset, byteLength)
    return { texts: this.texts, hashes: toBase64(bytes) }
  }

  /** From the description in the model file `name`; undefined where an older version wrote none. Throws `damaged-file`. */
  static fromJSON(saved: unknown, name: string): SeenTexts | undefined {
    if (saved === undefined) return undefined
    const { texts, hashes } = (saved ?? {}) as Readonly<Record<string, unknown>>
    const bytes = typeof hashes === 'string' ? fromBase64(hashes) : undefined
    const isCount = Number.isSafeInteger(texts) && bytes && 8 * (texts as number) >= bytes.length
    if (!bytes || !isCount || bytes.length % 8 !== 0)
      throw damagedModel(name, 'its list of training texts is not one')
    // Like the tensors beside it, in the byte order of every machine there is.
    const numbers = new BigUint64Array(bytes.buffer)
    for (let k = 1; k < numbers.length; k++) {
      if (numbers[k - 1]! >= numbers[k]!)
        throw damagedModel(name, 'its list of training texts is out of order')
    }
    return new SeenTexts(numbers, texts as number)
  }
}

/** 48 bits of the text, then 16 of the answer. */
function hashOf(text: string, answer: string): bigint {
  const [high, low] = hash64(text)
  const [ofAnswer] = hash64(answer)
  return (BigInt(high) << 32n) | (BigInt(low & 0xffff) << answerBits) | BigInt(ofAnswer & 0xffff)
}

/** Two FNV-like sums over UTF-16 units, whose bits are then spread over each other. */
function hash64(text: string): readonly [high: number, low: number] {
  let high = 0x811c9dc5
  let low = 0x9747b28c
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k)
    high = Math.imul(high ^ code, 0x01000193)
    low = Math.imul(low ^ code, 0x5bd1e995)
    low ^= low >>> 15
  }
  high = spread(high ^ text.length)
  low = spread(low ^ high)
  return [spread(high ^ low) >>> 0, low >>> 0]
}

function spread(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}

const chunk = 0x8000

function toBase64(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += chunk)
    parts.push(String.fromCharCode(...bytes.subarray(at, at + chunk)))
  return btoa(parts.join(''))
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const letters = atob(text)
    const bytes = new Uint8Array(letters.length)
    for (let k = 0; k < bytes.length; k++) bytes[k] = letters.charCodeAt(k)
    return bytes
  } catch {
    return undefined
  }
}
