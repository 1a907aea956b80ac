import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { ByteTokenizer } from './byte-tokenizer.js'
import { CharacterTokenizer } from './character-tokenizer.js'
import type { StreamingEncoder, Tokenizer } from './tokenizer.js'
import {
  registerTokenizer,
  type TokenizerOptions,
  tokenizerBuilder,
  tokenizerFromJSON,
  tokenizerKinds,
} from './tokenizers.js'
import { WordTokenizer } from './word-tokenizer.js'

function build<K extends keyof TokenizerOptions>(
  kind: K,
  text: string,
  options?: TokenizerOptions[K],
): Tokenizer {
  const builder = tokenizerBuilder(kind, options)
  builder.push(text)
  builder.endDocument()
  return builder.build()
}

const codeIs = (code: string) => (error: unknown) => error instanceof RepriseError && error.code === code
const utf8 = new TextEncoder()
const clean = (text: string): string => text.replaceAll('\0', '').replace(/^\ufeff+/, '')
const anyText = fc.string({ unit: 'binary', maxLength: 50 }).map(clean)
const proseText = fc
  .string({
    unit: fc.constantFrom(
      'a',
      'B',
      'cat',
      ' ',
      '  ',
      '\n',
      '\r\n',
      '\t',
      '.',
      ',',
      "'",
      '-',
      '1',
      '<unk>',
      '<eos>',
      '<',
      'é',
      '\u00a0',
      '中',
      '😀',
      '"',
    ),
    maxLength: 40,
  })
  .map(clean)
const text = fc.oneof(anyText, proseText)
const tokenizers: fc.Arbitrary<Tokenizer> = fc
  .record({
    learned: text,
    kind: fc.constantFrom('character', 'byte', 'word', 'split'),
    normalize: fc.constantFrom(
      {},
      { lowercase: true },
      { unicode: 'NFKC' as const, collapseWhiteSpace: true },
      { newlines: 'keep' as const },
      { newlines: 'lf' as const },
    ),
    minimumCount: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ learned, kind, normalize, minimumCount }) => {
    if (kind === 'byte') return new ByteTokenizer({ normalize, specials: ['<eos>'] })
    if (kind === 'character') return build('character', learned, { normalize, minimumCount })
    return build('word', learned, {
      normalize,
      minimumCount,
      split: kind === 'split' ? 'punctuation' : 'whitespace',
    })
  })

function encodeAll(encoder: StreamingEncoder, chunks: readonly (Uint8Array | string)[]): number[] {
  const ids = chunks.flatMap((chunk) => [...encoder.push(chunk)])
  return [...ids, ...encoder.endDocument()]
}

test('bytes or strings, cut anywhere, encode as the whole', () => {
  fc.assert(
    fc.property(tokenizers, text, fc.array(fc.nat(120), { maxLength: 6 }), (tokenizer, input, places) => {
      const whole = tokenizer.encodeWithCounts(input)
      for (const form of [utf8.encode(input), input]) {
        const cuts = [0, ...places.map((p) => p % (form.length + 1)), form.length].sort((a, b) => a - b)
        const encoder = tokenizer.encoder()
        const ids = encodeAll(
          encoder,
          cuts.slice(1).map((end, i) => form.slice(cuts[i]!, end)),
        )
        assert.deepEqual(ids, [...whole.ids])
        assert.equal(encoder.statistics.tokens, ids.length)
        assert.equal(encoder.statistics.unknown, whole.unknown)
      }
    }),
    { numRuns: 1000 },
  )
})

test('words get the ids that a list of strings and a Map give them', () => {
  const word = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '\u0301', '漢'), minLength: 1, maxLength: 5 }),
    fc.nat(5000).map((n) => `w${n}`),
  )
  const line = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '))
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 40 }),
      (lines, known) => {
        const words = lines.flatMap((text) => [...text.split(' ').filter(Boolean), '<eos>'])
        const counts = new Map<string, number>()
        for (const each of words) counts.set(each, (counts.get(each) ?? 0) + 1)
        counts.delete('<eos>')
        const kept = [...counts].sort((a, b) => b[1] - a[1]).slice(0, known)
        const ids = new Map(['<unk>', '<eos>', ...kept.map(([text]) => text)].map((text, id) => [text, id]))
        const text = lines.join('\n') + (lines.at(-1) === '' ? '\n' : '')
        const tokenizer = build('word', text, { maximumSize: known + 2 })
        assert.deepEqual(
          [...tokenizer.encode(text)],
          words.map((each) => ids.get(each) ?? 0),
        )
      },
    ),
  )
})

