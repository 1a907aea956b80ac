import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { DecimalReader } from './decimal.js'
import { subwordBuckets, subwordHash } from './subwords.js'
import { readWordVectors, type WordVectors, type WordVectorsOptions } from './word-vectors.js'

const utf8 = (text: string) => new TextEncoder().encode(text)
const pieces = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
const read = (content: string | Uint8Array, options?: WordVectorsOptions, size = 7) =>
  readWordVectors(pieces(typeof content === 'string' ? utf8(content) : content, size), options)
const all = (vectors: WordVectors) =>
  Object.fromEntries(Array.from(vectors.words(), (word) => [word, Array.from(vectors.lookup(word)!)]))
const notes = ({ notes }: WordVectors) => Object.fromEntries(notes.map(({ what, count }) => [what, count]))

/** word2vec's binary form. */
function binary(rows: readonly (readonly [string, readonly number[]])[], lineEnds = true): Uint8Array {
  const parts = [utf8(`${rows.length} ${rows[0]![1].length}\n`)]
  for (const [word, numbers] of rows) {
    parts.push(utf8(`${word} `), new Uint8Array(Float32Array.from(numbers).buffer))
    if (lineEnds) parts.push(utf8('\n'))
  }
  return Buffer.concat(parts)
}

describe('text', () => {
  const lines = 'the 0.1 -2 3e-2\nof -.5 0 1\n'
  const expected = { the: [0.1, -2, 0.03].map(Math.fround), of: [-0.5, 0, 1] }

  test('GloVe, with and without a header; .vec with blanks at the ends of lines', async () => {
    for (const [text, format] of [
      [lines, 'glove'],
      [lines.trimEnd(), 'glove'],
      [`2 3\n${lines}`, 'word2vec-text'],
      [`2 3\r\n${lines.replaceAll('\n', ' \r\n')}`, 'word2vec-text'],
      [lines.replaceAll(' ', '\t'), 'glove'],
    ] as const) {
      for (const size of [1, 5, 1000]) {
        const vectors = await read(text, {}, size)
        assert.deepEqual(all(vectors), expected)
        assert.deepEqual([vectors.format, vectors.dimension, vectors.size], [format, 3, 2])
        assert.deepEqual(vectors.notes, [])
        assert.equal(vectors.lookup('The'), undefined)
      }
    }
  })

  test('words may hold blanks and numbers, and any bytes', async () => {
    const text = 'a 1 2\n. . . 3 4\nat name@x.org 5 6\n1 1/2 7 8\n1 2 9 10\nno\u00a0break 11 12\n'
    const vectors = await read(text)
    assert.deepEqual(all(vectors), {
      a: [1, 2],
      '. . .': [3, 4],
      'at name@x.org': [5, 6],
      '1 1/2': [7, 8],
      '1 2': [9, 10],
      'no\u00a0break': [11, 12],
    })
    const some = await read(text, { wanted: (word) => ['. . .', '1 1/2'].includes(word) })
    assert.deepEqual(all(some), { '. . .': [3, 4], '1 1/2': [7, 8] })
    const odd = await read(Buffer.concat([utf8('a 1 2\n'), Uint8Array.of(0xff), utf8(' 3 4\n')]))
    assert.deepEqual([...odd.words()], ['a', '\ufffd'])
  })

  test('what is damaged is left out and counted', async () => {
    const vectors = await read('9 2\na 1 2\nb 1\nc 1 x\na 3 4\n\nd 1 nan\n 5 6\ne 1 1e99\nf 7 8\n')
    assert.deepEqual(all(vectors), { a: [1, 2], f: [7, 8] })
    assert.deepEqual(notes(vectors), {
      'lines without a word and its numbers, left out': 5,
      'words that come twice, the first kept': 1,
      'words the header promises that are not there': 2,
    })
  })

  test('a limit ends the reading, and a filter keeps few', async () => {
    let read = 0
    function* endless() {
      for (;;) yield utf8(`word${read++} 1 2 3\n`)
    }
    const vectors = await readWordVectors(endless(), { limit: 1000, wanted: (word) => word.endsWith('7') })
    assert.equal(vectors.size, 100)
    assert.ok(read < 20_000)
    await assert.rejects(readWordVectors([], { limit: 0 }), { code: 'option' })
  })

  test('thousands of words keep their vectors', async () => {
    const text = Array.from({ length: 10_000 }, (_, i) => `w${i} ${i} ${-i - 1}\n`).join('')
    const vectors = await read(text, {}, 1 << 12)
    for (let i = 0; i < 10_000; i++) assert.deepEqual([...vectors.lookup(`w${i}`)!], [i, -i - 1])
  })

  test('what is no file of vectors is refused', async () => {
    for (const text of [
      '',
      'x',
      'Call me Ishmael. Some years ago\n',
      '{"a": 1}\n',
      'PK\x03\x04\0\0\0\0\0',
      '3 0\n\n\n\n\n\n',
    ])
      await assert.rejects(read(text), { code: 'bad-file' }, text)
    await assert.rejects(read(new Uint8Array(2 ** 25), {}, 1 << 20), { code: 'bad-file', message: /longer/ })
  })
})

