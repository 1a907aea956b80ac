import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { buildFeatures, countPieces } from './build-features.js'
import { PairCounter } from './pair-counter.js'
import { PieceReader } from './piece-reader.js'
import { type FeatureSettings, subwordsPerWord, TextFeatures } from './text-features.js'
import { caseNames, caseOf, withoutTags } from './words.js'

const settings: FeatureSettings = {
  unit: 'word',
  lowercase: true,
  split: 'punctuation',
  caseInput: true,
  stripTags: true,
  subwords: 100,
  maxLength: 8,
}

function build(texts: readonly string[], changes: Partial<FeatureSettings> = {}, minCount = 1, pairs = 10) {
  const own = { ...settings, ...changes }
  const reader = new PieceReader(own)
  const numbered = texts.map((text) => reader.read(text))
  const counted = countPieces(reader, numbered, own.lowercase)
  return buildFeatures(own, counted, reader, numbered, { minCount, maxVocabulary: 1000, pairs })
}

describe('texts become ids', () => {
  test('words by frequency, case apart, rare numbers by their shape, the rest unknown', () => {
    const features = build(['The cat. THE dog', 'the cat 555 123', 'the bird'], {}, 2)
    assert.deepEqual(features.words, ['<unk>', 'the', 'cat', '000'])
    const { words, cases, unknown } = features.encode('THE The the cat 987 fish!')
    assert.deepEqual([...words], [1, 1, 1, 2, 3, 0, 0])
    assert.deepEqual(
      Array.from(cases!, (place) => caseNames[place]),
      ['upper', 'capital', 'lower', 'lower', 'digits', 'lower', 'lower'],
    )
    assert.equal(unknown, 2)
    assert.equal(caseOf('McDonald'), caseNames.indexOf('mixed'))
  })

  test('pairs are those of known words, the most frequent ones', () => {
    const features = build(['a b c', 'a b', 'b a', 'a b'])
    const { words, pairs } = features.encode('a b c a b')
    const rows = Object.fromEntries(features.words.map((word, row) => [word, row]))
    assert.deepEqual(
      [...words],
      ['a', 'b', 'c', 'a', 'b'].map((word) => rows[word]),
    )
    assert.deepEqual([...pairs!], [0, 1, 0, 0, 1]) // b c was seen once
  })

  test('a text without a word is one unknown word; what is too long is counted', () => {
    const features = build(['one two three'])
    assert.deepEqual([...features.encode(' \n').words], [0])
    assert.equal(features.encode(' \n').unknown, 0)
    const long = features.encode('one '.repeat(11))
    assert.deepEqual([long.words.length, long.left], [8, 3])
  })

  test('tags and entities are read as a page shows them', () => {
    assert.equal(withoutTags('a<br />b &amp; &#65;&#x42; 1 < 2 &unknown;'), 'a b & AB 1 < 2 &unknown;')
  })

  test('letters of words have rows, the same for the same word', () => {
    const features = build(['alpha beta'])
    const { subwords } = features.encode('zeta Zeta i')
    const row = (t: number) => [...subwords!.subarray(t * subwordsPerWord, (t + 1) * subwordsPerWord)]
    assert.deepEqual(row(0), row(1))
    assert.notDeepEqual(row(0), row(2))
    assert.ok(row(0).every((id) => id >= -1 && id < 100))
  })

  test('characters are steps of their own', () => {
    const features = build(['ab  b'], { unit: 'char', lowercase: false, subwords: 0, caseInput: false }, 1, 0)
    assert.deepEqual(features.words, ['<unk>', 'b', 'a', ' '])
    assert.deepEqual([...features.encode('b a😀').words], [1, 3, 2, 0])
  })

  test('what is saved reads texts as before', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 8 }), (texts) => {
        const features = build(texts)
        const json = JSON.parse(JSON.stringify(features))
        const again = TextFeatures.fromJSON(settings, json)
        for (const text of [...texts, 'something else'])
          assert.deepEqual(again.encode(text), features.encode(text))
      }),
    )
    assert.throws(() => TextFeatures.fromJSON(settings, { version: 1, words: ['a'], pairs: [] }))
    assert.throws(() => TextFeatures.fromJSON(settings, { version: 1, words: ['<unk>'], pairs: ['x'] }))
  })
})

test('PairCounter counts like a map', () => {
  const pair = fc.tuple(fc.nat(40), fc.nat(40))
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 3000 }), fc.integer({ min: 1, max: 3 }), (pairs, least) => {
      const counter = new PairCounter()
      const counts = new Map<string, number>()
      for (const [a, b] of pairs) {
        counter.add(a, b)
        counts.set(`${a} ${b}`, (counts.get(`${a} ${b}`) ?? 0) + 1)
      }
      const found = counter.frequent(least, 1e6)
      assert.equal(found.length, [...counts.values()].filter((count) => count >= least).length)
      const of = ([a, b]: readonly [number, number]) => counts.get(`${a} ${b}`)!
      assert.ok(found.every((pair, k) => of(pair) >= least && (k === 0 || of(found[k - 1]!) >= of(pair))))
    }),
  )
})
