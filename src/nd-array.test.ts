import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NdArray, type Nested } from './nd-array.js'

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
const arrays = shapes.map((shape) => {
  const size = shape.reduce((a, b) => a * b, 1)
  return new NdArray(
    Float32Array.from({ length: size }, (_, k) => (k * 7) % 11),
    shape,
  )
})

test('nested arrays there and back', () => {
  fc.assert(
    fc.property(arrays, (array) => {
      const again = NdArray.from(array.toArray() as readonly Nested[])
      assert.deepEqual(again, array)
      assert.deepEqual(JSON.parse(JSON.stringify(array)), array.toArray())
    }),
  )
})

test('rows, slices, take and at agree', () => {
  fc.assert(
    fc.property(arrays, fc.nat(), (array, seed) => {
      const n = seed % array.length
      const first = array.shape.slice(1).map(() => 0)
      const value = array.at(n, ...first)
      assert.equal(array.row(n).data[0], value)
      assert.equal(array.row(n - array.length).data[0], value)
      assert.equal(array.slice(n, n + 1).data[0], value)
      assert.equal(array.slice(n - array.length).data[0], value)
      assert.equal(array.take([n, n]).at(1, ...first), value)
      assert.deepEqual([...array][n], array.row(n))
      assert.equal(array.reshape([-1]).size, array.size)
    }),
  )
})

test('slices are views, take copies', () => {
  const array = NdArray.from([
    [1, 2],
    [3, 4],
  ])
  array.slice(1).set(9, 0, 0)
  assert.equal(array.at(1, 0), 9)
  array.take([1]).set(5, 0, 0)
  assert.equal(array.at(-1, 0), 9)
})

test('argmax is the first of equals along the last axis', () => {
  const rows = NdArray.from([
    [1, 3, 3],
    [5, 0, 2],
  ])
  assert.deepEqual([...rows.argmax().data], [1, 0])
  assert.equal(rows.row(0).argmax().item(), 1)
})

test('random numbers lie in [0, 1) and depend on the seed', () => {
  const [a, b, c] = [NdArray.random([50, 4], 1), NdArray.random([50, 4], 1), NdArray.random([50, 4], 2)]
  assert.deepEqual(a, b)
  assert.notDeepEqual(a, c)
  assert.ok(a.data.every((value) => value >= 0 && value < 1))
})

test('what does not fit is refused', () => {
  assert.throws(() => NdArray.from([[1, 2], [3]]), /at \[1\] expected 2 values, got 1 \(padSequences/)
  assert.throws(() => NdArray.from([[1], ['2' as unknown as number]]), /expected a number at \[1, 0\]/)
  assert.throws(() => new NdArray(new Float32Array(5), [2, 3]), { code: 'shape' })
  assert.throws(() => NdArray.zeros([2, 3]).at(2, 0), /index 2 is outside axis 0 of length 2/)
  assert.throws(() => NdArray.zeros([2, 3]).at(1), { code: 'shape' })
  assert.throws(() => NdArray.zeros([2]).item(), { code: 'shape' })
})
