import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { selectBest } from './selection.js'

test('the best by weight are those a full sort would take first', () => {
  const entries = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 5 })), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(
      entries,
      fc.integer({ min: 1, max: 200 }),
      fc.boolean(),
      fc.integer(),
      (list, target, weighted, seed) => {
        const scores = Float64Array.from(list, ([score]) => score)
        const weights = weighted ? Float64Array.from(list, ([, weight]) => weight) : undefined
        const order = Int32Array.from(list.keys()).sort(
          (a, b) => Math.imul(a + 1, seed | 1) - Math.imul(b + 1, seed | 1),
        )
        const sorted = [...list.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b)
        let size = 0
        for (let sum = 0; size < list.length && sum < target; size++) sum += weights?.[sorted[size]!] ?? 1
        const count = selectBest(order, list.length, scores, weights, target)
        assert.equal(count, size)
        assert.deepEqual([...order.slice(0, count)].sort(), sorted.slice(0, size).sort())
        assert.deepEqual([...order].sort(), [...list.keys()].sort())
      },
    ),
    { numRuns: 1000 },
  )
})
