import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WordTokenizer } from '../../../text/index.js'
import { letterPartsOf, wordsOfParts } from './letter-parts.js'
import { countLetterRuns, LetterRuns } from './letter-runs.js'
import { wordsOf } from './word-numbers.js'

const settings = { longest: 3, lowercase: true, minDocuments: 1, most: 1000 }
const pause = async () => {}

test('runs are those inside words with a space at both ends, as scikit-learn’s char_wb', async () => {
  const { runs, counts } = await countLetterRuns(['Fox a', 'fo\n fo'], settings, pause)
  const found = Object.fromEntries(runs.map((run, k) => [run, counts[k]]))
  assert.deepEqual(found, {
    ...{ ' f': 2, ' fo': 2, fo: 2 },
    ...{ fox: 1, ox: 1, 'ox ': 1, 'x ': 1, ' a': 1, ' a ': 1, 'a ': 1, 'fo ': 1, 'o ': 1 },
  })
  const few = await countLetterRuns(['Fox a', 'fo fo'], { ...settings, minDocuments: 2 }, pause)
  assert.deepEqual(few.runs, [' f', ' fo', 'fo'])
  assert.equal((await countLetterRuns(['Fox a'], { ...settings, most: 4 }, pause)).runs.length, 4)
})

test('reading finds each known run as often as it is there', () => {
  const reader = new LetterRuns(['fo', 'ox ', ' x'], true)
  assert.deepEqual(
    reader.read('FOFOX  y x').map((part) => [...part]),
    [[0, 0, 1], [], [2]],
  )
  assert.deepEqual(new LetterRuns([], true).read('any text'), [])
})

test('parts know their words, whatever the text', () => {
  const builder = WordTokenizer.builder({
    split: 'punctuation',
    normalize: { unicode: 'NFKC', lowercase: true },
  })
  builder.push('a')
  builder.endDocument()
  const tokenizer = builder.build() as WordTokenizer
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'Bc', "don't", '!!', '12:30', '漢字', '(x)', '…', 'e\u0301'), {
        maxLength: 9,
      }),
      (parts) => {
        const text = parts.join(' ')
        const places = wordsOfParts(text)
        assert.equal(places.length, letterPartsOf(text, true).length)
        assert.equal(
          places.reduce((sum, { words }) => sum + words, 0),
          wordsOf(text, tokenizer).length,
        )
      },
    ),
  )
})
