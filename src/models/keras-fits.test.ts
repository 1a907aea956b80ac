import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import * as layers from '../layers/index.js'
import type { NdArray } from '../nd-array.js'
import { assertClose, fromGolden, type GoldenArray, goldenLines } from '../testing/golden.js'
import {
  type CompileOptions,
  input,
  type Model,
  type ModelFitOptions,
  type ModelOptions,
  model,
  sequential,
} from './index.js'

// Whole models of real Keras: history, scores, predictions and weights after training; conformance/fits.py made the file.

interface FitCase {
  readonly id: string
  readonly x: readonly GoldenArray[]
  readonly y: readonly GoldenArray[]
  readonly sampleWeight?: GoldenArray
  readonly before: readonly GoldenArray[]
  readonly after: readonly GoldenArray[]
  readonly history: Readonly<Record<string, readonly number[]>>
  readonly scores: Readonly<Record<string, number>>
  readonly predictions: readonly GoldenArray[]
}

interface Recipe {
  readonly build: (options: ModelOptions) => Model
  readonly compile: CompileOptions
  readonly fit: ModelFitOptions
}

const classifier = (options: ModelOptions) =>
  sequential(
    [
      input({ shape: [6], dtype: 'int32' }),
      layers.embedding(9, 4, { maskZero: true }),
      layers.lstm(5),
      layers.dense(3, { activation: 'softmax' }),
    ],
    options,
  )
const binary = (options: ModelOptions) =>
  sequential([input({ shape: [4, 3] }), layers.gru(4), layers.dense(1, { activation: 'sigmoid' })], options)

const recipes: Readonly<Record<string, Recipe>> = {
  classifier: {
    build: classifier,
    compile: { optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] },
    fit: { epochs: 3, batchSize: 8, validationSplit: 0.25 },
  },
  'one-hot': {
    build: classifier,
    compile: {
      optimizer: 'rmsprop',
      loss: 'categoricalCrossentropy',
      metrics: ['acc', 'top_k_categorical_accuracy'],
    },
    fit: { epochs: 2, batchSize: 5 },
  },
  'class-weight': {
    build: binary,
    compile: {
      optimizer: 'sgd',
      loss: 'binaryCrossentropy',
      metrics: ['accuracy'],
      weightedMetrics: ['accuracy'],
    },
    fit: { epochs: 3, batchSize: 6, classWeight: { 0: 0.5, 1: 2 } },
  },
  'sample-weight': {
    build: binary,
    compile: { optimizer: 'nadam', loss: 'binaryCrossentropy', metrics: ['mae'], weightedMetrics: ['mse'] },
    fit: { epochs: 2, batchSize: 6 },
  },
  tagger: {
    build: (options) =>
      sequential(
        [
          input({ shape: [5], dtype: 'int32' }),
          layers.embedding(8, 3, { maskZero: true }),
          layers.bidirectional(layers.simpleRnn(4, { returnSequences: true })),
          layers.timeDistributed(layers.dense(3, { activation: 'softmax' })),
        ],
        options,
      ),
    compile: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] },
    fit: { epochs: 2, batchSize: 7, validationSplit: 0.2 },
  },
  'mse-accuracy': {
    build: (options) =>
      sequential(
        [layers.dense(6, { activation: 'relu', inputDim: 7 }), layers.dense(1, { activation: 'sigmoid' })],
        options,
      ),
    compile: { optimizer: 'adam', loss: 'mean_squared_error', metrics: ['accuracy'] },
    fit: { epochs: 2, batchSize: 32 },
  },
  regression: {
    build: (options) =>
      sequential([layers.dense(6, { activation: 'relu', inputDim: 7 }), layers.dense(1)], options),
    compile: { optimizer: 'adagrad', loss: 'mse', metrics: ['mae', 'root_mean_squared_error'] },
    fit: { epochs: 3, batchSize: 10, validationSplit: 0.3 },
  },
  'two-outputs': {
    build: (options) => {
      const [a, b] = [input({ shape: [3], name: 'a' }), input({ shape: [2], name: 'b' })]
      const h = layers.dense(5, { activation: 'tanh', name: 'h' }).apply(layers.concatenate().apply([a, b]))
      const p = layers.dense(1, { activation: 'sigmoid', name: 'p' }).apply(h)
      const q = layers.dense(4, { activation: 'softmax', name: 'q' }).apply(h)
      return model({ ...options, inputs: [a, b], outputs: [p, q] })
    },
    compile: {
      optimizer: 'adam',
      loss: { p: 'binaryCrossentropy', q: 'sparseCategoricalCrossentropy' },
      lossWeights: [0.7, 0.2],
      metrics: [['accuracy'], ['accuracy']],
    },
    fit: { epochs: 2, batchSize: 8, validationSplit: 0.2 },
  },
  regularized: {
    build: (options) =>
      sequential(
        [
          input({ shape: [4, 3] }),
          layers.lstm(4, {
            kernelRegularizer: 'l2',
            recurrentConstraint: { name: 'maxNorm', maxValue: 0.9 },
          }),
          layers.dense(2, {
            kernelRegularizer: { name: 'l1l2', l1: 0.01, l2: 0.02 },
            biasConstraint: 'nonNeg',
          }),
        ],
        options,
      ),
    compile: { optimizer: 'sgd', loss: 'mse' },
    fit: { epochs: 3, batchSize: 8, validationSplit: 0.2 },
  },
  normalized: {
    build: (options) =>
      sequential(
        [
          layers.dense(6, { inputDim: 5 }),
          layers.batchNormalization(),
          layers.activation('relu'),
          layers.dense(2),
        ],
        options,
      ),
    compile: { optimizer: 'adam', loss: 'mse' },
    fit: { epochs: 3, batchSize: 8, validationSplit: 0.2 },
  },
}

