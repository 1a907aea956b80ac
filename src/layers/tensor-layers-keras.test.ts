import { test } from 'node:test'
import { loadEngine } from '../engine/load.js'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { goldenLines } from '../testing/golden.js'
import { checkGoldenLayer, type GoldenLayerCase } from '../testing/golden-layer.js'

// What real Keras computes in the corners of layers without a loop; conformance/tensor_layers.py made the file.

const cases = goldenLines<GoldenLayerCase>('tensor-layers.jsonl')

for (const golden of cases) {
  test(`Keras: ${golden.id}`, () => checkGoldenLayer(golden, createReferenceEngine()))
}

test('the engine in use here gives what Keras gives', async () => {
  const engine = await loadEngine({ threads: 2 })
  for (const golden of cases) checkGoldenLayer(golden, engine)
  engine.dispose()
})
