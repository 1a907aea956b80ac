import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '../engine/engine.js'
import { commandSpec } from '../engine/program.js'
import { firstDifference, firstOtherBits } from './compare.js'
import { compiledEngines, type EngineUnderTest, reference } from './engines.js'
import type { OperationRow } from './operation-row.js'
import { operationTable } from './operation-table.js'
import { type OperationResult, PreparedOperation } from './run-operation.js'

// Every row of the operation table on every engine: the same numbers as the reference within the row's tolerance, the
// same bits with one and with two threads, at the first and at the second run, and nothing written outside the outputs.

const families = [...new Set(operationTable.map(familyOf))]
const expected = new Map<OperationRow, OperationResult>()

function familyOf(row: OperationRow): string {
  return commandSpec(row.commands[0]!).family
}

async function runOnce(engine: Engine, row: OperationRow): Promise<OperationResult> {
  const operation = PreparedOperation.on(engine, row)
  try {
    return operation.runSync()
  } finally {
    operation.free()
  }
}

/** What is wrong with a row on an engine opened with several numbers of threads; undefined when nothing is. */
async function problemOf(engines: readonly Engine[], row: OperationRow): Promise<string | undefined> {
  let first: OperationResult | undefined
  for (const engine of engines) {
    const operation = PreparedOperation.on(engine, row)
    try {
      const threads = `${engine.info.threads} threads`
      const result = operation.runSync()
      const problem =
        firstDifference(row, result, expected.get(row)!) ??
        (first && firstOtherBits(row, threads, result, first)) ??
        firstOtherBits(row, `a second run with ${threads}`, await operation.run(), result)
      if (problem) return problem
      first = result
    } catch (error) {
      return error instanceof Error ? `${row.name}: ${error.message}` : String(error)
    } finally {
      operation.free()
    }
  }
  return undefined
}

test('the reference engine runs every row and writes only the outputs', async () => {
  const engine = await reference.open(1)
  for (const row of operationTable) expected.set(row, await runOnce(engine, row))
  for (const [row, result] of expected) {
    for (const [name, values] of result) {
      const poisoned = new Int32Array(values.buffer, values.byteOffset, values.length).includes(0x7fc0dead)
      const gaps = row.commands[0] === 'copy' || row.name.includes('gaps')
      assert.ok(gaps || !poisoned, `row "${row.name}": ${name} was not written everywhere`)
    }
  }
  engine.dispose()
})

async function testEngine(candidate: EngineUnderTest): Promise<void> {
  await test(`${candidate.label} agrees with the reference`, { timeout: 300_000 }, async (t) => {
    if (candidate.missing) return t.skip(candidate.missing)
    const engines = await Promise.all(candidate.threads.map((threads) => candidate.open(threads)))
    for (const family of families) {
      await t.test(family, async () => {
        const problems: string[] = []
        for (const row of operationTable.filter((each) => familyOf(each) === family)) {
          const problem = await problemOf(engines, row)
          if (problem) problems.push(problem)
        }
        const shown = problems.slice(0, 20).join('\n')
        assert.equal(problems.length, 0, `${problems.length} rows fail on ${candidate.label}:\n${shown}`)
      })
    }
    for (const engine of engines) engine.dispose()
  })
}

for (const candidate of await compiledEngines()) await testEngine(candidate)
