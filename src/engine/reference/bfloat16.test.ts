import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { roundToBfloat16 } from './bfloat16.js'

test('rounding gives the nearest number of eight bits, ties to even', () => {
  for (const [from, to] of [
    [1, 1],
    [-3.140625, -3.140625],
    [1 + 2 ** -8, 1], // half way, down to even
    [1 + 3 * 2 ** -8, 1 + 2 ** -6], // half way, up to even
    [1 + 2 ** -8 + 2 ** -20, 1 + 2 ** -7],
    [0, 0],
    [3.4e38, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [Number.NaN, Number.NaN],
  ] as const) {
    assert.equal(roundToBfloat16(from), to)
  }
  fc.assert(
    fc.property(fc.float({ noNaN: true, min: -(2 ** 100), max: 2 ** 100 }), (x) => {
      const rounded = roundToBfloat16(x)
      assert.equal(roundToBfloat16(rounded), rounded)
      assert.ok(Math.abs(rounded - x) <= Math.max(2 ** -8 * Math.abs(x), 2 ** -134))
    }),
  )
})
