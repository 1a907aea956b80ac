import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandSpec } from '../engine/program.js'
import { checkGradients, DoubleOperation, gradientPairs } from './finite-difference.js'
import { commandNames } from './operation-buffers.js'
import type { OperationRow } from './operation-row.js'
import { operationTable } from './operation-table.js'

// Every backward command of the reference engine against finite differences of its forward command, in float64.

const isPair = (row: OperationRow) => row.commands.length === 2
/** Rows this large repeat what smaller ones check, at a hundred times the price. */
const small = (row: OperationRow) => commandSpec(row.commands[0]!).flops(row.scalars) <= 60_000

const rows = operationTable.filter((row) => isPair(row) && small(row) && row.noGradient === undefined)

for (const backward of commandNames.filter((name) => name.endsWith('Backward'))) {
  test(`${backward} agrees with finite differences`, () => {
    const own = rows.filter((row) => row.commands[1] === backward)
    assert.ok(own.length > 0, `no row pairs ${backward} with its forward command`)
    const problems = own.flatMap(checkGradients)
    const shown = problems.slice(0, 20).join('\n')
    assert.equal(problems.length, 0, `${problems.length} gradients of ${own.length} rows differ:\n${shown}`)
  })

  test(`${backward}: every gradient it gives is compared in some row`, () => {
    const own = rows.filter((row) => row.commands[1] === backward)
    const compared = own.flatMap((row) => {
      const present = new DoubleOperation(row).tensors
      return gradientPairs(row.commands[0]!, backward, 'in')
        .filter((pair) => present.has(pair.name) && present.has(pair.gradient))
        .map((pair) => pair.gradient)
    })
    const given = commandSpec(backward).args.filter(
      (a) => a.kind === 'tensor' && a.access !== 'in' && a.name !== 'saved',
    )
    assert.deepEqual([...new Set(compared)].sort(), given.map((a) => a.name).sort())
  })
}

test('dropout is its own backward command', () => {
  const own = operationTable.filter(
    ({ commands, tensors }) => commands[0] === 'dropout' && !tensors?.y?.sameAs,
  )
  for (const row of own) {
    // It is linear in x: ⟨d, dropout(x)⟩ = ⟨dropout(d), x⟩ for every x and d.
    const operation = new DoubleOperation(row)
    const x = operation.floats('x')!.slice()
    operation.run('dropout')
    const y = operation.floats('y')!.slice()
    const d = x.map((_, e) => Math.sin(e + 1))
    operation.floats('x')!.set(d)
    operation.run('dropout')
    const dx = operation.floats('y')!
    const dot = (p: Float64Array, q: Float64Array) => p.reduce((sum, value, e) => sum + value * q[e]!, 0)
    const [forward, backward] = [dot(d, y), dot(dx, x)]
    assert.ok(Math.abs(forward - backward) <= 1e-9 * (1 + Math.abs(forward)), row.name)
  }
})
