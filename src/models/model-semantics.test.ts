import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import * as layers from '../layers/index.js'
import { NdArray } from '../nd-array.js'
import { lessIsBetter } from './callbacks/monitor.js'
import { type CompileOptions, input, model, sequential } from './index.js'
import { modelConfig } from './model-config.js'
import { modelFromConfig } from './model-from-config.js'

// Where a model must do as Keras does although nothing fails when it does not.

const engine = createReferenceEngine()
const wave = (...shape: number[]) =>
  new NdArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(k * 1.7)),
    shape,
  )
const quiet = { verbose: 0 } as const
const [x, y] = [wave(8, 3), wave(8, 1)]

function small(options: CompileOptions = {}) {
  const own = sequential([layers.dense(4, { activation: 'tanh', inputDim: 3 }), layers.dense(1)], { engine })
  own.compile({ optimizer: 'adam', loss: 'mse', ...options })
  return own
}

describe('compile', () => {
  test('again with another loss and other metrics counts, with the same shapes', async () => {
    const own = small()
    await own.fit(x, y, quiet)
    await own.evaluate(x, y, quiet)
    own.compile({ optimizer: 'adam', loss: 'mae', metrics: ['mse'] })
    const fresh = small({ loss: 'mae', metrics: ['mse'] })
    fresh.setWeights(own.getWeights())
    assert.deepEqual({ ...(await own.evaluate(x, y, quiet)) }, { ...(await fresh.evaluate(x, y, quiet)) })
    for (const each of [own, fresh]) await each.fit(x, y, quiet)
    assert.deepEqual([...own.getWeights()[0]!.data], [...fresh.getWeights()[0]!.data])
  })

  test('penalties of frozen weights are not in the loss', async () => {
    const own = sequential([layers.dense(1, { inputDim: 3, kernelRegularizer: 'l2' })], { engine })
    own.compile({ loss: 'mse', metrics: ['mse'] })
    const { loss, mse } = await own.evaluate(x, y, quiet)
    assert.ok(loss! > mse!)
    own.layers[0]!.trainable = false
    assert.equal((await own.evaluate(x, y, quiet)).loss, mse)
  })

  test('a frozen batch normalization without weights to train keeps its statistics', async () => {
    const norm = layers.batchNormalization({ scale: false, center: false, inputShape: [3] })
    const own = sequential([norm, layers.dense(1)], { engine })
    own.compile({ loss: 'mse' })
    await own.fit(x, y, quiet)
    norm.trainable = false
    const before = norm.getWeights()
    await own.fit(x, y, quiet)
    assert.deepEqual(norm.getWeights(), before)
  })
})

describe('fit', () => {
  test('class weights are not for validation, and not for generators', async () => {
    const own = small({ optimizer: { name: 'sgd', learningRate: 0 } })
    const labels = NdArray.from([[0], [1], [0], [1], [0], [1], [0], [1]])
    const options = { ...quiet, validationSplit: 0.5, shuffle: false }
    const plain = (await own.fit(x, labels, options)).history
    const weighted = (await own.fit(x, labels, { ...options, classWeight: { 1: 10 } })).history
    assert.notEqual(weighted.loss![0], plain.loss![0])
    assert.equal(weighted.val_loss![0], plain.val_loss![0])
    const batches = function* () {
      yield [x, y] as const
    }
    await assert.rejects(own.fit(batches, { ...quiet, classWeight: { 1: 2 } }), /classWeight needs arrays/)
  })

  test('validationData leaves all rows for training', async () => {
    let rows = 0
    await small().fit(x, y, {
      ...quiet,
      batchSize: 1,
      validationSplit: 0.5,
      validationData: [x, y],
      callbacks: [{ onTrainBatchEnd: () => void rows++ }],
    })
    assert.equal(rows, 8)
  })

  test('stepsPerEpoch goes on in the data from epoch to epoch', async () => {
    const [inHalves, whole] = [small(), small()]
    await inHalves.fit(x, y, { ...quiet, batchSize: 2, epochs: 2, stepsPerEpoch: 2, shuffle: false })
    await whole.fit(x, y, { ...quiet, batchSize: 2, shuffle: false })
    assert.deepEqual([...inHalves.getWeights()[0]!.data], [...whole.getWeights()[0]!.data])
  })

  test('each fit has an order of its own', async () => {
    const losses: number[] = []
    const own = small({ optimizer: { name: 'sgd', learningRate: 0 } })
    const callback = { onTrainBatchEnd: (_: number, { loss }: { loss?: number }) => void losses.push(loss!) }
    for (let k = 0; k < 2; k++) await own.fit(x, y, { ...quiet, batchSize: 1, callbacks: [callback] })
    assert.notDeepEqual(losses.slice(0, 8), losses.slice(8))
  })

  test('an unbuilt model takes generators of training and validation data', async () => {
    const batches = function* () {
      yield [x, y] as const
    }
    for (const data of [x, batches]) {
      const own = sequential([layers.dense(1)], { engine })
      own.compile({ loss: 'mse' })
      const { history } = await own.fit(data, data === x ? y : undefined, {
        ...quiet,
        validationData: batches,
      })
      assert.equal(history.val_loss!.length, 1)
    }
  })

  test('data of a wrong shape does not stay with an unbuilt model', async () => {
    const own = sequential([layers.lstm(2), layers.dense(1)], { engine })
    own.compile({ loss: 'mse' })
    await assert.rejects(own.fit(x, y, quiet), /expects input \[N, T, features\]/)
    await own.fit(wave(8, 5, 3), y, quiet)
  })

  test('sample weights of one array count for every output', async () => {
    const from = input({ shape: [3] })
    const own = model({
      inputs: from,
      outputs: [layers.dense(1).apply(from), layers.dense(1).apply(from)],
      engine,
    })
    own.compile({ loss: 'mse', optimizer: { name: 'sgd', learningRate: 0 } })
    const weights = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)
    const { history } = await own.fit(x, [y, y], { ...quiet, sampleWeight: weights })
    const each = await own.fit(x, [y, y], { ...quiet, sampleWeight: [weights, weights] })
    assert.deepEqual(history, each.history)
  })
})

