import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { drawn, type GraphCase, GraphRunner, gradientProblems } from '../testing/graph-check.js'
import { Graph } from './graph.js'
import * as op from './operations/index.js'
import type { Tensor } from './tensor.js'

// The conditional random field against all chains of labels, one after the other.

interface Case {
  readonly N: number
  readonly T: number
  readonly L: number
  readonly lengths: readonly number[] | undefined
  readonly mask: readonly number[] | undefined
  /** emissions, transitions, start, end */
  readonly scores: readonly [number[], number[], number[], number[]]
  readonly targets: readonly number[]
}

/** Small whole numbers, so that chains often score the same. */
const cases = (score: fc.Arbitrary<number>) =>
  fc
    .record({
      N: fc.integer({ min: 1, max: 3 }),
      T: fc.integer({ min: 1, max: 4 }),
      L: fc.integer({ min: 1, max: 3 }),
    })
    .chain(({ N, T, L }) => {
      const list = <Value>(value: fc.Arbitrary<Value>, length: number) =>
        fc.array(value, { minLength: length, maxLength: length })
      return fc.record({
        N: fc.constant(N),
        T: fc.constant(T),
        L: fc.constant(L),
        lengths: fc.option(list(fc.integer({ min: 0, max: T + 1 }), N), { nil: undefined }),
        mask: fc.option(list(fc.constantFrom(0, 1), N * T), { nil: undefined }),
        scores: fc.tuple(list(score, N * T * L), list(score, L * L), list(score, L), list(score, L)),
        targets: list(fc.integer({ min: 0, max: L - 1 }), N * T),
      })
    })

/** Every chain over the steps of row n that count, with its score. */
function chains({ T, L, lengths, mask, scores }: Case, n: number) {
  const [emissions, transitions, start, end] = scores
  const places = Array.from({ length: T }, (_, t) => n * T + t).filter(
    (place, t) => t < (lengths?.[n] ?? T) && (mask?.[place] ?? 1) !== 0,
  )
  const all = Array.from({ length: L ** places.length }, (_, index) => {
    const labels = places.map((_place, k) => Math.floor(index / L ** k) % L)
    let score = places.length > 0 ? start[labels[0]!]! + end[labels.at(-1)!]! : 0
    for (const [k, place] of places.entries()) {
      score += emissions[place * L + labels[k]!]!
      if (k > 0) score += transitions[labels[k - 1]! * L + labels[k]!]!
    }
    return { labels, score }
  })
  return { places, all }
}

function run(
  { N, T, L, lengths, mask, scores, targets }: Case,
  use: (
    chain: readonly [Tensor, Tensor, Tensor, Tensor],
    counts: readonly [Tensor | undefined, Tensor | undefined],
    targets: Tensor,
  ) => Tensor,
): number[] {
  const shapes = [[N, T, L], [L, L], [L], [L]]
  const names = ['emissions', 'transitions', 'start', 'end']
  const floats = names.map((name, k) => [name, { shape: shapes[k]!, values: scores[k]! }] as const)
  const row: GraphCase = {
    parameters: Object.fromEntries([...floats, ...(mask ? [['mask', { shape: [N, T], values: mask }]] : [])]),
    integers: {
      targets: { shape: [N, T], values: targets },
      ...(lengths && { lengths: { shape: [N], values: lengths } }),
    },
    build: (t) => {
      const chain = [t.emissions!, t.transitions!, t.start!, t.end!] as const
      // Read whether or not it is used, since all inputs of a program must be.
      const y = use(chain, [t.lengths, t.mask], t.targets!)
      return op.add(y, op.scale(op.sum(op.oneHot(t.targets!, 1)), 0))
    },
  }
  const runner = new GraphRunner(row)
  const { values } = runner.value()
  runner.dispose()
  return Array.from(values)
}

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9 * (1 + Math.abs(b)), `${a} and ${b}`)

test('the log likelihood is that of the chain among all chains', () => {
  fc.assert(
    fc.property(cases(fc.double({ min: -3, max: 3, noNaN: true })), (c) => {
      const values = run(c, (chain, counts, targets) => op.crfLogLikelihood(...chain, targets, ...counts))
      for (let n = 0; n < c.N; n++) {
        const { places, all } = chains(c, n)
        const own = all.find(({ labels }) => labels.every((label, k) => label === c.targets[places[k]!]))!
        near(values[n]!, own.score - Math.log(all.reduce((sum, { score }) => sum + Math.exp(score), 0)))
      }
    }),
    { numRuns: 60 },
  )
})