test('decimal numbers are those of Number(), to the last bit', () => {
  const reader = new DecimalReader()
  const parse = (text: string) => reader.read(utf8(`x ${text} y`), 2, text.length + 2)
  const digits = fc.stringMatching(/^\d{0,22}$/)
  const exponent = fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?\d{1,3}$/))
  const written = fc
    .tuple(fc.constantFrom('', '-', '+'), digits, fc.constantFrom('', '.'), digits, exponent)
    .filter(([, whole, , part]) => `${whole}${part}` !== '')
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(
      fc.oneof(written, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)),
      (text) => {
        assert.ok(Object.is(parse(text), Number(text)), `${text}: ${parse(text)}`)
      },
    ),
    { numRuns: 3000 },
  )
  for (const text of ['', '-', '.', 'e5', '1e', '1.2.3', '1x', '0x10', 'inf'])
    assert.ok(Number.isNaN(parse(text)), text)
})

describe('word2vec binary', () => {
  const rows: [string, number[]][] = [
    ['</s>', [0.25, -1, 3.5e-7]],
    ['naïve', [1, 2, 3]],
    ['a\u00a0b', [-4, 5, 6]],
  ]

  test('with line ends and without', async () => {
    for (const lineEnds of [true, false]) {
      for (const size of [1, 9, 1000]) {
        const vectors = await read(binary(rows, lineEnds), {}, size)
        assert.equal(vectors.format, 'word2vec-binary')
        assert.deepEqual(
          all(vectors),
          Object.fromEntries(rows.map(([word, numbers]) => [word, numbers.map(Math.fround)])),
        )
      }
    }
    const some = await read(binary(rows), { wanted: (word) => word === 'naïve' })
    assert.deepEqual(all(some), { naïve: [1, 2, 3] })
    assert.deepEqual([...(await read(binary(rows), { limit: 1 })).words()], ['</s>'])
  })

  test('whatever numbers are written are read back', async () => {
    const row = fc.tuple(
      fc.stringMatching(/^[^\s]{1,6}$/),
      fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 20, maxLength: 20 }),
    )
    const table = fc.uniqueArray(row, { minLength: 1, maxLength: 6, selector: ([word]) => word })
    await fc.assert(
      fc.asyncProperty(table, async (written) => {
        const vectors = await read(binary(written), {}, 64)
        assert.deepEqual(all(vectors), Object.fromEntries(written))
      }),
      { numRuns: 200 },
    )
  })

  test('a file cut short is named as such', async () => {
    const bytes = binary(rows)
    await assert.rejects(read(bytes.subarray(0, bytes.length - 3)), {
      code: 'bad-file',
      message: /2 of 3 words/,
    })
    await assert.rejects(read(bytes.subarray(0, 30)), { code: 'bad-file', message: /cut short/ })
  })
})