const tolerance = 1e-4 // after several steps of training, the bound

describe('models train as in Keras', () => {
  for (const golden of goldenLines<FitCase>('fits.jsonl')) {
    test(golden.id, async () => {
      const recipe = recipes[golden.id]
      assert.ok(recipe, `no recipe for the case ${golden.id}`)
      const own = recipe.build({ engine: createReferenceEngine() })
      own.setWeights(golden.before.map(fromGolden))
      own.compile(recipe.compile)
      const one = (arrays: readonly GoldenArray[]): NdArray | NdArray[] =>
        arrays.length === 1 ? fromGolden(arrays[0]!) : arrays.map(fromGolden)
      const [x, y] = [one(golden.x), one(golden.y)]
      const { history } = await own.fit(x, y, {
        ...recipe.fit,
        ...(golden.sampleWeight && { sampleWeight: fromGolden(golden.sampleWeight) }),
        shuffle: false,
        verbose: 0,
      })
      const close = (actual: number | undefined, expected: number, what: string) => {
        assert.ok(
          actual !== undefined && Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
          `${what} is ${actual}, Keras gives ${expected}`,
        )
      }
      const known = Object.keys(history).filter((name) => name in golden.history || golden.id !== 'tagger')
      assert.deepEqual(known.sort(), Object.keys(golden.history).sort())
      for (const [name, values] of Object.entries(golden.history)) {
        for (const [epoch, value] of values.entries()) {
          close(history[name]![epoch], value, `${name} of epoch ${epoch}`)
        }
      }
      const scores = await own.evaluate(x, y, { batchSize: 9, verbose: 0 })
      assert.deepEqual(Object.keys(scores).sort(), Object.keys(golden.scores).sort())
      for (const [name, value] of Object.entries(golden.scores)) close(scores[name], value, name)
      const predictions = await own.predictAll(x, { batchSize: 9 })
      for (const [k, expected] of golden.predictions.entries()) {
        assertClose(predictions[k]!, fromGolden(expected), tolerance, `output ${k}`)
      }
      for (const [k, expected] of golden.after.entries()) {
        assertClose(own.getWeights()[k]!, fromGolden(expected), tolerance, `weight ${own.weights[k]!.name}`)
      }
      own.dispose()
    })
  }
})
