import type { TokenSequence } from './token-store.js'

/**
 * A text read from its end to its beginning. With `lineEndId` each line is reversed before its line end: `a b <eos> c <eos>`
 * is read as `c <eos> b a <eos>`.
 */
export function reversedTokens(tokens: TokenSequence, lineEndId: number | undefined): TokenSequence {
  const { length } = tokens
  /** Tokens at the end that stay there. */
  const kept = lineEndId === undefined ? 0 : 1
  return {
    length,
    read(begin, count, target, offset = 0) {
      if (!(begin >= 0) || !(count >= 0) || begin + count > length) {
        throw new RangeError(`read tokens [${begin}, ${begin + count}) of ${length}`)
      }
      const last = length - kept
      const turned = Math.max(0, Math.min(begin + count, last) - begin)
      if (turned > 0) {
        tokens.read(last - begin - turned, turned, target, offset)
        target.subarray(offset, offset + turned).reverse()
      }
      if (turned < count) tokens.read(begin + turned, count - turned, target, offset + turned)
    },
  }
}

/** The same for the ids of one text. */
export function reversedIds(ids: Int32Array, lineEndId: number | undefined): Int32Array {
  const turned = ids.slice()
  const kept = lineEndId !== undefined && ids.at(-1) === lineEndId ? 1 : 0
  turned.subarray(0, turned.length - kept).reverse()
  return turned
}