interface Model {
  readonly words: readonly string[]
  readonly labels?: readonly string[]
  readonly buckets: number
  readonly minn: number
  readonly maxn: number
  readonly version?: number
  readonly model?: number
  readonly quantized?: boolean
  readonly dimension: number
}

/** The value in row and column of the matrix these tests write. */
const value = (row: number, column: number) => Math.fround(Math.sin(row * 7 + column))

/** fastText's file, written by its description. */
function fastText(model: Model): Buffer {
  const { words, labels = [], buckets, minn, maxn, dimension } = model
  const parts: Buffer[] = []
  const int32 = (...numbers: number[]) => parts.push(Buffer.from(Int32Array.from(numbers).buffer))
  const int64 = (...numbers: number[]) =>
    parts.push(Buffer.from(BigInt64Array.from(numbers.map(BigInt)).buffer))
  int32(793712314, model.version ?? 12)
  int32(dimension, 5, 5, 1, 5, 1, 2, model.model ?? 2, buckets, minn, maxn, 100)
  parts.push(Buffer.from(Float64Array.of(1e-4).buffer))
  int32(words.length + labels.length, words.length, labels.length)
  int64(1234, -1)
  for (const [entries, type] of [
    [words, 0],
    [labels, 1],
  ] as const) {
    for (const entry of entries) {
      parts.push(Buffer.from(`${entry}\0`))
      int64(17)
      parts.push(Buffer.of(type))
    }
  }
  parts.push(Buffer.of(model.quantized ? 1 : 0))
  const rows = words.length + buckets
  int64(rows, dimension)
  const matrix = Float32Array.from({ length: rows * dimension }, (_, i) =>
    value(Math.floor(i / dimension), i % dimension),
  )
  parts.push(Buffer.from(matrix.buffer), Buffer.of(0))
  int64(words.length, dimension)
  parts.push(Buffer.alloc(words.length * dimension * 4))
  return Buffer.concat(parts)
}

/** FNV-1a as its description says, in whole numbers of any size, over signed bytes. */
function slowHash(bytes: Uint8Array): bigint {
  let hash = 2166136261n
  for (const byte of bytes) {
    hash ^= BigInt.asUintN(32, BigInt(byte > 127 ? byte - 256 : byte))
    hash = BigInt.asUintN(32, hash * 16777619n)
  }
  return hash
}

/** Parts by characters instead of bytes. */
function slowParts(word: string, minn: number, maxn: number): string[] {
  const characters = [...`<${word}>`]
  const parts: string[] = []
  for (let begin = 0; begin < characters.length; begin++) {
    for (let length = minn; length <= maxn && begin + length <= characters.length; length++) {
      const mark = length === 1 && (begin === 0 || begin === characters.length - 1)
      if (!mark) parts.push(characters.slice(begin, begin + length).join(''))
    }
  }
  return parts
}

function expectedVector(word: string, model: Model): number[] {
  const known = model.words.indexOf(word)
  const rows = known < 0 ? [] : [known]
  if (word !== '</s>') {
    for (const part of slowParts(word, model.minn, model.maxn)) {
      rows.push(model.words.length + Number(slowHash(utf8(part)) % BigInt(model.buckets)))
    }
  }
  return Array.from({ length: model.dimension }, (_, column) => {
    const sum = rows.reduce((total, row) => Math.fround(total + value(row, column)), 0)
    return Math.fround(sum / rows.length)
  })
}

