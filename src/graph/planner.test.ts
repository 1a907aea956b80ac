import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Lifetime, planArena } from './planner.js'

const lifetime = fc
  .record({ size: fc.integer({ min: 1, max: 300 }), first: fc.nat(40), length: fc.nat(12) })
  .map(({ size, first, length }): Lifetime => ({ size, first, last: first + length }))
const lifetimes = fc.array(lifetime, { maxLength: 40 })
const padded = (size: number) => Math.ceil(size / 16) * 16

test('buffers that live at the same time never overlap, and all lie aligned inside the arena', () => {
  fc.assert(
    fc.property(lifetimes, (buffers) => {
      const { offsets, length } = planArena(buffers)
      buffers.forEach((a, i) => {
        assert.equal(offsets[i]! % 16, 0)
        assert.ok(offsets[i]! >= 0 && offsets[i]! + a.size <= length)
        buffers.slice(0, i).forEach((b, j) => {
          if (a.last < b.first || b.last < a.first) return
          const apart = offsets[i]! + a.size <= offsets[j]! || offsets[j]! + b.size <= offsets[i]!
          assert.ok(
            apart,
            `${j} ${JSON.stringify(b)} at ${offsets[j]} and ${i} ${JSON.stringify(a)} at ${offsets[i]}`,
          )
        })
      })
    }),
    { numRuns: 300 },
  )
})

test('the arena is never longer than all buffers side by side, never shorter than the fullest moment', () => {
  fc.assert(
    fc.property(lifetimes, (buffers) => {
      const { length } = planArena(buffers)
      assert.ok(length <= buffers.reduce((sum, { size }) => sum + padded(size), 0))
      for (let moment = 0; moment < 60; moment++) {
        const alive = buffers.filter(({ first, last }) => first <= moment && moment <= last)
        assert.ok(length >= alive.reduce((sum, { size }) => sum + padded(size), 0))
      }
    }),
    { numRuns: 300 },
  )
})

test('a chain of equal buffers needs two places', () => {
  const chain = Array.from({ length: 50 }, (_, k) => ({ size: 64, first: k, last: k + 1 }))
  assert.equal(planArena(chain).length, 128)
})

test('the same buffers are always placed the same way', () => {
  fc.assert(
    fc.property(lifetimes, (buffers) => assert.deepEqual(planArena(buffers), planArena(buffers.slice()))),
    { numRuns: 50 },
  )
})
