import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { buildVocabulary, endToken, unknownToken, Vocabulary } from './vocabulary.js'

const codeIs = (code: string) => (error: unknown) => error instanceof RepriseError && error.code === code
const counted = fc.uniqueArray(fc.tuple(fc.string(), fc.integer({ min: 1, max: 5 })), {
  selector: ([token]) => token,
})
const specials = [unknownToken, endToken]

test('a vocabulary keeps its limits and its order', () => {
  fc.assert(
    fc.property(
      counted,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 3, max: 30 }),
      (entries, minimumCount, maximumSize) => {
        const vocabulary = buildVocabulary(entries, specials, { minimumCount, maximumSize })
        const eligible = entries.filter(
          ([token, count]) => count >= minimumCount && !specials.includes(token),
        )
        assert.equal(vocabulary.size, Math.min(maximumSize, 2 + eligible.length))
        assert.deepEqual(vocabulary.tokens.slice(0, 2), specials)
        const place = new Map(entries.map(([token, count], i) => [token, { count, i }]))
        const ranked = vocabulary.tokens.slice(2).map((token) => place.get(token)!)
        for (const [i, entry] of ranked.slice(1).entries()) {
          const before = ranked[i]!
          assert.ok(before.count > entry.count || (before.count === entry.count && before.i < entry.i))
        }
        const rarest = ranked.at(-1)?.count ?? Number.POSITIVE_INFINITY
        for (const [token, count] of eligible)
          assert.ok(vocabulary.idOf(token) !== undefined || count <= rarest)
      },
    ),
  )
})

test('both ways, and through JSON', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'binary' })), fc.nat(3), (tokens, special) => {
      const vocabulary = new Vocabulary(tokens, tokens.slice(0, special))
      const copy = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)))
      assert.deepEqual(copy, vocabulary)
      for (const [id, token] of tokens.entries()) {
        assert.equal(copy.idOf(token), id)
        assert.equal(copy.tokenOf(id), token)
        assert.equal(copy.isSpecial(id), id < special)
      }
    }),
  )
})

test('names of object prototypes are ordinary tokens', () => {
  const vocabulary = new Vocabulary(['__proto__', 'constructor', 'toString'])
  assert.equal(vocabulary.idOf('__proto__'), 0)
  assert.equal(vocabulary.idOf('hasOwnProperty'), undefined)
})

test('what cannot be is refused', () => {
  assert.throws(() => new Vocabulary(['a', 'a']), codeIs('bad-vocabulary'))
  assert.throws(() => new Vocabulary(['a'], ['b']), codeIs('bad-vocabulary'))
  for (const id of [-1, 1, 0.5, Number.NaN])
    assert.throws(() => new Vocabulary(['a']).tokenOf(id), codeIs('bad-token-id'))
  for (const options of [
    { minimumCount: 0 },
    { minimumCount: 1.5 },
    { maximumSize: 2 },
    { maximumSize: 0 },
    { maximumSize: Number.NaN },
  ]) {
    assert.throws(() => buildVocabulary([], specials, options), codeIs('option'))
  }
  for (const json of [null, [], {}, { tokens: ['a'], specials: 1 }, { tokens: [1], specials: [] }]) {
    assert.throws(() => Vocabulary.fromJSON(json), codeIs('damaged-file'))
  }
})
