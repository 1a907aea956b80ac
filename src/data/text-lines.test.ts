import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Notes } from '../formats/notes.js'
import { decodeWindows1252 } from './text-encodings.js'
import { allLines, oddLines, TextLines } from './text-lines.js'

/** Bytes in pieces of a few, so that every place is a border of one. */
function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) parts.push(bytes.subarray(at, at + size))
  return parts
}

async function read(chunks: readonly (Uint8Array | string)[], encoding?: string) {
  const notes = new Notes()
  const lines = new TextLines({ name: 'f', chunks }, notes, encoding)
  return { lines: await allLines(lines), encoding: lines.encoding, notes: notes.list() }
}

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16()

test('lines, however the bytes are cut, in every encoding', async () => {
  const line = fc
    .string({ unit: 'binary', maxLength: 12 })
    .map((text) => text.replace(/[\r\n\0\ufeff\ufffd]/g, ' '))
  const latin = fc.string({ unit: 'grapheme-ascii', maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(line, latin), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      async (written, size, end, ended) => {
        if (!ended && written.at(-1) === '') written.push('x')
        const text = written.join(end) + (ended ? end : '')
        for (const [bytes, encoding] of [
          [Buffer.from(text), 'utf-8'],
          [Buffer.from(`\ufeff${text}`), 'utf-8'],
          [Buffer.from(`\ufeff${text}`, 'utf16le'), 'utf-16le'],
          [utf16be(`\ufeff${text}`), 'utf-16be'],
        ] as const) {
          const found = await read(pieces(bytes, size))
          assert.deepEqual(found.lines, written, encoding)
          assert.equal(found.encoding, encoding)
        }
        assert.deepEqual((await read([text])).lines, written)
      },
    ),
    { numRuns: 300 },
  )
})

test('UTF-16 is known without a mark', async () => {
  const text = 'label,text\nham,Guten Tag, schöne Grüße — ok\n'.repeat(20)
  for (const bytes of [Buffer.from(text, 'utf16le'), utf16be(text)]) {
    const { lines, encoding } = await read(pieces(bytes, 64))
    assert.equal(lines.join('\n'), text.trimEnd())
    assert.match(encoding, /utf-16/)
  }
})

test('lines that are not UTF-8 are windows-1252, and counted among good ones', async () => {
  const odd = Buffer.from([0x93, 0x63, 0x61, 0x66, 0xe9, 0x94, 0x20, 0x80, 10])
  const alone = await read([Buffer.from('plain\n'), odd, odd])
  assert.deepEqual(alone.lines, ['plain', '“café” €', '“café” €'])
  assert.equal(alone.encoding, 'windows-1252')
  assert.deepEqual(alone.notes, [])
  for (const chunks of [
    [Buffer.from('plain\nnaïve\n'), odd],
    [Buffer.concat([Buffer.from('plain\nnaïve\n'), odd])],
  ]) {
    const mixed = await read(chunks)
    assert.deepEqual(mixed.lines, ['plain', 'naïve', '“café” €'])
    assert.equal(mixed.encoding, 'utf-8')
    assert.deepEqual(mixed.notes, [{ what: oddLines, count: 1, example: 'f:3' }])
  }
})

test('windows-1252 is decoded as the standard says, on any release of Node', () => {
  const decoder = new TextDecoder('windows-1252')
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  // Some releases decode 0x80 to 0x9f wrongly; these are the characters of the standard.
  const named = { 128: '€', 133: '…', 145: '‘', 146: '’', 150: '–', 153: '™', 159: 'Ÿ', 129: '\u0081' }
  for (const [byte, character] of Object.entries(named)) {
    assert.equal(decodeWindows1252(Uint8Array.of(Number(byte))), character)
  }
  if (decoder.decode(Uint8Array.of(0x80)) === '€') {
    assert.equal(decodeWindows1252(bytes), decoder.decode(bytes))
  }
})

test('an encoding may be named; bytes that do not fit are counted', async () => {
  const { lines, encoding } = await read([Buffer.from([0xcf, 0xf0, 0xe8, 10])], 'windows-1251')
  assert.deepEqual([lines, encoding], [['При'], 'windows-1251'])
  const damaged = await read([Buffer.from([0x61, 10, 0x81, 0xff, 10])], 'shift_jis')
  assert.deepEqual(damaged.notes, [
    { what: 'lines with bytes that are not shift_jis', count: 1, example: 'f:2' },
  ])
  await assert.rejects(
    read(
      ['x'].map((text) => Buffer.from(text)),
      'utf-9',
    ),
    { code: 'unknown-name', message: /"utf-8"/ },
  )
})

test('carriage returns alone end lines', async () => {
  assert.deepEqual((await read([Buffer.from('a\rb\rc')])).lines, ['a', 'b', 'c'])
})

test('what is no text is refused', async () => {
  await assert.rejects(read([Buffer.from('PK\x03\x04\0\0\0abc')]), { code: 'binary-text', message: /CSV/ })
  await assert.rejects(read([new Uint8Array(1000)]), { code: 'binary-text', message: /NULs/ })
})

test('one line of 100 MB', async () => {
  const chunk = Buffer.alloc(1 << 18, 'word ')
  const { lines } = await read(Array.from({ length: 400 }, () => chunk))
  assert.deepEqual([lines.length, lines[0]!.length], [1, 400 << 18])
  await assert.rejects(read(Array.from({ length: 1025 }, () => chunk)), {
    code: 'line-too-long',
    message: /line 1 /,
  })
})
