const encoder = new TextEncoder()

/** Settings of a fastText model that decide of which parts a word is made. */
export interface SubwordSettings {
  /** Shortest and longest part, in characters. None when `longest` is 0. */
  readonly shortest: number
  readonly longest: number
  /** Parts share so many vectors, by their hash. */
  readonly buckets: number
}

/** FNV-1a in 32 bits over bytes that are signed, as in fastText's program. */
export function subwordHash(bytes: Uint8Array): number {
  let hash = 2166136261
  for (const byte of bytes) hash = Math.imul(hash ^ ((byte << 24) >> 24), 16777619)
  return hash >>> 0
}

/**
 * The buckets of all parts of `<word>` with `shortest` to `longest` characters (of UTF-8), in fastText's order; the marks at the ends alone are
 * no parts.
 */
export function subwordBuckets(word: string, { shortest, longest, buckets }: SubwordSettings): number[] {
  const bytes = encoder.encode(`<${word}>`)
  const found: number[] = []
  const isInner = (at: number) => (bytes[at]! & 0xc0) === 0x80
  for (let begin = 0; begin < bytes.length; begin++) {
    if (isInner(begin)) continue
    let end = begin
    for (let length = 1; end < bytes.length && length <= longest; length++) {
      end++
      while (end < bytes.length && isInner(end)) end++
      const isMark = length === 1 && (begin === 0 || end === bytes.length)
      if (length >= shortest && !isMark) found.push(subwordHash(bytes.subarray(begin, end)) % buckets)
    }
  }
  return found
}
