import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roundWeight } from '../quantization.js'
import { readCheckpointFile, readModelFile, writeCheckpointFile, writeModelFile } from './model-file.js'
import { readSafetensors, writeSafetensors } from './safetensors.js'

const weights = new Map([['layer/kernel', { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }]])
const model = () =>
  Buffer.concat(writeModelFile({ task: 'lm', metadata: { settings: { units: 3 } }, weights }))
const checkpoint = () => Buffer.concat(writeCheckpointFile('lm', { progress: { step: 12 } }, weights))

/** A file whose header fields are these. */
const withFields = (fields: Record<string, string>) =>
  writeSafetensors(weights, new Map(Object.entries(fields)))

test('a model comes back as it was, and gives the same bytes again', () => {
  const file = readModelFile(model(), 'a')
  assert.deepEqual(file, { task: 'lm', metadata: { settings: { units: 3 } }, weights })
  assert.ok(Buffer.concat(writeModelFile(file)).equals(model()))
})

test('a checkpoint comes back, tensors of other types too', () => {
  const tensors = new Map([
    ['rng', { shape: [2], values: Uint32Array.of(7, 8) }],
    ['w', { shape: [1], values: Float32Array.of(0.5) }],
  ])
  const file = readCheckpointFile(Buffer.concat(writeCheckpointFile('lm', { a: 1 }, tensors)), 'a')
  assert.deepEqual([file.task, file.metadata], ['lm', { a: 1 }])
  assert.deepEqual(file.tensors.get('rng')!.values, Uint32Array.of(7, 8))
})

test('each is refused in place of the other, saying what to do', () => {
  assert.throws(() => readModelFile(checkpoint(), 'x.ckpt'), {
    code: 'not-a-model',
    message: /checkpoint of an unfinished training.*reprise train lm --resume x\.ckpt/,
  })
  assert.throws(() => readCheckpointFile(model(), 'x'), {
    code: 'not-a-checkpoint',
    message: /x is a finished model/,
  })
})

test('other files are told from models', () => {
  const code = (fields: Record<string, string>, expected: string) =>
    assert.throws(() => readModelFile(withFields(fields), 'x'), { code: expected }, JSON.stringify(fields))
  const reprise = JSON.stringify({ format: 1, kind: 'model', task: 'lm' })
  assert.equal(readModelFile(withFields({ reprise, description: '{}' }), 'x').task, 'lm')
  code({}, 'not-a-model')
  code({ format: 'pt' }, 'not-a-model')
  code({ reprise, description: '[]' }, 'damaged-file')
  code({ reprise, description: '{' }, 'damaged-file')
  code({ reprise }, 'damaged-file')
  code({ reprise: 'null', description: '{}' }, 'damaged-file')
  code({ reprise: '{"format":1,"kind":"model","task":"a\\nb"}', description: '{}' }, 'damaged-file')
  code({ reprise: JSON.stringify({ format: 3, kind: 'model', task: 'lm' }) }, 'newer-version')
  const odd = JSON.stringify({ format: 2, kind: 'model', task: 'lm', weights: 'int4' })
  code({ reprise: odd, description: '{}' }, 'damaged-file')
})

test('kernels in int8 and bf16 come back as the values their bits stand for', () => {
  const bias = { shape: [3], values: Float32Array.of(0.1, 0.2, 0.3) }
  const all = new Map([...weights, ['layer/bias', bias]])
  for (const format of ['int8', 'bf16'] as const) {
    const bytes = Buffer.concat(writeModelFile({ task: 'lm', metadata: {}, weights: all, format }))
    const { tensors, metadata } = readSafetensors(bytes)
    assert.equal(JSON.parse(metadata.get('reprise')!).format, 2)
    assert.equal(tensors.get('layer/kernel')!.dtype, { int8: 'I8', bf16: 'BF16' }[format])
    const file = readModelFile(bytes, 'a')
    assert.equal(file.format, format)
    assert.deepEqual(file.weights.get('layer/bias'), bias)
    const kernel = roundWeight(format, 'layer/kernel', [2, 3], weights.get('layer/kernel')!.values)
    assert.deepEqual(file.weights.get('layer/kernel'), { shape: [2, 3], values: kernel })
    assert.deepEqual([...file.weights.keys()].sort(), ['layer/bias', 'layer/kernel'])
    assert.ok(Buffer.concat(writeModelFile(file)).equals(bytes))
  }
})

test('int8 without its scales is damaged', () => {
  const reprise = JSON.stringify({ format: 2, kind: 'model', task: 'lm', weights: 'int8' })
  const kernel = { shape: [2, 3], values: Int8Array.of(1, 2, 3, 4, 5, 6) }
  const scale = { shape: [3, 1], values: Float32Array.of(1, 1, 1) }
  for (const tensors of [{ kernel }, { kernel, 'kernel.scale': scale }]) {
    const fields = new Map([
      ['reprise', reprise],
      ['description', '{}'],
    ])
    const bytes = writeSafetensors(new Map(Object.entries(tensors)), fields)
    assert.throws(() => readModelFile(bytes, 'x'), {
      code: 'damaged-file',
      message: /scales of the weight "kernel"/,
    })
  }
})

test('a checkpoint with a changed description is refused', () => {
  const bytes = checkpoint()
  bytes.write('13', bytes.indexOf('12}'))
  assert.throws(() => readCheckpointFile(bytes, 'x'), { code: 'damaged-file' })
})
