import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NormalizeOptions } from './normalize.js'
import type { WordSplit } from './word-splitting.js'
import { WordTokenizer } from './word-tokenizer.js'

// Bytes and strings take different ways through the scanner, and words of up to 12 ASCII characters another one than the
// rest. Here all of them are compared with the plain way: a string, cut by a regular expression, counted in a Map.

const utf8 = new TextEncoder()

/** The words of a text, with `<eos>` behind each line. */
function plainWords(text: string): string[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.flatMap((line) => [...line.split(/\p{White_Space}+/u).filter(Boolean), '<eos>'])
}

/** The tokens of a vocabulary made from the words. */
function plainVocabulary(words: readonly string[], maximumSize: number, minimumCount: number): string[] {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  counts.delete('<eos>')
  counts.delete('<unk>')
  const kept = [...counts].filter(([, count]) => count >= minimumCount).sort((a, b) => b[1] - a[1])
  return ['<unk>', '<eos>', ...kept.slice(0, maximumSize - 2).map(([word]) => word)]
}

const letters = 'abcdefghijklmnopqrstuvwxyz'
/** Around every border of the packed form: 4, 8 and 12 characters; with a control character, or one beyond ASCII. */
const word = fc.oneof(
  { weight: 6, arbitrary: fc.nat(15).map((length) => letters.slice(0, length)) },
  { weight: 4, arbitrary: fc.string({ unit: fc.constantFrom('a', 'Z', '0', '~', '!'), maxLength: 14 }) },
  fc.constantFrom('<unk>', '<eos>', "don't", 'well-known,', '(3.14)', 'x'.repeat(700)),
  fc.constantFrom(
    '\u0001',
    'a\u001fb',
    'abcdefghijkl\u0007',
    '\u007f',
    'é',
    'naïve',
    'abcdefghijké',
    '漢字',
    '😀',
  ),
)
const gap = fc.constantFrom(
  ' ',
  ' ',
  ' ',
  ' ',
  '  ',
  '\n',
  '\n\n',
  '\r\n',
  '\t',
  '\u000b',
  ' \n ',
  '\r',
  '\u00a0',
  '\u0085',
)
const text = fc
  .array(fc.tuple(word, gap), { maxLength: 60 })
  .map((parts) => parts.map(([word, gap]) => word + gap).join(''))
const cutPlaces = fc.array(fc.nat(1000), { maxLength: 5 })

function pieces<T extends string | Uint8Array>(whole: T, places: readonly number[]): T[] {
  const cuts = [0, ...places.map((place) => place % (whole.length + 1)), whole.length].sort((a, b) => a - b)
  return cuts.slice(1).map((end, k) => whole.slice(cuts[k], end) as T)
}

function build(
  chunks: readonly (string | Uint8Array)[],
  options: Parameters<typeof WordTokenizer.builder>[0],
): { tokenizer: WordTokenizer; characters: number } {
  const builder = WordTokenizer.builder(options)
  for (const chunk of chunks) builder.push(chunk)
  builder.endDocument()
  return { tokenizer: builder.build() as WordTokenizer, characters: builder.characters }
}

function encode(tokenizer: WordTokenizer, chunks: readonly (string | Uint8Array)[]) {
  const encoder = tokenizer.encoder()
  const ids = [...chunks, undefined].flatMap((chunk) => [
    ...(chunk === undefined ? encoder.endDocument() : encoder.push(chunk)),
  ])
  return { ids, ...encoder.statistics }
}

test('bytes give the words, the vocabulary and the ids that strings and a Map give', () => {
  fc.assert(
    fc.property(
      text,
      cutPlaces,
      fc.integer({ min: 3, max: 40 }),
      fc.integer({ min: 1, max: 2 }),
      (input, places, maximumSize, minimumCount) => {
        const words = plainWords(input)
        const tokens = plainVocabulary(words, maximumSize, minimumCount)
        const ids = new Map(tokens.map((token, id) => [token, id]))
        const characters = [...input.replaceAll('\r\n', '\n')].length
        for (const chunks of [pieces(utf8.encode(input), places), pieces(input, places)]) {
          const built = build(chunks, { maximumSize, minimumCount })
          assert.deepEqual(built.tokenizer.vocabulary.tokens, tokens)
          assert.equal(built.characters, characters)
          const encoded = encode(built.tokenizer, chunks)
          assert.deepEqual(
            encoded.ids,
            words.map((each) => ids.get(each) ?? 0),
          )
          assert.equal(encoded.unknown, words.filter((each) => !ids.has(each)).length)
          assert.equal(encoded.characters, characters)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('with every way to split and normalise, bytes give what the same text as a string gives', () => {
  const normalizations: NormalizeOptions[] = [
    {},
    { lowercase: true },
    { collapseWhiteSpace: true },
    { unicode: 'NFKC', lowercase: true },
    { newlines: 'keep' },
  ]
  fc.assert(
    fc.property(
      text,
      cutPlaces,
      fc.constantFrom<WordSplit>('whitespace', 'punctuation'),
      fc.constantFrom(...normalizations),
      (input, places, split, normalize) => {
        const whole = build([input], { split, normalize })
        const cut = build(pieces(utf8.encode(input), places), { split, normalize })
        assert.deepEqual(cut.tokenizer.toJSON(), whole.tokenizer.toJSON())
        assert.equal(cut.characters, whole.characters)
        const expected = encode(whole.tokenizer, [input])
        assert.deepEqual(encode(whole.tokenizer, pieces(utf8.encode(input), places)), expected)
      },
    ),
    { numRuns: 500 },
  )
})

test('a table that has grown many times still knows every word', () => {
  const words = Array.from({ length: 40_000 }, (_, k) => (k * 7919).toString(36) + (k % 5 === 0 ? 'é' : ''))
  const input = `${words.join(' ')}\n`
  const { tokenizer } = build([utf8.encode(input)], {})
  assert.equal(tokenizer.vocabulary.size, words.length + 2)
  const { ids } = encode(tokenizer, [utf8.encode(input)])
  assert.deepEqual(ids, [...words.keys()].map((k) => k + 2).concat(1))
})
