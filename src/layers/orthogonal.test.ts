import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RandomStream } from '../random.js'
import { orthogonalRows } from './orthogonal.js'

const rowOf = (values: Float64Array, row: number, length: number) =>
  values.subarray(row * length, (row + 1) * length)
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)

test('the rows are what Gram–Schmidt makes of the normal rows, one after the other, for every count', () => {
  for (const [count, length] of [
    [1, 1],
    [2, 3],
    [3, 3],
    [5, 8],
    [6, 6],
    [8, 9],
    [11, 40],
    [23, 23],
  ] as const) {
    const random = new RandomStream(count, 'rows')
    const drawn = Float64Array.from({ length: count * length }, () => random.normal())
    const rows = orthogonalRows(count, length, new RandomStream(count, 'rows'))
    const want: Float64Array[] = []
    for (let row = 0; row < count; row++) {
      let own = rowOf(drawn, row, length).slice()
      for (let pass = 0; pass < 2; pass++)
        for (const other of want) {
          const share = dot(own, other)
          own = own.map((x, i) => x - share * other[i]!)
        }
      const norm = Math.sqrt(dot(own, own))
      want.push(own.map((x) => x / norm))
      rowOf(rows, row, length).forEach((x, i) => {
        assert.ok(Math.abs(x - want[row]![i]!) < 1e-9, `[${count}, ${length}] row ${row}`)
      })
    }
  }
})

test('WebAssembly gives the bits of JavaScript, and orthonormal rows, for every count', () => {
  for (const [count, length] of [
    [1, 1],
    [4, 4],
    [7, 7],
    [16, 64],
    [17, 33],
    [35, 35],
    [50, 61],
    [128, 160],
  ] as const) {
    const plain = orthogonalRows(count, length, new RandomStream(count, 'rows'), false)
    const fast = orthogonalRows(count, length, new RandomStream(count, 'rows'), true)
    // The memory of the fast way is one of WebAssembly: it was not the plain way after all.
    assert.ok(fast.buffer.byteLength % 65536 === 0 && fast.buffer.byteLength > 8 * count * length)
    assert.deepEqual([...fast], [...plain], `[${count}, ${length}]`)
    for (let row = 0; row < count; row++) {
      for (let other = 0; other <= row; other++) {
        const product = dot(rowOf(fast, row, length), rowOf(fast, other, length))
        assert.ok(Math.abs(product - (row === other ? 1 : 0)) < 1e-12, `rows ${row} and ${other}`)
      }
    }
  }
})

test('without WebAssembly the same rows come out', () => {
  const { Module } = WebAssembly
  const expected = orthogonalRows(40, 200, new RandomStream(1, 'rows'))
  try {
    WebAssembly.Module = class {
      constructor() {
        throw new Error('forbidden by a policy')
      }
    } as unknown as typeof Module
    assert.deepEqual([...orthogonalRows(40, 200, new RandomStream(1, 'rows'))], [...expected])
  } finally {
    WebAssembly.Module = Module
  }
})
