import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PieceReader } from './piece-reader.js'
import { prepareExamples } from './prepare.js'

const short = Array.from({ length: 80 }, (_, k) => ({
  text: `${k % 2 ? 'the invoice' : 'an error'} number ${k} of many`,
  labels: [k % 2 ? 'billing' : 'crash'],
}))

test('what of a long text is not read chooses no setting and is in no vocabulary', () => {
  const read = 'again the invoice '.repeat(1000)
  const among = (text: string) =>
    prepareExamples([...short, { text, labels: ['billing'] }], { validSplit: 0 })
  const whole = among(`${read}${'unread '.repeat(600_000)}`)
  const cut = among(read)
  assert.equal(whole.settings.maxLength, 3000)
  assert.deepEqual(whole.settings, cut.settings)
  assert.deepEqual(whole.features.words, cut.features.words)
  assert.equal(whole.counts.pieces, cut.counts.pieces)
  assert.deepEqual([whole.counts.left, whole.counts.longer], [600_000, 1])
  assert.deepEqual([cut.counts.left, cut.counts.longer], [0, 0])
})

test('a long text is cut as a short one, whatever white space stands where', () => {
  const settings = { unit: 'word', split: 'punctuation', stripTags: false } as const
  const parts = ['first,second', '  \n', 'third.', '\t', '4th', ' ', "don't", '\n\n  ']
  const once = parts.join('')
  const expected = new PieceReader(settings).piecesOf(once)
  const times = Math.ceil(2_500_000 / once.length)
  const found = new PieceReader(settings).piecesOf(once.repeat(times))
  assert.equal(found.length, times * expected.length)
  assert.ok(found.every((piece, k) => piece === expected[k % expected.length]))
  const endless = 'x'.repeat(1_200_000)
  assert.equal(new PieceReader({ ...settings, split: 'whitespace' }).piecesOf(`a ${endless} b`).length, 3)
})
