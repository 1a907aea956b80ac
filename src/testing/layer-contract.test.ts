import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layerFields, layerNames } from '../layers/registry.js'
import { layerContract } from './layer-contract.js'
import { layerRows } from './layer-rows.js'
import { tensorLayerRows } from './tensor-layer-rows.js'

test('every registered layer has a row, and every option is varied', () => {
  for (const kind of layerNames()) {
    const rows = layerRows.filter((row) => row.kind === kind)
    assert.ok(rows.length > 0, `layer "${kind}" has no row in layer-rows.ts`)
    const missing = Object.keys(layerFields(kind)).filter(
      (name) => !rows.some((row) => name in row.variations),
    )
    assert.deepEqual(missing, [], `options of "${kind}" without a variation`)
  }
})

// The others are in tensor-layer-contract.test.ts, so that each file runs quickly.
for (const row of layerRows) if (!tensorLayerRows.includes(row)) layerContract(row)
