import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '../engine/engine.js'
import { commandSpec, type Precision } from '../engine/program.js'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { firstDifference, firstOtherBits } from './compare.js'
import { compiledEngines } from './engines.js'
import { hasProducts, mixedTolerance } from './mixed-tolerance.js'
import type { OperationRow } from './operation-row.js'
import { operationTable } from './operation-table.js'
import { type OperationResult, PreparedOperation } from './run-operation.js'

// Every row of the operation table in a program of precision 'mixed'. Where the engine has products of bfloat16: the
// reference's numbers within what rounding operands may do, and the same bits with any number of threads. Where it has
// none, and for commands that multiply no matrices: the bits of float32.

const products = operationTable.filter(hasProducts)
const others = operationTable.filter((row) => !hasProducts(row))

const isSmall = (row: OperationRow) => commandSpec(row.commands[0]!).flops(row.scalars) <= 60_000

function runOn(engine: Engine, row: OperationRow, precision: Precision): OperationResult {
  const operation = PreparedOperation.on(engine, row, precision)
  try {
    return operation.runSync()
  } finally {
    operation.free()
  }
}

const expected = new Map<OperationRow, OperationResult>()

test('the reference engine rounds operands', () => {
  const engine = createReferenceEngine()
  let [rounded, small] = [0, 0]
  for (const row of products) {
    const result = runOn(engine, row, 'mixed')
    expected.set(row, result)
    if (!isSmall(row)) continue
    small++
    if (firstOtherBits(row, 'rounding', result, runOn(engine, row, 'float32'))) rounded++
  }
  assert.ok(rounded > small / 2, `only ${rounded} of ${small} rows changed`)
})

function report(problems: readonly (string | undefined)[]): void {
  const found = problems.filter((problem) => problem !== undefined)
  assert.equal(found.length, 0, `${found.length} rows fail:\n${found.slice(0, 20).join('\n')}`)
}

for (const candidate of await compiledEngines()) {
  await test(`precision mixed on ${candidate.label}`, { timeout: 300_000 }, async (t) => {
    if (candidate.missing) return t.skip(candidate.missing)
    const engines = await Promise.all(candidate.threads.map((threads) => candidate.open(threads)))
    const first = engines[0]!
    const sameAsFloat32 = (row: OperationRow) =>
      firstOtherBits(row, 'precision mixed', runOn(first, row, 'mixed'), runOn(first, row, 'float32'))
    if (!first.info.mixed) {
      await t.test('has no bfloat16: the bits of float32', () =>
        report(products.filter(isSmall).map(sameAsFloat32)),
      )
    } else {
      await t.test('products agree with the reference, whatever the threads', () => {
        const problemOf = (row: OperationRow) => {
          const results = engines.map((engine) => runOn(engine, row, 'mixed'))
          const within = { ...row, tolerance: mixedTolerance(row) }
          return (
            firstDifference(within, results[0]!, expected.get(row)!) ??
            results.map((result) => firstOtherBits(row, 'threads', result, results[0]!)).find(Boolean)
          )
        }
        report(products.map(problemOf))
      })
      await t.test('everything else stays as it is', () => report(others.map(sameAsFloat32)))
    }
    for (const engine of engines) engine.dispose()
  })
}
