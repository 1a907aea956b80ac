import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import * as layers from '../layers/index.js'
import { NdArray } from '../nd-array.js'
import { input, loadModel, model, sequential } from './index.js'

const engine = createReferenceEngine()
const [N, T, V] = [24, 5, 20]
const ids = new NdArray(
  Int32Array.from({ length: N * T }, (_, k) => (k * 7 + (k >> 2)) % V),
  [N, T],
)
/** The word after each word: what comes next is a function of what is there. */
const next = new NdArray(
  Int32Array.from(ids.data, (id) => (id * 3 + 1) % V),
  [N, T],
)

const outputs = {
  adaptiveSoftmax: () => layers.adaptiveSoftmax({ units: V, cutoffs: [4, 9], divValue: 2 }),
  sampledSoftmax: () => layers.sampledSoftmax({ units: V, samples: 6, sparse: true }),
  'sampledSoftmax, tied': () => layers.sampledSoftmax({ units: V, samples: 6, tiedTo: 'words' }),
}

for (const [name, make] of Object.entries(outputs)) {
  test(`${name}: a functional model of words and targets trains, and one of words predicts with its weights`, async () => {
    const words = input({ shape: [T], dtype: 'int32' })
    const targets = input({ shape: [T], dtype: 'int32' })
    const table = layers.embedding({ inputDim: V, outputDim: 8, sparse: true, name: 'words' })
    const features = layers.gru({ units: 8, returnSequences: true }).apply(table.apply(words))
    const output = make()
    const trained = model({
      inputs: [words, targets],
      outputs: output.apply([features, targets]),
      engine,
    })
    const predicting = model({ inputs: words, outputs: output.apply(features), engine })
    trained.compile({ optimizer: { name: 'adam', learningRate: 0.02, globalClipnorm: 1 } })
    const { history } = await trained.fit([ids, next], undefined, { verbose: 0, batchSize: 8, epochs: 12 })
    assert.ok(history.loss!.at(-1)! < 0.6 * history.loss![0]!, history.loss!.join(' '))

    const all = await predicting.predict(ids, { batchSize: 8 })
    const own = await trained.predict([ids, next], { batchSize: 8 })
    assert.deepEqual(
      [all.shape, own.shape],
      [
        [N, T, V],
        [N, T],
      ],
    )
    for (let row = 0; row < N * T; row++) {
      const expected = all.data[row * V + next.data[row]!]!
      assert.ok(Math.abs(own.data[row]! - expected) < 1e-5)
    }
    // What evaluate gives is the exact loss.
    const { loss } = await trained.evaluate([ids, next], undefined, { verbose: 0, batchSize: 8 })
    const mean = -own.data.reduce((sum, value) => sum + value, 0) / (N * T)
    assert.ok(Math.abs(loss! - mean) < 1e-5)

    const folder = await mkdtemp(join(tmpdir(), 'reprise-vocabulary-'))
    try {
      const path = join(folder, 'model.safetensors')
      await trained.save(path)
      const again = await loadModel(path, { engine })
      assert.deepEqual([...(await again.predict([ids, next], { batchSize: 8 })).data], [...own.data])
      await assert.rejects(trained.save(join(folder, 'model.keras')), { code: 'unsupported-layer' })
      again.dispose()
    } finally {
      await rm(folder, { recursive: true })
    }
    trained.dispose()
    predicting.dispose()
  })
}

test('a sparse embedding is refused weight decay, and saved for Keras as a plain one', async () => {
  const make = () =>
    sequential([layers.embedding({ inputDim: V, outputDim: 4, sparse: true }), layers.dense(1)], { engine })
  const decaying = make()
  decaying.compile({ optimizer: 'adamW', loss: 'mse' })
  await assert.rejects(decaying.fit(ids, new NdArray(new Float32Array(N * T), [N, T, 1]), { verbose: 0 }), {
    code: 'option',
    message: /adamW: weight decay .* "embedding\/embeddings"/,
  })
  decaying.dispose()
})
