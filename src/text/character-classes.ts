/**
 * Classes of code points, frozen so that a saved tokenizer means the same on every JavaScript engine and for ever.
 *
 * Version 1 takes white space, punctuation and symbols (general categories P* and S*) from Unicode 17.
 */
export const characterClassesVersion = 1

/** Unicode White_Space. */
export function isWhiteSpace(codePoint: number): boolean {
  if (codePoint <= 32) return codePoint === 32 || (codePoint >= 9 && codePoint <= 13)
  if (codePoint < 0x85) return false
  return (
    codePoint === 0x85 ||
    codePoint === 0xa0 ||
    codePoint === 0x1680 ||
    (codePoint >= 0x2000 && codePoint <= 0x200a) ||
    codePoint === 0x2028 ||
    codePoint === 0x2029 ||
    codePoint === 0x202f ||
    codePoint === 0x205f ||
    codePoint === 0x3000
  )
}

/** Categories P* (punctuation) and S* (symbols). */
export function isPunctuation(codePoint: number): boolean {
  const [begins, ends] = punctuationRanges()
  let low = 0
  let high = begins.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ends[middle]! <= codePoint) low = middle + 1
    else high = middle
  }
  return low < begins.length && begins[low]! <= codePoint
}

/** ASCII digits. */
export function isDigit(codePoint: number): boolean {
  return codePoint >= 48 && codePoint <= 57
}

/** Han ideographs and Japanese kana: scripts written without spaces, where each character stands for itself. */
export function isIdeograph(codePoint: number): boolean {
  return (
    codePoint >= 0x3041 &&
    (codePoint <= 0x30ff ||
      (codePoint >= 0x3400 && codePoint <= 0x4dbf) ||
      (codePoint >= 0x4e00 && codePoint <= 0x9fff) ||
      (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
      (codePoint >= 0x20000 && codePoint <= 0x3ffff))
  )
}

/** Ranges as `gap` or `gap-length` in base 36; the gap counts from the end of the range before. */
const packedPunctuation =
  'x-f a-7 q-6 q-4 y-9 1-2 1-4 2 1-3 2 3 n v cq-4 c-e 5-7 1 1-h 39 8 5-2 1 32 3v 5z-6 15-2 2-3 1a 1 2 ' +
  '2 18-2 h-a b 1-3 22-4 2u 9 a j-2 1-e 6g-4 4-2 1c-f v 15 63-2 a 3l-2 6-2 1 3c 3d-2 3i 3m-8 3g 7 4 ' +
  '5m 15 3e 22 f a-2 4l-n 2-6 k 1 1 1-4 1z 1k-8 1-6 1-d 33-6 26-2 2j h0-9 13-a 2u h8-2 18-2 26-3 1z-2 ' +
  '4d-3 1-4 10-b 8l 3-2 48-y u-2 3k-7 1-6 4g-2 a-h 9-c 3g-4 1n-5 1q-2 1s-8 b kp 1-3 b-3 d-3 d-3 d-2 ' +
  'h-o 8-1b r-5 b-5 h-y 1q-2 1-4 1-2 a 1-3 5-6 1 1 1 4 b-2 4-5 5-4 1 1m-2 4-ii m-b 29-26 m-hi u-rk ' +
  '2-3u 6d-6 e-4 1-2 34 3z-1b 1-1a y-q 1-2h c-5y q-g 1-4 3-p f 5-2 5-3 2j-2 3 2i 44-2 4-a w-12 9 g-v ' +
  'b-u 8 f-w a-13 f-8w 534-1s h3k-1j 1j-2 7h-3 2r a 37-6 8-n 9-2 2v-2 4d-4 a-4 1m-4 2e-2 14-3 1 1d-2 ' +
  '1b 2p-d g-2 3g-4 n-3 2s-2 g-2 2x e-2 3j fnh 3s-x a3-i 1s-2 1i-8 18-4 g-a m-z 1-j 1-4 45-f a-7 q-6 ' +
  'q-b 3e-7 1-7 d-2 76-3 1g-9 1l-h 2-3 1-d 3 1b-19 bm 1c bi kn v-2 4m v 7k-9 12 20 13-7 1u-7 2h-4 cx ' +
  'v-2 7x y-9 3g-5 18-4 59-7 31-2 1-4 3i-4 1c-2 27-4 4 d 1-3 2g-6 2z 8a-2 1-2 36-5 a-2 1 2w 6y-n 2x-3 ' +
  's-d 24 3m-4 6z 7c-3 4b 2k-8 2b-3 1-5 2l-a 5z 2n-5 16-2 hx-2 22-d 3p-t d vk-5 29o-2 bjv-2 3p 1t-9 ' +
  '4-2 fb-3 87-4 93 f5l 2 31c-6o a-3 3-c4 6-n f-h 2n-38 1o-6u a-13 2-1o 5-3 m-2 7-u 4-1p l-1u 3 56-2f ' +
  'oa p v p v p v p v p 1o-e8 1j-4 1e-8 1-e 1-7 1c3 bz lb ny-2 ng 3 3h ch-2 7i-18 4-2s c-f 2-f 1-f ' +
  '1-11 n-4h 1k-t d-18 4-9 7-2 e-6 4a-rd 3-h 3-d 3-62 6-c 4 f-c 4-1k 8-a 6-14 8-u 2-c 4-2 e-9 13-9k ' +
  '8-e 2-d 3-b 3-1l 1 4-g 2-c 4-a 7-43 1-2k a'

let unpacked: readonly [Uint32Array, Uint32Array] | undefined

function punctuationRanges(): readonly [Uint32Array, Uint32Array] {
  if (unpacked !== undefined) return unpacked
  const ranges = packedPunctuation.split(' ')
  const begins = new Uint32Array(ranges.length)
  const ends = new Uint32Array(ranges.length)
  let position = 0
  ranges.forEach((range, i) => {
    const [gap, length] = range.split('-')
    begins[i] = position + Number.parseInt(gap!, 36)
    ends[i] = position = begins[i]! + (length === undefined ? 1 : Number.parseInt(length, 36))
  })
  unpacked = [begins, ends]
  return unpacked
}