test('saved and loaded, a tokenizer is the same', () => {
  fc.assert(
    fc.property(tokenizers, text, (tokenizer, input) => {
      const copy = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)))
      assert.equal(copy.kind, tokenizer.kind)
      const ids = tokenizer.encode(input)
      assert.deepEqual(copy.encode(input), ids)
      assert.equal(copy.decode(ids), tokenizer.decode(ids))
      assert.deepEqual(copy.toJSON(), tokenizer.toJSON())
    }),
  )
})

test('decoding one by one is decoding at once', () => {
  fc.assert(
    fc.property(tokenizers, fc.array(fc.nat(600), { maxLength: 30 }), (tokenizer, numbers) => {
      const ids = numbers.map((n) => n % tokenizer.vocabulary.size)
      const decoder = tokenizer.decoder()
      assert.equal(ids.map((id) => decoder.push(id)).join('') + decoder.end(), tokenizer.decode(ids))
    }),
  )
})

test('characters and bytes give the text back', () => {
  fc.assert(
    fc.property(anyText, (input) => {
      const keep = { newlines: 'keep' } as const
      const characters = build('character', input, { normalize: keep })
      assert.equal(characters.decode(characters.encode(input)), input)
      assert.equal(characters.encode(input).length, [...input].length)
      assert.equal(characters.vocabulary.size, new Set(input).size + 1)
      assert.equal(new ByteTokenizer().decode(new ByteTokenizer().encode(input)), input)
      assert.deepEqual([...new ByteTokenizer().encode(input)], [...utf8.encode(input)])
    }),
  )
})

test('words give the text back, up to white space and the last line end', () => {
  fc.assert(
    fc.property(proseText, (input) => {
      const words = build('word', input)
      const expected = input
        .replaceAll('\r\n', '\n')
        .replace(/[^\n]$/, '$&\n')
        .split('\n')
        .map((line) =>
          line
            .split(/\p{White_Space}+/u)
            .filter(Boolean)
            .map((word) => (word === '<eos>' ? '\n' : word))
            .join(' '),
        )
        .join('\n')
      if (input.includes('<eos>')) return
      assert.equal(words.decode(words.encode(input)), expected)
      assert.equal(words.encodeWithCounts(input).unknown, 0)
    }),
  )
})

test('splitting punctuation and joining again reads like the text', () => {
  const lines = [
    "I don't know; well-known, isn't it?",
    'He said: "go (now)!" and left...',
    'It costs $3.14, or 1,000 at 10:30.',
    'snake_case and/or U.S... 100% [sure]',
    '中文没有空格。',
  ]
  for (const line of lines) {
    const words = build('word', line, { split: 'punctuation' })
    assert.equal(words.decode(words.encode(line)).trimEnd(), line)
  }
  const split = (line: string): string[] => {
    const words = build('word', line, { split: 'punctuation' })
    return [...words.encodePrompt(line)].map((id) => words.vocabulary.tokenOf(id))
  }
  assert.deepEqual(split("Don't (stop)--<unk>, 3.14!"), [
    "Don't",
    '(',
    'stop',
    ')',
    '--',
    '<unk>',
    ',',
    '3.14',
    '!',
  ])
  assert.deepEqual(split("'tis dogs' x.y -5 a- b:c 1:2"), [
    "'",
    'tis',
    'dogs',
    "'",
    'x.y',
    '-',
    '5',
    'a',
    '-',
    'b',
    ':',
    'c',
    '1:2',
  ])
  assert.deepEqual(split('中文abc和😀😀'), ['中', '文', 'abc', '和', '😀😀'])
})

test('one <eos> for each line, the empty ones and an unfinished last one too', () => {
  const words = build('word', 'a b <unk>\n')
  const tokens = (ids: Int32Array): string[] => [...ids].map((id) => words.vocabulary.tokenOf(id))
  assert.deepEqual(words.vocabulary.tokens, ['<unk>', '<eos>', 'a', 'b'])
  assert.deepEqual(tokens(words.encode(' a b \n\nb')), ['a', 'b', '<eos>', '<eos>', 'b', '<eos>'])
  assert.deepEqual(tokens(words.encode('')), [])
  assert.deepEqual(tokens(words.encode('\n')), ['<eos>'])
  assert.deepEqual(tokens(words.encodePrompt('a\nb')), ['a', '<eos>', 'b'])
  assert.deepEqual(tokens(words.encodePrompt('a\n ')), ['a', '<eos>'])
  assert.deepEqual(tokens(words.encodeLine('a\nb\n')), ['a', 'b', '<eos>'])
  assert.deepEqual(words.encodeWithCounts('<unk> x'), { ids: Int32Array.of(0, 0, 1), unknown: 1 })
})

