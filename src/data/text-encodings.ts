import { RepriseError, unknownName } from '../errors.js'

/** Names to offer; any other label that `TextDecoder` knows is taken as well. */
const common = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'iso-8859-15',
  'windows-1251',
  'koi8-r',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
  'euc-kr',
]

/** A decoder for an encoding someone named. Throws `unknown-name`. */
export function namedDecoder(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding)
  } catch {
    throw unknownName('encoding', encoding, common)
  }
}

/**
 * The encoding of a text by its first bytes: by a byte order mark, else UTF-16 by its many zero bytes, else UTF-8 (to be given up line by line
 * where it does not hold). Throws `binary-text` for what is no text.
 */
export function detectEncoding(head: Uint8Array, name: string): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const zeros = [0, 0]
  for (let i = 0; i < head.length; i++) if (head[i] === 0) zeros[i & 1]!++
  const [even, odd] = zeros as [number, number]
  if (even + odd === 0) return 'utf-8'
  // Text of Latin letters in UTF-16 has a zero in nearly every pair; other scripts have them in spaces and line ends.
  const pairs = head.length / 2
  if (odd > pairs / 20 && even < odd / 20) return 'utf-16le'
  if (even > pairs / 20 && odd < even / 20) return 'utf-16be'
  const zip = head[0] === 0x50 && head[1] === 0x4b
  throw new RepriseError(
    'binary-text',
    zip
      ? `${name} is a zip archive or a spreadsheet, not text. Unpack it, or save the table as CSV.`
      : `${name} has NULs, so it is not text. Give a text file, or name its encoding if it is one.`,
  )
}

const c1 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

const western = new TextDecoder('windows-1252')

/** Bytes of Windows's Western code page, which has a character for each. Some releases of Node decode it as Latin-1; that is set right here. */
export function decodeWindows1252(bytes: Uint8Array): string {
  return western.decode(bytes).replace(/[\u0080-\u009f]/g, (character) => c1[character.charCodeAt(0) - 0x80]!)
}
