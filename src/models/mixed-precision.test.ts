import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '../engine/engine.js'
import { listInstructionSets, loadEngine } from '../engine/load.js'
import type { Precision } from '../engine/program.js'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import * as layers from '../layers/index.js'
import { NdArray } from '../nd-array.js'
import { compileConfig } from './compile-config.js'
import { type CompileOptions, sequential } from './index.js'

// Training in mixed precision, on the fastest engine here: with bfloat16 where it has it.

const quiet = { verbose: 0 } as const
const [rows, steps, units] = [32, 6, 34]
const x = new NdArray(
  Int32Array.from({ length: rows * steps }, (_, k) => (k * k + 3 * k) % 7),
  [rows, steps],
)
// Which of two symbols came more often.
const y = new NdArray(
  Float32Array.from({ length: rows }, (_, n) => {
    const own = [...x.data.subarray(n * steps, (n + 1) * steps)]
    return own.filter((id) => id === 0).length > own.filter((id) => id === 4).length ? 1 : 0
  }),
  [rows, 1],
)

function classifier(engine: Engine, precision: Precision | undefined, options: CompileOptions = {}) {
  const own = sequential(
    [
      layers.embedding({ inputDim: 7, outputDim: 12, inputShape: [steps] }),
      layers.lstm({ units, returnSequences: true }),
      layers.gru({ units: 20, returnSequences: true }),
      layers.simpleRnn({ units: 16 }),
      layers.dense(1, { activation: 'sigmoid' }),
    ],
    { engine, seed: 3 },
  )
  own.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', ...(precision && { precision }), ...options })
  return own
}

const flat = (arrays: readonly NdArray[]) => arrays.flatMap(({ data }) => [...data])
const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))

/** The gradient, as what one step of plain descent changes. */
async function gradientOf(engine: Engine, precision: Precision): Promise<number[]> {
  const own = classifier(engine, precision, { optimizer: { name: 'sgd', learningRate: 1 } })
  const before = flat(own.getWeights())
  await own.trainOnBatch(x, y)
  return flat(own.getWeights()).map((weight, k) => before[k]! - weight)
}

describe('precision mixed', () => {
  let engine: Engine
  before(async () => {
    engine = await loadEngine({ threads: 1 })
  })
  after(() => engine.dispose())

  test('has gradients near those of float32, and not the same', async () => {
    for (const each of [engine, createReferenceEngine()]) {
      const [plain, mixed] = [await gradientOf(each, 'float32'), await gradientOf(each, 'mixed')]
      const difference = norm(plain.map((value, k) => value - mixed[k]!)) / norm(plain)
      // Operands are off by 2⁻⁹ or so at random; the way through four layers and six steps adds some of it up.
      assert.ok(difference < 0.02, `${each.info.name}: ${difference}`)
      assert.equal(difference > 0, each.info.mixed, each.info.name)
    }
  })

  test('learns as float32 does', async () => {
    const end = async (precision: Precision) => {
      const own = classifier(engine, precision, { optimizer: { name: 'adam', learningRate: 0.01 } })
      const { history } = await own.fit(x, y, { ...quiet, epochs: 25 })
      assert.ok(history.loss!.at(-1)! < 0.5 * history.loss![0]!)
      return (await own.evaluate(x, y, quiet)).loss!
    }
    const [plain, mixed] = [await end('float32'), await end('mixed')]
    assert.ok(Math.abs(plain - mixed) < 0.05, `float32 ends at ${plain}, mixed at ${mixed}`)
  })

  test('gives the same bits with one and two threads, and when it is done again', async (t) => {
    if (!(await listInstructionSets()).some(({ engine: name }) => name === 'native')) return t.skip()
    const two = await loadEngine({ threads: 2 })
    const trained = async (each: Engine) => {
      const own = classifier(each, 'mixed')
      await own.fit(x, y, { ...quiet, epochs: 3, batchSize: 12 })
      return flat(own.getWeights())
    }
    const first = await trained(engine)
    assert.deepEqual(await trained(two), first)
    assert.deepEqual(await trained(engine), first)
    two.dispose()
  })

  test('is for training: evaluate and predict stay float32', async () => {
    const [plain, mixed] = [classifier(engine, 'float32'), classifier(engine, 'mixed')]
    assert.deepEqual(await mixed.evaluate(x, y, quiet), await plain.evaluate(x, y, quiet))
    const predictions = async (own: typeof plain) => flat([(await own.predict(x, quiet)) as NdArray])
    assert.deepEqual(await predictions(mixed), await predictions(plain))
  })

  test('is an option of compile like others', () => {
    assert.equal(compileConfig(classifier(engine, 'mixed'))!.precision, 'mixed')
    assert.equal(compileConfig(classifier(engine, undefined))!.precision, undefined)
    assert.throws(() => classifier(engine, 'mixt' as Precision), { code: 'unknown-name' })
  })
})
