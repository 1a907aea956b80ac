import { RepriseError } from '../errors.js'
import { type TokenSequence, tokenView } from './token-store.js'

export interface HeldOutSplit {
  readonly train: TokenSequence
  readonly heldOut: TokenSequence
}

/**
 * Splits off the last `fraction` of the tokens, `heldOut.length ≈ fraction · length`.
 *
 * With `lineEndId` (words) the cut comes after the nearest line end at or before that place, or the first one behind
 * it. Throws `too-short` when either part would be empty, as for a text of one line.
 */
export function splitHeldOut(tokens: TokenSequence, fraction: number, lineEndId?: number): HeldOutSplit {
  if (!(fraction > 0 && fraction < 1)) {
    throw new RepriseError('option', `held-out fraction must be between 0 and 1, got ${fraction}.`)
  }
  const wanted = tokens.length - Math.round(tokens.length * fraction)
  const cut = lineEndId === undefined ? wanted : lineCut(tokens, wanted, lineEndId)
  if (cut <= 0 || cut >= tokens.length) {
    const what = lineEndId === undefined ? `${tokens.length} tokens` : 'its lines'
    throw new RepriseError(
      'too-short',
      `the text is too short to hold out ${fraction} of it (${what}). Give more text, or a validation file.`,
    )
  }
  return { train: tokenView(tokens, 0, cut), heldOut: tokenView(tokens, cut, tokens.length) }
}

const blockLength = 4096

/** The nearest place up to `wanted` that follows a line end, else the first behind it, else 0. */
function lineCut(tokens: TokenSequence, wanted: number, lineEndId: number): number {
  const block = new Int32Array(blockLength)
  for (let end = wanted; end > 0; end -= blockLength) {
    const begin = Math.max(0, end - blockLength)
    tokens.read(begin, end - begin, block)
    const found = block.subarray(0, end - begin).lastIndexOf(lineEndId)
    if (found >= 0) return begin + found + 1
  }
  for (let begin = wanted; begin < tokens.length; begin += blockLength) {
    const count = Math.min(blockLength, tokens.length - begin)
    tokens.read(begin, count, block)
    const found = block.subarray(0, count).indexOf(lineEndId)
    if (found >= 0) return begin + found + 1
  }
  return 0
}
