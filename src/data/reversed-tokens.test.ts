import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { reversedIds, reversedTokens } from './reversed-tokens.js'
import type { TokenSequence } from './token-store.js'

const sequence = (ids: readonly number[]): TokenSequence => ({
  length: ids.length,
  read(begin, count, target, offset = 0) {
    target.set(ids.slice(begin, begin + count), offset)
  },
})

const all = (tokens: TokenSequence) => {
  const target = new Int32Array(tokens.length)
  tokens.read(0, tokens.length, target)
  return [...target]
}

test('lines keep their ends', () => {
  assert.deepEqual(all(reversedTokens(sequence([5, 6, 7, 1, 8, 1]), 1)), [8, 1, 7, 6, 5, 1])
  assert.deepEqual(all(reversedTokens(sequence([5, 6, 7]), undefined)), [7, 6, 5])
  assert.deepEqual([...reversedIds(Int32Array.of(5, 6, 7, 1), 1)], [7, 6, 5, 1])
  assert.deepEqual([...reversedIds(Int32Array.of(5, 6, 7), undefined)], [7, 6, 5])
})

test('every part is the part of the whole, and reversing twice changes nothing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(9), { maxLength: 30 }),
      fc.boolean(),
      fc.nat(),
      fc.nat(),
      (ids, lines, a, b) => {
        const text = lines ? [...ids, 1] : ids
        const lineEnd = lines ? 1 : undefined
        const reversed = reversedTokens(sequence(text), lineEnd)
        assert.deepEqual(all(reversedTokens(reversed, lineEnd)), text)
        const begin = a % (text.length + 1)
        const count = b % (text.length + 1 - begin)
        const target = new Int32Array(count + 3).fill(-7)
        reversed.read(begin, count, target, 2)
        assert.deepEqual([...target], [-7, -7, ...all(reversed).slice(begin, begin + count), -7])
      },
    ),
  )
  assert.throws(() => reversedTokens(sequence([1, 2]), 1).read(1, 2, new Int32Array(9)), RangeError)
})