test('files are documents: a line never goes on in the next one', () => {
  const words = build('word', 'a b')
  const encoder = words.encoder()
  const ids = [
    ...encoder.push('\ufeffa'),
    ...encoder.endDocument('next'),
    ...encoder.push('\ufeffb'),
    ...encoder.endDocument(),
  ]
  assert.deepEqual(
    ids.map((id) => words.vocabulary.tokenOf(id)),
    ['a', '<eos>', 'b', '<eos>'],
  )
  assert.throws(() => {
    encoder.push(Uint8Array.of(0xc3))
    encoder.endDocument()
  }, /^RepriseError: next is not UTF-8/)
})

test('rare and unseen tokens become <unk>, or are an error without it', () => {
  const characters = build('character', 'aab', { minimumCount: 2 })
  assert.deepEqual(characters.encodeWithCounts('abz😀'), { ids: Int32Array.of(1, 0, 0, 0), unknown: 3 })
  assert.equal(characters.decode([0, 1]), '\ufffda')
  const strict = build('character', 'ab', { unknown: false })
  assert.deepEqual(strict.vocabulary.tokens, ['a', 'b'])
  assert.throws(() => strict.encode('abß'), codeIs('unknown-token'))
  assert.throws(() => build('character', 'a', { unknown: false, minimumCount: 2 }), codeIs('option'))
  assert.deepEqual(build('word', 'a b b', { maximumSize: 3 }).encodeWithCounts('a b'), {
    ids: Int32Array.of(0, 2, 1),
    unknown: 1,
  })
})

test('ids do not depend on how equal counts came: by code point, or by first appearance', () => {
  assert.deepEqual(build('character', 'dcba😀aéé', {}).vocabulary.tokens, [
    '<unk>',
    'a',
    'é',
    'b',
    'c',
    'd',
    '😀',
  ])
  assert.deepEqual(build('word', 'd c b a a').vocabulary.tokens, ['<unk>', '<eos>', 'a', 'd', 'c', 'b'])
})

test('characters may have an <eos> for lines', () => {
  const characters = build('character', 'ab', { end: true })
  assert.deepEqual([...characters.encodeLine('ab')], [2, 3, 1])
  assert.equal(characters.decode([2, 1]), 'a\n')
})

test('bytes may be anything; asked to normalise, they must be text', () => {
  const raw = Uint8Array.of(0xef, 0xbb, 0xbf, 0, 255, 13, 10)
  assert.deepEqual(encodeAll(new ByteTokenizer().encoder(), [raw]), [...raw])
  const lower = new ByteTokenizer({ normalize: { lowercase: true } })
  assert.deepEqual([...lower.encode('ÄB\r\n')], [...utf8.encode('äb\r\n')])
  assert.throws(() => lower.encoder().push(raw), codeIs('binary-text'))
  assert.equal(new ByteTokenizer({ specials: ['<eos>'] }).decode([0xc3, 256, 0xc3, 0xa9]), '\ufffd\né')
})

test('many words: the table grows', () => {
  const input = Array.from({ length: 20_000 }, (_, i) => `w${(i * 7919) % 10_000}`).join(' ')
  const words = build('word', input)
  assert.equal(words.vocabulary.size, 10_002)
  assert.equal(words.decode(words.encode(input)), `${input}\n`)
})

test('damaged tokenizers are refused with a code', () => {
  const saved = [build('character', 'ab'), build('word', 'a b'), new ByteTokenizer()].map((tokenizer) =>
    JSON.parse(JSON.stringify(tokenizer)),
  )
  fc.assert(
    fc.property(fc.constantFrom(...saved), fc.string(), fc.jsonValue(), (json, key, value) => {
      for (const field of [...Object.keys(json), key]) {
        try {
          tokenizerFromJSON({ ...json, [field]: value })
        } catch (error) {
          if (!(error instanceof RepriseError)) throw error
        }
      }
    }),
  )
  assert.throws(() => tokenizerFromJSON({ kind: 'charakter' }), /Did you mean "character"/)
  assert.throws(() => tokenizerFromJSON({ ...saved[0], version: 2 }), codeIs('damaged-file'))
  assert.throws(() => tokenizerFromJSON({ ...saved[1], splitVersion: 2 }), codeIs('damaged-file'))
})

test('a kind of one’s own can be registered, once', () => {
  registerTokenizer('mirror', {
    builder: CharacterTokenizer.builder,
    fromJSON: (json) => WordTokenizer.fromJSON(json),
  })
  assert.ok(tokenizerKinds().includes('mirror'))
  assert.equal(tokenizerFromJSON({ ...build('word', 'a').toJSON(), kind: 'mirror' }).kind, 'word')
  assert.throws(() => registerTokenizer('word', WordTokenizer), codeIs('duplicate-name'))
})