describe('running', () => {
  test('evaluations at the same time count for themselves', async () => {
    const own = small({ metrics: ['mae'] })
    const options = { ...quiet, batchSize: 2 }
    const half = [x.slice(0, 4), y.slice(0, 4)] as const
    const one = [await own.evaluate(x, y, options), await own.evaluate(...half, options)]
    const both = await Promise.all([own.evaluate(x, y, options), own.evaluate(...half, options)])
    assert.deepEqual(
      both.map((scores) => [...scores]),
      one.map((scores) => [...scores]),
    )
  })

  test('dispose waits for the step under way and loses nothing', async () => {
    const run = async (when: 'never' | 'between' | 'during') => {
      const own = small()
      const training = own.fit(x, y, { ...quiet, batchSize: 1, epochs: 3 })
      if (when === 'during') setImmediate(() => own.dispose())
      await training
      if (when === 'between') own.dispose()
      await own.fit(x, y, { ...quiet, initialEpoch: 3, epochs: 4 })
      return [...own.getWeights()[0]!.data]
    }
    const expected = await run('never')
    assert.deepEqual(await run('between'), expected)
    assert.deepEqual(await run('during'), expected)
  })

  test('a batch size of 0 is refused', async () => {
    await assert.rejects(small().predict(x, { batchSize: 0 }), /predict: batchSize/)
    await assert.rejects(small().evaluate(x, y, { batchSize: 0 }), /evaluate: batchSize/)
  })
})

describe('models of models', () => {
  test('two alike begin with weights of their own', async () => {
    const from = input({ shape: [3] })
    const towers = [0, 1].map(() => sequential([layers.dense(2)], { engine }))
    const outputs = towers.map((tower) => tower.apply(from))
    const own = model({ inputs: from, outputs, engine })
    const [first, second] = await own.predictAll(x)
    assert.notDeepEqual([...first!.data], [...second!.data])
  })

  test('each input has the limit of the embedding that reads it', async () => {
    const ints = () => input({ shape: [2], dtype: 'int32' })
    const [a, b, c, d] = [ints(), ints(), ints(), ints()]
    const words = [layers.embedding(10, 2).apply(a), layers.embedding(100, 2).apply(b)]
    const inner = model({ inputs: [a, b], outputs: layers.concatenate().apply(words), engine })
    const own = model({ inputs: [c, d], outputs: inner.apply([c, d]), engine })
    const [low, high] = [new NdArray(Int32Array.of(1, 9), [1, 2]), new NdArray(Int32Array.of(50, 99), [1, 2])]
    assert.deepEqual((await own.predict([low, high])).shape, [1, 2, 4])
    await assert.rejects(own.predict([high, low]), /holds 50 in row 0; expected whole numbers 0 … 9/)
  })
})

describe('files', () => {
  test('a model that begins in the middle of another one', () => {
    const from = input({ shape: [3] })
    const hidden = layers.dense(2).apply(from)
    const output = layers.dense(1).apply(hidden)
    model({ inputs: from, outputs: output, engine })
    const own = model({ inputs: hidden, outputs: output, engine })
    const { layers: saved, inputs } = modelConfig(own)
    assert.deepEqual(inputs, [['dense_input_0', 0, 0]])
    assert.deepEqual(
      saved.map(({ name }) => name),
      ['dense_input_0', 'dense_1'],
    )
    assert.deepEqual(modelFromConfig(modelConfig(own), { engine }).outputs[0]!.sizes, [null, 1])
  })

  test('weights that are not there are not saved', async () => {
    const own = sequential([layers.dense(2)], { engine })
    for (const path of ['a.safetensors', 'a.weights.h5']) {
      await assert.rejects(own.saveWeights(path), /has no weights yet/)
    }
    await assert.rejects(own.save('a.keras'), /has no weights yet/)
  })
})

test('which direction of a score is better', () => {
  assert.deepEqual(
    ['val_loss', 'acceleration_loss', 'mae', 'val_accuracy', 'val_sensitivity_at_specificity', 'auc'].map(
      (name) => lessIsBetter(name, 'auto'),
    ),
    [true, true, true, false, false, false],
  )
})
