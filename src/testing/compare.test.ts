import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Activation } from '../engine/commands.generated.js'
import type { Engine } from '../engine/engine.js'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { firstDifference, firstOtherBits } from './compare.js'
import { checkGradients } from './finite-difference.js'
import type { OperationRow } from './operation-row.js'
import { operationTable } from './operation-table.js'
import { PreparedOperation } from './run-operation.js'

// The parity and gradient tests must notice what they are there for.

const rowCalled = (name: string) => operationTable.find((row) => row.name === name)!
const unary = rowCalled('unary erf, 37 elements')

const resultOf = (engine: Engine, row: OperationRow) => PreparedOperation.on(engine, row).runSync()

/** A reference engine in which a run also writes one element of its first region or its last. */
function scribbling(which: 'first' | 'last', place: number): Engine {
  const engine = createReferenceEngine()
  const load = engine.load.bind(engine)
  engine.load = (program, regions) => {
    const executable = load(program, regions)
    const runSync = () => {
      executable.runSync()
      const region = which === 'first' ? regions[0]! : regions.at(-1)!
      engine.write(region, place < 0 ? region.bytes / 4 + place : place, Float32Array.of(7))
    }
    return { ...executable, runSync }
  }
  return engine
}

test('writing before or behind an output, or into an input, is noticed', () => {
  assert.throws(() => resultOf(scribbling('last', 60), unary), /outside of y/)
  assert.throws(() => resultOf(scribbling('last', -60), unary), /outside of y/)
  assert.throws(() => resultOf(scribbling('first', 70), unary), /in the input x/)
})

test('a wrong element is noticed, a rounding error is not', () => {
  const expected = resultOf(createReferenceEngine(), unary)
  const y = expected.get('y')!
  const changed = (change: (value: number) => number) =>
    new Map([['y', Float32Array.from(y, (value, e) => (e === 20 ? change(value) : value))]])
  assert.equal(firstDifference(unary, expected, expected), undefined)
  assert.equal(
    firstDifference(
      unary,
      changed((value) => value * (1 + 2e-7)),
      expected,
    ),
    undefined,
  )
  for (const change of [(v: number) => v * 1.0001, () => Number.NaN, () => Number.POSITIVE_INFINITY]) {
    assert.match(firstDifference(unary, changed(change), expected)!, /y\[20\]/)
  }
  const infinite = changed(() => Number.POSITIVE_INFINITY)
  assert.match(firstDifference(unary, expected, infinite)!, /y\[20\]/)
  const rounded = changed((value) => value * (1 + 2e-7))
  assert.match(firstOtherBits(unary, 'more threads', rounded, expected)!, /y\[20\]/)
})

test('a gradient of another function is noticed', () => {
  const row: OperationRow = {
    ...rowCalled('softmax [5, 17]'),
    scalars: { M: 5, V: 17, log: 0, count: 5 * 17, kind: Activation.sigmoid },
  }
  assert.deepEqual(checkGradients(row), [])
  const problems = checkGradients({ ...row, commands: ['softmax', 'activationBackward'] })
  assert.match(problems[0]!, /dx/)
})
