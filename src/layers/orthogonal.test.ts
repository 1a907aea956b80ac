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
