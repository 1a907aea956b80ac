import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandSpec } from '../engine/program.js'
import { commandNames, drawBuffers, scalarsOf } from './operation-buffers.js'
import { operationTable } from './operation-table.js'

test('every command has a row', () => {
  const covered = new Set(operationTable.flatMap((row) => row.commands))
  assert.deepEqual(
    commandNames.filter((name) => !covered.has(name)),
    [],
    'add rows to src/testing/rows',
  )
})

test('every optional tensor is present in some row and absent in another', () => {
  for (const name of commandNames) {
    const rows = operationTable.filter((row) => row.commands.includes(name))
    for (const argument of commandSpec(name).args.filter(({ optional }) => optional)) {
      const absent = rows.filter((row) => row.absent?.includes(argument.name)).length
      assert.ok(absent > 0, `${name}: no row leaves ${argument.name} out`)
      assert.ok(absent < rows.length, `${name}: no row has ${argument.name}`)
    }
  }
})

test('every flag of a command takes both its values', () => {
  const flags = ['accumulate', 'reverse', 'resetAfter', 'zeroOutput', 'locked', 'log', 'nesterov']
  for (const name of commandNames) {
    const rows = operationTable.filter((row) => row.commands.includes(name))
    for (const { name: flag } of commandSpec(name).args) {
      if (!flags.includes(flag) && !flag.startsWith('transpose')) continue
      assert.deepEqual([...new Set(rows.map((row) => row.scalars[flag]))].sort(), [0, 1], `${name}: ${flag}`)
    }
  }
})

test('rows have names of their own, only known arguments, and every scalar', () => {
  const names = new Set<string>()
  for (const row of operationTable) {
    assert.ok(!names.has(row.name), `two rows are called "${row.name}"`)
    names.add(row.name)
    const known = new Set(row.commands.flatMap((command) => commandSpec(command).args.map((a) => a.name)))
    for (const command of row.commands) scalarsOf(row, command)
    for (const name of Object.values(row.tensors ?? {}).flatMap((tensor) => tensor.sameAs ?? [])) {
      assert.ok(known.has(name), `row "${row.name}": no tensor is called ${name}`)
    }
  }
})

test('values drawn for tensors differ from each other, unless the row wants otherwise', () => {
  for (const row of operationTable) {
    for (const { name, initial, dtype, length } of drawBuffers(row).buffers) {
      // Beyond some ten thousand values float32 has too few numbers near the ends of the range.
      if (!initial || dtype !== 'f32' || length > 10_000 || row.tensors?.[name]?.draw) continue
      const values = Float32Array.from(initial)
      assert.equal(new Set(values).size, length, `row "${row.name}": ${name} repeats values`)
    }
  }
})
