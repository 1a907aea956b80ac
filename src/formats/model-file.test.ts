import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCheckpointFile, readModelFile, writeCheckpointFile, writeModelFile } from './model-file.js'
import { writeSafetensors } from './safetensors.js'

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
  code({ reprise: JSON.stringify({ format: 2, kind: 'model', task: 'lm' }) }, 'newer-version')
})

test('a checkpoint with a changed description is refused', () => {
  const bytes = checkpoint()
  bytes.write('13', bytes.indexOf('12}'))
  assert.throws(() => readCheckpointFile(bytes, 'x'), { code: 'damaged-file' })
})
