import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Engine } from '../engine/engine.js'
import { loadEngine } from '../engine/load.js'
import * as layers from '../layers/index.js'
import { NdArray } from '../nd-array.js'
import { largestDifference } from './compare-models.js'
import { inspectModel } from './inspect-model.js'
import { loadModel } from './load-model.js'
import type { Model } from './model.js'
import { sequential } from './sequential.js'

let engine: Engine
let folder: string
before(async () => {
  engine = await loadEngine({ threads: 2 })
  folder = mkdtempSync(join(tmpdir(), 'reprise-quantized-'))
})
after(() => {
  engine.dispose()
  rmSync(folder, { recursive: true })
})

const stacks: Record<string, () => Model> = {
  'bidirectional lstm': () =>
    sequential(
      [
        layers.embedding({ inputDim: 30, outputDim: 12, inputShape: [null], maskZero: true }),
        layers.bidirectional(layers.lstm({ units: 9 })),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
      { engine },
    ),
  'grus of both forms': () =>
    sequential(
      [
        layers.embedding({ inputDim: 30, outputDim: 12, inputShape: [null] }),
        layers.gru({ units: 11, returnSequences: true }),
        layers.gru({ units: 7, resetAfter: false }),
        layers.dense({ units: 2 }),
      ],
      { engine },
    ),
  'simple rnn, convolution, attention': () =>
    sequential(
      [
        layers.embedding({ inputDim: 30, outputDim: 12, inputShape: [8] }),
        layers.conv1d({ filters: 6, kernelSize: 3 }),
        layers.simpleRnn({ units: 5 }),
        layers.dense({ units: 1, activation: 'sigmoid' }),
      ],
      { engine },
    ),
}

for (const [name, make] of Object.entries(stacks)) {
  test(`${name}: loaded with int8 or bf16, saved, loaded again`, async () => {
    const original = make()
    const file = join(folder, 'plain.safetensors')
    await original.save(file)
    for (const weights of ['bf16', 'int8'] as const) {
      const model = await loadModel(file, { engine, weights })
      assert.equal(model.weightFormat, weights)
      const difference = await largestDifference(original, model)
      assert.ok(difference > 0 && difference < 0.02, `${weights}: ${difference}`)
      const small = join(folder, `${weights}.safetensors`)
      const before = model.getWeights()
      await model.save(small)
      const copy = await loadModel(small, { engine })
      assert.equal(copy.weightFormat, weights)
      assert.deepEqual(
        copy.getWeights().map(({ data }) => data),
        before.map(({ data }) => data),
      )
      assert.equal(await largestDifference(model, copy), 0)
      const report = inspectModel(copy)
      assert.equal(report.weights, weights)
      assert.ok(report.bytes < inspectModel(original).bytes)
      const wide = await loadModel(small, { engine, weights: 'float32' })
      assert.ok((await largestDifference(model, wide)) < 1e-4)
    }
  })
}

type Options = layers.SimpleRnnOptions & layers.GruOptions & layers.LstmOptions
const cells = {
  lstm: (options: Options) => layers.lstm(options),
  gru: (options: Options) => layers.gru(options),
  simpleRnn: (options: Options) => layers.simpleRnn(options),
}

test('steps of a stateful model agree with its sequences', async () => {
  for (const weights of ['float32', 'bf16', 'int8'] as const) {
    for (const [cell, layer] of Object.entries(cells)) {
      const make = (stateful: boolean, length: number) =>
        sequential(
          [
            layer({ units: 20, stateful, returnSequences: true, batchInputShape: [2, length, 6] }),
            layers.dense({ units: 3 }),
          ],
          { engine, weights },
        )
      const [whole, stepping] = [make(false, 5), make(true, 1)]
      stepping.setWeights(whole.getWeights())
      const x = Array.from({ length: 2 }, (_, n) =>
        Array.from({ length: 5 }, (_, t) => Array.from({ length: 6 }, (_, i) => Math.sin(n + 2 * t + 3 * i))),
      )
      const expected = (await whole.predict(NdArray.from(x))) as NdArray
      for (let t = 0; t < 5; t++) {
        const y = (await stepping.predict(NdArray.from(x.map((row) => [row[t]!])))) as NdArray
        for (let n = 0; n < 2; n++) {
          for (let j = 0; j < 3; j++) {
            const difference = Math.abs(y.data[n * 3 + j]! - expected.data[(n * 5 + t) * 3 + j]!)
            assert.ok(difference < (weights === 'int8' ? 2e-4 : 1e-5), `${weights} ${cell}: ${difference}`)
          }
        }
      }
    }
  }
})

test('training a model with quantized weights is refused', async () => {
  const model = sequential([layers.dense({ units: 2, inputShape: [3] })], { engine, weights: 'int8' })
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  const before = model.getWeights().map(({ data }) => [...data])
  await assert.rejects(model.fit([[1, 2, 3]], [[1, 2]], { verbose: 0 }), {
    code: 'quantized-weights',
    message: /int8 cannot be trained/,
  })
  assert.ok(Number.isFinite((await model.evaluate([[1, 2, 3]], [[1, 2]], { verbose: 0 })).loss))
  assert.deepEqual(
    model.getWeights().map(({ data }) => [...data]),
    before,
  )
  assert.throws(() => sequential([], { weights: 'int7' as 'int8' }), { code: 'option' })
})
