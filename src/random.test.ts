import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { philox, RandomStream, uniform } from './random.js'

const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, '0')).join(' ')
const ones = 0xffffffff
const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

// Random123's kat_vectors, lines "philox4x32 10".
test('philox gives the published known answers', () => {
  assert.equal(hex(philox([0, 0, 0, 0], [0, 0])), '6627e8d5 e169c58d bc57ac4c 9b00dbd8')
  assert.equal(hex(philox([ones, ones, ones, ones], [ones, ones])), '408f276d 41c83b0e a20bc7c6 6d5451fd')
  assert.equal(
    hex(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])),
    'd16cfe09 94fdcceb 5001e420 24126ea1',
  )
})

test('the uniform number of a word is its upper 24 bits', () => {
  assert.equal(uniform(0), 0)
  assert.equal(uniform(ones), 1 - 2 ** -24)
  assert.equal(uniform(0x80000000), 0.5)
  assert.equal(Math.fround(uniform(0xabcdef01)), uniform(0xabcdef01))
})

test('a stream goes on from its state with the same numbers', () => {
  fc.assert(
    fc.property(seeds, fc.string(), fc.nat(40), (seed, name, drawn) => {
      const random = new RandomStream(seed, name)
      for (let i = 0; i < drawn; i++) random.word()
      const resumed = RandomStream.from(JSON.parse(JSON.stringify(random.state())))
      for (let i = 0; i < 9; i++) assert.equal(resumed.word(), random.word())
    }),
  )
})

test('words are those of the Philox blocks, with the name as stream and the seed as key', () => {
  const seed = 5 * 2 ** 32 + 3
  const random = new RandomStream(seed, 'weights')
  const words = Array.from({ length: 8 }, () => random.word())
  const stream = streamOf('weights')
  const expected = [0, 1].flatMap((block) => [...philox([block, stream, 0, 0], [3, 5])])
  assert.deepEqual(words, expected)
})

test('far positions continue beyond 2^34 words without repeating the beginning', () => {
  const near = new RandomStream(1, 'far')
  const far = new RandomStream(1, 'far', 2 ** 34)
  assert.notDeepEqual(
    Array.from({ length: 8 }, () => far.word()),
    Array.from({ length: 8 }, () => near.word()),
  )
})

test('seeds and names both change the stream', () => {
  const first = (seed: number, name: string) => new RandomStream(seed, name).word()
  assert.notEqual(first(1, 'a'), first(2, 'a'))
  assert.notEqual(first(1, 'a'), first(1 + 2 ** 32, 'a'))
  assert.notEqual(first(1, 'a'), first(1, 'b'))
})

test('a seed that is no integer, negative or too large is refused', () => {
  for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) {
    assert.throws(() => new RandomStream(seed, 'x'), { code: 'option' })
  }
})

test('integers are below their bound and all equally likely', () => {
  const random = new RandomStream(11, 'integers')
  const counts = new Array<number>(7).fill(0)
  for (let i = 0; i < 70_000; i++) counts[random.integer(7)]!++
  // Standard deviation of each count is 93.
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, `${counts}`)
  assert.equal(random.integer(1), 0)
  assert.throws(() => random.integer(0), RangeError)
  assert.throws(() => random.integer(2 ** 32 + 1), RangeError)
})

test('normal numbers have the moments of a normal distribution', () => {
  const random = new RandomStream(12, 'normal')
  const draws = Array.from({ length: 50_000 }, () => random.normal(3, 2))
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length
  const moment = (power: number) => draws.reduce((sum, x) => sum + ((x - 3) / 2) ** power, 0) / draws.length
  assert.ok(Math.abs(mean - 3) < 0.05, `mean ${mean}`)
  assert.ok(Math.abs(moment(2) - 1) < 0.03, `variance ${moment(2)}`)
  assert.ok(Math.abs(moment(3)) < 0.08, `skewness ${moment(3)}`)
  assert.ok(Math.abs(moment(4) - 3) < 0.2, `kurtosis ${moment(4)}`)
})

test('a permutation holds every index once', () => {
  fc.assert(
    fc.property(seeds, fc.nat(200), (seed, length) => {
      const order = new RandomStream(seed, 'p').permutation(length)
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        [...Array(length).keys()],
      )
    }),
  )
})

test('every item reaches every place of a permutation', () => {
  const random = new RandomStream(13, 'p')
  const reached = new Set<string>()
  for (let i = 0; i < 500; i++) {
    for (const [place, item] of random.permutation(4).entries()) reached.add(`${item}@${place}`)
  }
  assert.equal(reached.size, 16)
})

function streamOf(name: string): number {
  let hash = 0x811c9dc5
  for (const unit of Buffer.from(name, 'latin1')) hash = Math.imul(hash ^ unit, 0x01000193)
  return (hash | 0x80000000) >>> 0
}
