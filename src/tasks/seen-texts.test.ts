import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { SeenTexts, sameText } from './seen-texts.js'

test('texts are found again, with the same answer or another, whatever their white space', () => {
  const seen = SeenTexts.of([
    { text: 'buy  now', answer: 'spam' },
    { text: 'see you', answer: 'ham' },
    { text: 'see you', answer: 'spam' },
    { text: '  \n', answer: 'ham' },
  ])
  assert.equal(seen.texts, 3)
  assert.equal(seen.find(' buy\tnow\n', 'spam'), 'same')
  assert.equal(seen.find('buy now', 'ham'), 'other')
  assert.equal(seen.find('see you', 'ham'), 'same')
  assert.equal(seen.find('see you', 'spam'), 'same')
  assert.equal(seen.find('see you', 'other'), 'other')
  assert.equal(seen.find('See you', 'ham'), 'new')
  assert.equal(seen.find('', 'ham'), 'new')
})

test('what was there is found, what was not is not, also after saving, as a set would say', () => {
  const texts = fc.array(fc.record({ text: fc.string({ maxLength: 12 }), answer: fc.constantFrom('a', 'b') }))
  fc.assert(
    fc.property(texts, texts, (given, asked) => {
      const pairs = new Set(given.map(({ text, answer }) => `${answer}${sameText(text)}`))
      const seen = SeenTexts.of(given)
      const again = SeenTexts.fromJSON(JSON.parse(JSON.stringify(seen)), 'x')!
      for (const { text, answer } of [...given, ...asked]) {
        const same = sameText(text)
        const expected =
          same === ''
            ? 'new'
            : pairs.has(`${answer}${same}`)
              ? 'same'
              : pairs.has(`a${same}`) || pairs.has(`b${same}`)
                ? 'other'
                : 'new'
        assert.equal(seen.find(text, answer), expected)
        assert.equal(again.find(text, answer), expected)
      }
    }),
  )
})

test('neither the order of texts nor copies change what is saved', () => {
  const items = Array.from({ length: 300 }, (_, k) => ({ text: `text ${k}`, answer: `${k % 3}` }))
  const saved = SeenTexts.of(items).toJSON()
  assert.deepEqual(SeenTexts.of([...items].reverse().concat(items)).toJSON(), saved)
  assert.equal(saved.texts, 300)
  assert.equal(atob(saved.hashes).length, 2400)
})

test('short texts that differ in a letter or two get different hashes', () => {
  const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789 .,!?']
  const texts = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => `x${a}${b}${c}x`)))
  const distinct = new Set(texts.map(sameText)).size
  assert.equal(SeenTexts.of(texts.map((text) => ({ text, answer: '' }))).kept, distinct)
  // The 48 bits of the text alone: another answer is known as such, so no two texts share them.
  const half = SeenTexts.of(texts.filter((_, k) => k % 2 === 0).map((text) => ({ text, answer: '' })))
  const even = new Set(texts.filter((_, k) => k % 2 === 0).map(sameText))
  for (const text of texts) assert.equal(half.find(text, 'else'), even.has(sameText(text)) ? 'other' : 'new')
})

test('of more texts than may be kept it says how many there were', () => {
  const items = Array.from({ length: 1000 }, (_, k) => ({ text: `text ${k}`, answer: '' }))
  const seen = SeenTexts.of(items, 100)
  assert.equal(seen.texts, 1000)
  assert.equal(seen.kept, 100)
  assert.equal(items.filter(({ text }) => seen.find(text, '') === 'same').length, 100)
  assert.equal(SeenTexts.fromJSON(seen.toJSON(), 'x')!.kept, 100)
})

test('a file without the list has none, a damaged list is refused', () => {
  assert.equal(SeenTexts.fromJSON(undefined, 'x'), undefined)
  const { hashes } = SeenTexts.of([
    { text: 'a', answer: '' },
    { text: 'b', answer: '' },
  ]).toJSON()
  const turned = btoa(atob(hashes).slice(8) + atob(hashes).slice(0, 8))
  const damaged = [null, 7, {}, { texts: 1, hashes }, { texts: 2, hashes: '§' }, { texts: 2, hashes: 'AAAA' }]
  for (const saved of [...damaged, { texts: 2, hashes: turned }, { texts: Number.NaN, hashes }])
    assert.throws(
      () => SeenTexts.fromJSON(saved, 'model'),
      (error) => error instanceof RepriseError && error.code === 'damaged-file',
    )
})
