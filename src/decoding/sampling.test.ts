import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { Sampler, type SamplingOptions } from './sampling.js'

const codeIs = (code: string) => (error: unknown) => error instanceof RepriseError && error.code === code

/** A small seeded generator (mulberry32), enough for tests. */
function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function softmax(logits: ArrayLike<number>, temperature = 1): number[] {
  const scaled = Array.from(logits, (x) => x / temperature)
  const highest = Math.max(...scaled)
  const weights = scaled.map((x) => Math.exp(x - highest))
  const total = weights.reduce((a, b) => a + b, 0)
  return weights.map((w) => w / total)
}

/** Every token that can be drawn, found by walking the uniform number through a fine grid. */
function reachable(logits: Float32Array, options: SamplingOptions, history: number[] = []): Set<number> {
  const sampler = new Sampler(logits.length, options)
  const tokens = new Set<number>()
  for (let i = 0; i < 4000; i++) tokens.add(sampler.sample(logits, () => i / 4000, history))
  return tokens
}

/** Tokens from the most likely on, equal ones by id. */
function ranked(logits: Float32Array): number[] {
  return [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b)
}

/** Few distinct values, so that ties are common. */
const logitsOf = (value: fc.Arbitrary<number>) =>
  fc.array(value, { minLength: 1, maxLength: 12 }).map((values) => Float32Array.from(values))
const tied = logitsOf(fc.integer({ min: -3, max: 3 }))
const any = logitsOf(fc.float({ min: -30, max: 30, noNaN: true }))

/** Pearson's statistic against the expected probabilities; impossible tokens must not occur. */
function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const draws = counts.reduce((a, b) => a + b, 0)
  let sum = 0
  for (const [token, p] of probabilities.entries()) {
    if (p === 0) assert.equal(counts[token], 0, `token ${token} is impossible`)
    else sum += (counts[token]! - draws * p) ** 2 / (draws * p)
  }
  return sum
}

function frequencies(logits: Float32Array, options: SamplingOptions, history: number[] = []): number[] {
  const sampler = new Sampler(logits.length, options)
  const uniform = seeded(20)
  const counts = new Array<number>(logits.length).fill(0)
  for (let i = 0; i < 40_000; i++) counts[sampler.sample(logits, uniform, history)]!++
  return counts
}

const eight = Float32Array.of(0.3, -1, 2, 0.3, 1.1, -0.5, 1.7, 0)
/** The 99.99 % point of chi-square with 7 degrees of freedom. */
const limit = 29.9

test('tokens come with the probabilities of the softmax', () => {
  for (const temperature of [0.5, 1, 2]) {
    assert.ok(chiSquare(frequencies(eight, { temperature }), softmax(eight, temperature)) < limit)
  }
})

test('what a filter leaves keeps its proportions', () => {
  const p = softmax(eight)
  const without = (keep: (token: number) => boolean): number[] => {
    const total = p.reduce((sum, x, token) => sum + (keep(token) ? x : 0), 0)
    return p.map((x, token) => (keep(token) ? x / total : 0))
  }
  const topThree = new Set(ranked(eight).slice(0, 3))
  assert.ok(
    chiSquare(
      frequencies(eight, { topK: 3 }),
      without((t) => topThree.has(t)),
    ) < limit,
  )
  assert.ok(
    chiSquare(
      frequencies(eight, { minP: 0.3 }),
      without((t) => p[t]! >= 0.3 * p[2]!),
    ) < limit,
  )
  assert.ok(
    chiSquare(
      frequencies(eight, { banned: [2, 0] }),
      without((t) => t !== 2 && t !== 0),
    ) < limit,
  )
  const penalised = eight.map((x, t) => (t === 2 ? x / 1.5 : t === 1 ? x * 1.5 : x))
  assert.ok(
    chiSquare(frequencies(eight, { repetitionPenalty: 1.5 }, [2, 1, 2, 99, -1]), softmax(penalised)) < limit,
  )
})

test('top-k gives the k most likely tokens, of equal ones the first, and never another', () => {
  fc.assert(
    fc.property(tied, fc.integer({ min: 1, max: 14 }), (logits, topK) => {
      assert.deepEqual([...reachable(logits, { topK })].sort(), ranked(logits).slice(0, topK).sort())
    }),
    { numRuns: 40 },
  )
})

test('top-p gives the smallest set of the most likely tokens that reaches p', () => {
  fc.assert(
    fc.property(tied, fc.double({ min: 0.02, max: 0.98, noNaN: true }), (logits, topP) => {
      const p = softmax(logits)
      const order = ranked(logits)
      let sum = 0
      let size = 0
      while (sum < topP - 1e-9) sum += p[order[size++]!]!
      assert.deepEqual([...reachable(logits, { topP })].sort(), order.slice(0, size).sort())
    }),
    { numRuns: 40 },
  )
})

