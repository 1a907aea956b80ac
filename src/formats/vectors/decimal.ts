const powers = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent)
/** One more digit stays below 2 ** 53. */
const roomForDigit = 900719925474098

/** Numbers written in decimal, one after the other, without making strings of them. */
export class DecimalReader {
  /** Where the last number ended. */
  at = 0

  /**
   * The number that begins at `from` and ends at a blank, a tab or `end`; NaN when there is none. Rounded to the nearest double, as `Number()`
   * does: digits that fit into 53 bits, divided once by a power of ten that is exact, are; the rare others go through `Number()`.
   */
  read(bytes: Uint8Array, from: number, end: number): number {
    let at = from
    const sign = bytes[at]
    if (sign === minus || sign === plus) at++
    let digits = 0
    let count = 0
    let scale = 0
    let point = false
    let exact = true
    for (; at < end; at++) {
      const byte = bytes[at]!
      if (byte >= zero && byte <= nine) {
        if (digits > roomForDigit) exact = false
        digits = digits * 10 + (byte - zero)
        count++
        if (point) scale++
      } else if (byte === dot && !point) point = true
      else break
    }
    if (count === 0) return Number.NaN
    if (at < end && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
      let exponent = 0
      const down = bytes[++at] === minus
      if (down || bytes[at] === plus) at++
      const begin = at
      for (; at < end && bytes[at]! >= zero && bytes[at]! <= nine; at++) {
        exponent = Math.min(exponent * 10 + (bytes[at]! - zero), 9999)
      }
      if (at === begin) return Number.NaN
      scale += down ? exponent : -exponent
    }
    if (at < end && bytes[at] !== blank && bytes[at] !== tab) return Number.NaN
    this.at = at
    if (!exact || scale > 22 || scale < -22) return Number(latin1(bytes, from, at))
    const value = scale >= 0 ? digits / powers[scale]! : digits * powers[-scale]!
    return sign === minus ? -value : value
  }
}

const [minus, plus, dot, zero, nine, blank, tab] = [0x2d, 0x2b, 0x2e, 0x30, 0x39, 0x20, 0x09]

const latin1 = (bytes: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...bytes.subarray(from, to))
