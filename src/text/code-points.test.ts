import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { CodePointReader, codePointsToString, type Newlines } from './code-points.js'

function read(chunks: readonly (Uint8Array | string)[], newlines: Newlines = 'keep', name?: string): string {
  let text = ''
  const reader = new CodePointReader(
    (block, length) => {
      text += codePointsToString(block, 0, length)
    },
    newlines,
    name,
  )
  for (const chunk of chunks) reader.push(chunk)
  reader.endDocument()
  return text
}

function codeOf(action: () => unknown): { code: string; message: string } {
  try {
    action()
  } catch (error) {
    assert.ok(error instanceof RepriseError, String(error))
    return { code: error.code, message: error.message }
  }
  return { code: 'none', message: '' }
}

function cut<T extends { slice(a: number, b: number): T; length: number }>(
  whole: T,
  places: readonly number[],
): T[] {
  const cuts = [0, ...places.map((p) => p % (whole.length + 1)), whole.length].sort((a, b) => a - b)
  return cuts.slice(1).map((end, i) => whole.slice(cuts[i]!, end))
}

const utf8 = new TextEncoder()
const places = fc.array(fc.nat(200), { maxLength: 6 })
const noNul = fc.string({ unit: 'binary', maxLength: 60 }).map((s) => s.replaceAll('\0', ''))

test('bytes split anywhere read as TextDecoder reads the whole', () => {
  fc.assert(
    fc.property(noNul, places, (text, at) => {
      const bytes = utf8.encode(text)
      assert.equal(read(cut(bytes, at)), new TextDecoder().decode(bytes))
    }),
  )
})

/** Runs of ASCII, longer and shorter than what is copied at once, with what must end them in between. */
const runs = fc
  .array(
    fc.oneof(
      fc.nat(90).map((length) => 'It was a dark\tand stormy night;\n'.repeat(3).slice(0, length)),
      fc.constantFrom('\r\n', '\r', '\u007f', 'é', '€', '😀', '\u0001', '\n\r\r\n'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

test('long runs of ASCII read like the rest, in bytes that begin anywhere in memory', () => {
  const far = fc.array(fc.nat(1000), { maxLength: 4 })
  fc.assert(
    fc.property(
      runs,
      far,
      fc.nat(7),
      fc.constantFrom<Newlines>('lf', 'keep'),
      (text, at, offset, newlines) => {
        const bytes = utf8.encode(text)
        const moved = new Uint8Array(offset + bytes.length).subarray(offset)
        moved.set(bytes)
        const chunks = at.map((place) => place % (moved.length + 1)).sort((a, b) => a - b)
        const parts = [0, ...chunks].map((begin, i) => moved.subarray(begin, chunks[i]))
        const want = newlines === 'lf' ? text.replaceAll('\r\n', '\n') : text
        assert.equal(read(parts, newlines), want)
      },
    ),
  )
})

test('a NUL, and bytes that are no UTF-8, are found at their offset behind any run of ASCII', () => {
  fc.assert(
    fc.property(fc.nat(9000), fc.nat(40), fc.constantFrom(0, 0xff, 0x80, 0xc0), (before, after, bad) => {
      const bytes = new Uint8Array(before + 1 + after).fill(97)
      bytes[before] = bad
      const { code, message } = codeOf(() => read([bytes]))
      assert.equal(code, bad === 0 ? 'binary-text' : 'not-utf8')
      assert.match(message, new RegExp(`offset ${before}\\.`))
    }),
  )
})

test('strings split anywhere, through surrogate pairs too, read as their bytes', () => {
  const units = fc.array(
    fc.oneof(
      fc.constantFrom(0xfeff, 13, 10, 97, 0xd83d, 0xde00, 0xdfff),
      fc.integer({ min: 1, max: 0xffff }),
    ),
  )
  fc.assert(
    fc.property(units, places, fc.constantFrom<Newlines>('lf', 'keep'), (codes, at, newlines) => {
      const text = String.fromCharCode(...codes)
      assert.equal(read(cut(text, at) as string[], newlines), read([utf8.encode(text)], newlines))
    }),
  )
})

test('any bytes: accepted just when TextDecoder accepts them, else the offset of the first bad sequence', () => {
  const bytes = fc.array(
    fc.oneof(
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom(0xef, 0xbb, 0xbf, 0xed, 0xa0, 0xf0, 0x9f, 0x98, 0x80),
    ),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(bytes, places, (values, at) => {
      const whole = Uint8Array.from(values)
      let expected: string | undefined
      try {
        expected = new TextDecoder('utf-8', { fatal: true }).decode(whole)
      } catch {}
      const outcome = codeOf(() => assert.equal(read(cut(whole, at)), expected))
      assert.equal(outcome.code, expected === undefined ? 'not-utf8' : 'none')
      if (expected !== undefined) return
      const offset = Number(/offset (\d+)/.exec(outcome.message)![1])
      new TextDecoder('utf-8', { fatal: true }).decode(whole.subarray(0, offset))
      // With any following bytes in place of the rest, that place stays bad: the sequence itself is at fault.
      assert.notEqual(codeOf(() => read([whole.subarray(offset)])).code, 'none')
    }),
    { numRuns: 500 },
  )
})

test('CR LF becomes LF wherever it is split; a lone CR stays', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('\r', '\n', 'a', 'é') }), places, (text, at) => {
      const expected = text.replaceAll('\r\n', '\n')
      assert.equal(read(cut(utf8.encode(text), at), 'lf'), expected)
      assert.equal(read(cut(text, at) as string[], 'lf'), expected)
      assert.equal(read(cut(text, at) as string[], 'keep'), text)
    }),
  )
})

test('texts longer than a block arrive whole', () => {
  const text = 'aé中😀\r\n'.repeat(30_000)
  assert.equal(read([utf8.encode(text)], 'lf'), text.replaceAll('\r\n', '\n'))
  assert.equal(read([text], 'keep'), text)
})

test('only the first byte order mark of each document is dropped', () => {
  const seen: number[] = []
  const reader = new CodePointReader((block, length) => seen.push(...block.subarray(0, length)))
  reader.push('\ufeff\ufeffa')
  reader.endDocument('second')
  reader.push(Uint8Array.of(0xef))
  reader.push(Uint8Array.of(0xbb, 0xbf, 0x62))
  reader.endDocument()
  assert.deepEqual(seen, [0xfeff, 97, 98])
})

test('what is not text is named, with its document and what it looks like', () => {
  const bad = (bytes: number[]): { code: string; message: string } =>
    codeOf(() => read([Uint8Array.from(bytes)], 'lf', 'a.txt'))
  assert.deepEqual([bad([97, 0xe9, 98]).code, bad([97, 0, 98]).code], ['not-utf8', 'binary-text'])
  assert.match(bad([97, 0xe9, 98]).message, /^a\.txt .*offset 1\..*iconv/)
  assert.match(bad([97, 98, 0]).message, /offset 2/)
  assert.match(bad([0xff, 0xfe, 97, 0]).message, /UTF-16/)
  assert.match(bad([0x1f, 0x8b, 8, 0]).message, /gzip/)
  assert.match(bad([97, 0xe4, 0xb8]).message, /offset 1/)
  assert.equal(codeOf(() => read(['a\0'])).code, 'binary-text')
})