test('the decoded chain is the best of all; of equals that with the smaller label, from the end on', () => {
  fc.assert(
    fc.property(cases(fc.integer({ min: -2, max: 2 })), (c) => {
      const hot = run(c, (chain, counts) => op.oneHot(op.crfDecode(...chain, ...counts).tags, c.L))
      const scores = run(c, (chain, counts) => op.crfDecode(...chain, ...counts).score)
      for (let n = 0; n < c.N; n++) {
        const { places, all } = chains(c, n)
        // Chains are numbered with the last label as the leading digit, so the first best is the one wanted.
        const best = all.reduce((a, b) => (b.score > a.score ? b : a))
        assert.equal(scores[n], best.score)
        for (let t = 0; t < c.T; t++) {
          const place = n * c.T + t
          const label = best.labels[places.indexOf(place)]
          const row = hot.slice(place * c.L, (place + 1) * c.L)
          assert.deepEqual(
            row,
            row.map((_, l) => Number(l === label)),
          )
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('marginals are shares of all chains', () => {
  fc.assert(
    fc.property(cases(fc.double({ min: -3, max: 3, noNaN: true })), (c) => {
      const values = run(c, (chain, counts) => op.crfMarginals(...chain, ...counts))
      for (let n = 0; n < c.N; n++) {
        const { places, all } = chains(c, n)
        const total = all.reduce((sum, { score }) => sum + Math.exp(score), 0)
        for (let e = n * c.T * c.L; e < (n + 1) * c.T * c.L; e++) {
          const k = places.indexOf(Math.floor(e / c.L))
          const share = all
            .filter(({ labels }) => k >= 0 && labels[k] === e % c.L)
            .reduce((sum, { score }) => sum + Math.exp(score), 0)
          near(values[e]!, share / total)
        }
      }
    }),
    { numRuns: 40 },
  )
})

test('gradients agree with differences, also where an input is not differentiated', () => {
  const parameters = {
    emissions: drawn('emissions', [3, 4, 3]),
    transitions: drawn('transitions', [3, 3]),
    start: drawn('start', [3]),
    end: drawn('end', [3]),
  }
  const integers = {
    targets: { shape: [3, 4], values: [0, 2, 1, 1, 2, 0, 0, 1, 1, 2, 2, 0] },
    lengths: { shape: [3], values: [4, 0, 2] },
  }
  const all: GraphCase = {
    parameters,
    integers,
    build: (t) => op.crfLogLikelihood(t.emissions!, t.transitions!, t.start!, t.end!, t.targets!, t.lengths!),
  }
  assert.deepEqual(gradientProblems(all), [])
  const { emissions, start } = parameters
  const some: GraphCase = {
    parameters: { emissions, start },
    integers,
    build: (t, graph) => {
      const end = op.fill(graph, [3], 0.5)
      const transitions = op.fill(graph, [3, 3], -0.25)
      return op.crfLogLikelihood(t.emissions!, transitions, t.start!, end, t.targets!, t.lengths!)
    },
  }
  assert.deepEqual(gradientProblems(some), [])
})

test('shapes that do not fit are named', () => {
  const graph = new Graph()
  const x = (name: string, shape: number[], dtype: 'float32' | 'int32' = 'float32') =>
    graph.input(name, shape, dtype)
  const [emissions, moves, edge] = [x('e', [2, 5, 3]), x('t', [3, 3]), x('s', [3])]
  const targets = x('y', [2, 5], 'int32')
  const refuses = (body: () => unknown, message: string) =>
    assert.throws(body, { code: 'shape', message: new RegExp(message.replace(/[[\]]/g, '\\$&')) })
  refuses(
    () => op.crfLogLikelihood(x('flat', [2, 3]), moves, edge, edge, targets),
    'crfLogLikelihood expects emissions [batch, steps, labels], got float32 [2, 3]',
  )
  refuses(
    () => op.crfDecode(emissions, x('wide', [3, 4]), edge, edge),
    'crfDecode expects transitions float32 [3, 3], got float32 [3, 4] for emissions [2, 5, 3]',
  )
  refuses(
    () => op.crfLogLikelihood(emissions, moves, edge, edge, x('float', [2, 5])),
    'crfLogLikelihood expects targets int32 [2, 5], got float32 [2, 5]',
  )
  refuses(
    () => op.crfDecode(emissions, moves, edge, edge, x('long', [3], 'int32')),
    'lengths int32 [2], got int32 [3]',
  )
})