test('top-p applies to what top-k leaves', () => {
  // Of three equal tokens top-k leaves two, and one of them is half of that.
  assert.deepEqual([...reachable(Float32Array.of(0, 0, 0), { topK: 2, topP: 0.5 })], [0])
})

test('typical sampling gives the tokens whose surprise is nearest to the entropy', () => {
  fc.assert(
    fc.property(any, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (logits, typicalP) => {
      const p = softmax(logits)
      const entropy = p.reduce((sum, x) => sum - (x > 0 ? x * Math.log(x) : 0), 0)
      const distance = p.map((x) => Math.abs(-Math.log(x) - entropy))
      const order = [...p.keys()].sort((a, b) => distance[a]! - distance[b]!)
      let sum = 0
      const kept = new Set<number>()
      for (const token of order) {
        // Leave out cases that hang on the last bit.
        if (Math.abs(sum - typicalP) < 1e-9) return
        if (sum >= typicalP && distance[token]! > Math.max(...[...kept].map((t) => distance[t]!)) + 1e-9)
          break
        kept.add(token)
        sum += p[token]!
      }
      for (const token of reachable(logits, { typicalP })) assert.ok(kept.has(token))
    }),
    { numRuns: 60 },
  )
})

test('temperature 0 is the most likely token, of equal ones the first, and draws nothing', () => {
  fc.assert(
    fc.property(tied, (logits) => {
      const uniform = (): number => assert.fail('drew')
      const best = new Sampler(logits.length, { temperature: 0, topK: 3, topP: 0.5 }).sample(logits, uniform)
      assert.equal(best, ranked(logits)[0])
      // Near 0 it is the same but for ties.
      const near = new Sampler(logits.length, { temperature: 1e-6 }).sample(logits, () => 0.999)
      assert.equal(logits[near], logits[best])
    }),
  )
})

test('a high temperature makes all tokens alike', () => {
  const p = frequencies(eight, { temperature: 1e6 })
  assert.ok(chiSquare(p, new Array<number>(8).fill(1 / 8)) < limit)
})

test('the same number gives the same token; a smaller p never adds one', () => {
  fc.assert(
    fc.property(any, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (logits, u) => {
      const options = { topK: 5, topP: 0.9, minP: 0.01, typicalP: 0.95, repetitionPenalty: 1.1 }
      const used = new Sampler(logits.length, options)
      used.sample(
        logits.map((x) => -x),
        () => 0.3,
        [0],
      )
      const before = logits.slice()
      const token = used.sample(logits, () => u, [0, 0])
      assert.equal(
        token,
        new Sampler(logits.length, options).sample(logits, () => u, [0]),
      )
      assert.deepEqual(logits, before)
    }),
  )
})

test('extreme logits stay safe', () => {
  const infinity = Number.POSITIVE_INFINITY
  const draw = (values: number[], options: SamplingOptions = {}): number =>
    new Sampler(values.length, options).sample(Float32Array.from(values), () => 0.999999)
  assert.equal(draw([3e38, -3e38, 0]), 0)
  assert.equal(draw([-3e38, -3e38]), 1)
  assert.equal(draw([-infinity, 0, -infinity]), 1)
  assert.equal(draw([0, infinity, 5]), 1)
  assert.equal(draw([infinity, infinity]), 1)
  assert.equal(draw([0, infinity, 5], { temperature: 0, topP: 0.5 }), 1)
  assert.equal(draw([1, 2, 3], { topP: 1e-300 }), 2)
  assert.throws(() => draw([0, Number.NaN]), codeIs('not-a-number'))
  assert.throws(() => draw([-infinity, -infinity]), codeIs('nothing-to-sample'))
  assert.throws(() => draw([1, 2], { banned: [0, 1] }), codeIs('nothing-to-sample'))
  assert.throws(() => new Sampler(3).sample(new Float32Array(2), () => 0), codeIs('shape'))
})

test('wrong options are refused', () => {
  const wrong: SamplingOptions[] = [
    { temperature: -1 },
    { temperature: Number.NaN },
    { temperature: Number.POSITIVE_INFINITY },
    { topK: -1 },
    { topK: 1.5 },
    { topP: 0 },
    { topP: 1.1 },
    { minP: -0.1 },
    { minP: 2 },
    { typicalP: 0 },
    { repetitionPenalty: 0 },
    { banned: [3] },
    { banned: [-1] },
  ]
  for (const options of wrong)
    assert.throws(() => new Sampler(3, options), codeIs('option'), JSON.stringify(options))
})