describe('fastText models', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-test-'))
  after(() => rmSync(folder, { recursive: true }))
  const model: Model = {
    words: ['</s>', 'the', 'naïve', 'Straße'],
    buckets: 97,
    minn: 3,
    maxn: 6,
    dimension: 5,
  }
  const path = join(folder, 'model.bin')
  writeFileSync(path, fastText(model))
  writeFileSync(`${path}.gz`, gzipSync(fastText(model)))

  test('parts and their hashes', () => {
    // Known answers of FNV-1a in 32 bits; they differ for signed bytes only beyond ASCII.
    assert.equal(subwordHash(utf8('')), 0x811c9dc5)
    assert.equal(subwordHash(utf8('a')), 0xe40c292c)
    assert.equal(subwordHash(utf8('foobar')), 0xbf9cf968)
    const settings = fc.record({
      shortest: fc.integer({ min: 1, max: 4 }),
      longest: fc.integer({ min: 1, max: 6 }),
      buckets: fc.integer({ min: 1, max: 2_000_000 }),
    })
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 8 }), settings, (word, settings) => {
        assert.deepEqual(
          subwordBuckets(word, settings),
          slowParts(word, settings.shortest, settings.longest).map((part) =>
            Number(slowHash(utf8(part)) % BigInt(settings.buckets)),
          ),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('words known and unknown are composed, from the file, packed or as a stream', async () => {
    for (const input of [path, `${path}.gz`, pieces(fastText(model), 11)]) {
      const vectors = await readWordVectors(input)
      assert.deepEqual([vectors.format, vectors.dimension, vectors.size], ['fasttext', 5, 4])
      assert.deepEqual([...vectors.words()], model.words)
      for (const word of [...model.words, 'naives', 'Straßen', 'x', '日本語']) {
        assert.deepEqual([...vectors.lookup(word)!], expectedVector(word, model), word)
      }
      // Too short to have a part.
      assert.equal(vectors.lookup(''), undefined)
      vectors.close()
    }
  })

  test('a limit and a filter', async () => {
    const vectors = await readWordVectors(path, { limit: 2, wanted: (word) => word !== 'x' })
    assert.deepEqual([...vectors.words()], ['</s>', 'the'])
    assert.deepEqual([...vectors.lookup('naïve')!], expectedVector('naïve', model))
    assert.equal(vectors.lookup('x'), undefined)
    vectors.close()
    assert.throws(() => vectors.lookup('the'), { code: 'bad-file', message: /closed/ })
  })

  test('supervised models have labels that are no words, and old ones no parts', async () => {
    const supervised: Model = { ...model, labels: ['__label__a'], model: 3, version: 11 }
    const vectors = await read(fastText(supervised))
    assert.deepEqual([...vectors.words()], model.words)
    assert.deepEqual(
      [...vectors.lookup('the')!],
      [0, 1, 2, 3, 4].map((column) => value(1, column)),
    )
    assert.equal(vectors.lookup('unknown'), undefined)
  })

  test('other kinds and damaged files are refused', async () => {
    await assert.rejects(read(fastText({ ...model, quantized: true })), {
      code: 'unsupported-vectors',
      message: /quantised/,
    })
    await assert.rejects(read(fastText({ ...model, version: 13 })), {
      code: 'unsupported-vectors',
      message: /version 13/,
    })
    const bytes = fastText(model)
    for (const length of [20, 90, 150, 300]) {
      await assert.rejects(read(bytes.subarray(0, length)), { code: 'bad-file' })
    }
    const short = join(folder, 'short.bin')
    writeFileSync(short, bytes.subarray(0, 1500))
    await assert.rejects(readWordVectors(short), { code: 'bad-file', message: /cut short/ })
    await assert.rejects(readWordVectors(join(folder, 'modle.bin')), {
      code: 'file-not-found',
      message: /model\.bin/,
    })
  })

  test('text in files, packed or not', async () => {
    const text = join(folder, 'glove.txt')
    writeFileSync(text, 'a 1 2\nb 3 4\n')
    writeFileSync(`${text}.gz`, gzipSync('a 1 2\nb 3 4\n'))
    for (const name of [text, `${text}.gz`])
      assert.deepEqual(all(await readWordVectors(name)), { a: [1, 2], b: [3, 4] })
  })
})
