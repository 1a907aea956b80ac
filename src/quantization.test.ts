import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  channelAxis,
  checkWeightFormat,
  dequantize,
  fromBf16,
  quantize,
  roundWeight,
  toBf16,
} from './quantization.js'

const matrices = fc
  .record({
    rows: fc.integer({ min: 1, max: 6 }),
    columns: fc.integer({ min: 1, max: 6 }),
    axis: fc.constantFrom(0, 1) as fc.Arbitrary<0 | 1>,
    exponent: fc.integer({ min: -20, max: 20 }),
    seeds: fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 36, maxLength: 36 }),
  })
  .map(({ rows, columns, axis, exponent, seeds }) => ({
    shape: [rows, columns],
    axis,
    values: Float32Array.from(seeds.slice(0, rows * columns), (seed) => seed * 2 ** exponent),
  }))

test('each int8 value is within half a scale, and the largest of a channel uses all seven bits', () => {
  fc.assert(
    fc.property(matrices, ({ shape, axis, values }) => {
      const { values: integers, scales } = quantize(values, shape, axis)
      const back = dequantize({ values: integers, scales }, shape, axis)
      const most = new Float32Array(scales.length)
      values.forEach((value, at) => {
        const channel = axis === 0 ? Math.floor(at / shape[1]!) : at % shape[1]!
        const allowed = scales[channel] === 0 ? 1e-30 : 0.5001 * scales[channel]!
        assert.ok(Math.abs(back[at]! - value) <= allowed, `${value} → ${back[at]}`)
        most[channel] = Math.max(most[channel]!, Math.abs(integers[at]!))
      })
      scales.forEach((scale, channel) => {
        assert.equal(most[channel], scale === 0 ? 0 : 127)
      })
    }),
  )
})

test('what was rounded once stays as it is, in both formats', () => {
  fc.assert(
    fc.property(matrices, fc.constantFrom('bf16', 'int8'), ({ shape, axis, values }, format) => {
      const name = axis === 0 ? 'layer/embeddings' : 'layer/kernel'
      const once = roundWeight(format as 'bf16' | 'int8', name, shape, values)
      assert.deepEqual(roundWeight(format as 'bf16' | 'int8', name, shape, once), once)
      if (format === 'bf16') return
      const again = quantize(once, shape, axis)
      const first = quantize(values, shape, axis)
      assert.deepEqual(again.values, first.values)
      assert.deepEqual(again.scales, first.scales)
    }),
  )
})

test('bf16 is the nearest of eight bits, ties to even; infinities and NaN stay', () => {
  const values = Float32Array.of(
    1,
    1 + 2 ** -8,
    1 + 3 * 2 ** -8,
    -1 - 2 ** -7,
    3.4e38,
    Infinity,
    -Infinity,
    NaN,
  )
  assert.deepEqual(
    [...fromBf16(toBf16(values))],
    [1, 1, 1 + 2 ** -6, -1 - 2 ** -7, Infinity, Infinity, -Infinity, NaN],
  )
})

test('kernels have a scale for each column, embedding tables for each row, nothing else has any', () => {
  assert.equal(channelAxis('a/kernel', [2, 3]), 1)
  assert.equal(channelAxis('bidirectional/forward_lstm/recurrentKernel', [2, 3]), 1)
  assert.equal(channelAxis('a/embeddings', [2, 3]), 0)
  assert.equal(channelAxis('conv/kernel', [5, 2, 3]), undefined)
  assert.equal(channelAxis('gru/bias', [2, 3]), undefined)
})

test('weights without a number and unknown formats are refused', () => {
  assert.throws(() => quantize(Float32Array.of(1, NaN), [1, 2], 1), {
    code: 'not-finite',
    message: /\[0, 1\]/,
  })
  assert.throws(() => quantize(Float32Array.of(Infinity), [1, 1], 0), { code: 'not-finite' })
  assert.throws(() => checkWeightFormat('int4'), {
    code: 'option',
    message: /float32, bf16, int8, got "int4"/,
  })
})
