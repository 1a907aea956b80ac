import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { operations } from '../graph/index.js'
import * as layers from '../layers/index.js'
import { NdArray } from '../nd-array.js'
import { largestDifference } from './compare-models.js'
import { convertModel } from './convert-model.js'
import { input, type Model, model } from './index.js'
import { modelFromDescription } from './model-from-config.js'
import { fromSafetensors } from './own-format.js'

const engine = createReferenceEngine()
let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reprise-convert-'))
})
after(() => rm(folder, { recursive: true }))

function twoInputs(seed: number): Model {
  const words = input({ shape: [null], dtype: 'int32' })
  const facts = input({ shape: [3] })
  const state = layers.lstm(4).apply(layers.embedding(11, 5).apply(words))
  const joined = layers.concatenate().apply([state, facts])
  const outputs = [layers.dense(2).apply(joined), layers.dense(1).apply(joined)]
  return model({ inputs: [words, facts], outputs, engine, seed })
}

test('the largest difference sees every output and nothing else', async () => {
  const [a, b, other] = [twoInputs(1), twoInputs(1), twoInputs(2)]
  assert.equal(await largestDifference(a, b), 0)
  assert.ok((await largestDifference(a, other)) > 1e-3)
  const weights = b.getWeights()
  const last = weights.at(-1)!
  b.setWeights([
    ...weights.slice(0, -1),
    new NdArray(
      last.data.map((value) => value + 0.25),
      last.shape,
    ),
  ])
  assert.ok(Math.abs((await largestDifference(a, b)) - 0.25) < 1e-6)
  b.setWeights([
    ...weights.slice(0, -1),
    new NdArray(
      last.data.map(() => Number.NaN),
      last.shape,
    ),
  ])
  assert.ok(Number.isNaN(await largestDifference(a, b)))
})

test('what was written is read and run again', async () => {
  const [from, to] = [join(folder, 'a.safetensors'), join(folder, 'b.safetensors')]
  await twoInputs(3).save(from)
  const load = async (path: string) =>
    modelFromDescription(fromSafetensors(new Uint8Array(await readFile(path)), path), { engine })
  const result = await convertModel(load, from, to)
  assert.deepEqual(result, { from, to, layers: 7, maxDifference: 0 })
  const broken = async (path: string) => {
    const own = await load(path)
    if (path === to) own.setWeights(own.getWeights().map(({ shape }) => NdArray.zeros(shape)))
    return own
  }
  assert.ok((await convertModel(broken, from, to)).maxDifference! > 1e-3)
})

test('a changed bit in the weights of a file is noticed', async () => {
  const path = join(folder, 'bits.safetensors')
  await twoInputs(1).save(path)
  const bytes = await readFile(path)
  fromSafetensors(bytes, 'bits')
  bytes[bytes.length - 21]! ^= 4
  assert.throws(() => fromSafetensors(bytes, 'bits'), {
    code: 'damaged-file',
    message: /weights have changed/,
  })
})

test('a loss that files cannot hold is told when the model is saved', async () => {
  const own = twoInputs(2)
  const warn = console.warn
  const said: string[] = []
  console.warn = (text: string) => void said.push(text)
  own.compile({ loss: 'mse' })
  await own.save(join(folder, 'plain.keras'))
  assert.deepEqual(said, [])
  own.compile({
    loss: (targets, predictions) => operations.absolute(operations.subtract(targets, predictions)),
  })
  await own.save(join(folder, 'function.keras'))
  console.warn = warn
  assert.match(said.join(), /without compile: a loss or metric is a function/)
})
