import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../../errors.js'
import { goldenLines, goldenUrl } from '../../testing/golden.js'
import { readTfjsModel } from './read-tfjs.js'

// Models that TensorFlow.js and its converter wrote. That they answer the same here is tested with the models.
const files = goldenLines<{ readonly file: string }>('models.jsonl')
  .map(({ file }) => file)
  .filter((file) => file.endsWith('model.json'))

const bytesOf = (file: string) => new Uint8Array(readFileSync(goldenUrl(file)))
const beside = (file: string) => async (path: string) => bytesOf(file.replace('model.json', path))
const refused = (error: unknown) =>
  error instanceof RepriseError && ['bad-file', 'unsupported-layer'].includes(error.code)

for (const file of files) {
  test(`read: ${file}`, async () => {
    const { description, report } = await readTfjsModel(bytesOf(file), beside(file), file)
    assert.deepEqual(report.ignored, [])
    const stored = JSON.parse(new TextDecoder().decode(bytesOf(file))) as {
      weightsManifest: { weights: { shape: number[] }[] }[]
    }
    const shapes = stored.weightsManifest.flatMap(({ weights }) => weights.map(({ shape }) => shape))
    assert.deepEqual(
      description.weights.flatMap(({ arrays }) => arrays.map(({ shape }) => shape)),
      shapes,
    )
  })
}

test('what TensorFlow.js leaves out has the meaning it has there', async () => {
  const file = 'tfjs/library-defaults/model.json'
  const { description } = await readTfjsModel(bytesOf(file), beside(file))
  const [lstm, gru, dense] = description.config.layers
  assert.equal(lstm!.options.recurrentActivation, 'legacyHardSigmoid')
  assert.equal(gru!.options.recurrentActivation, 'legacyHardSigmoid')
  assert.equal(gru!.options.resetAfter, false)
  assert.equal(dense!.options.activation, 'legacyHardSigmoid')
})

/** A model of one dense layer with the given weights manifest. */
function dense(manifest: unknown, names = ['d/kernel', 'd/bias']) {
  const entry = { class_name: 'Dense', config: { name: 'd', units: 2, batch_input_shape: [null, 1] } }
  const modelTopology = {
    class_name: 'Sequential',
    config: { name: 's', layers: [entry] },
    keras_version: '2.4.0',
  }
  const weights = [
    { name: names[0], shape: [1, 2], dtype: 'float32' },
    { name: names[1], shape: [2], dtype: 'float32' },
  ]
  const weightsManifest = manifest ?? [{ paths: ['w.bin'], weights }]
  return new TextEncoder().encode(JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest }))
}
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer)

test('quantized weights are scaled, and one may lie across files', async () => {
  const weights = [
    {
      name: 'd/kernel',
      shape: [1, 2],
      dtype: 'float32',
      quantization: { dtype: 'uint16', scale: 0.5, min: -1 },
    },
    { name: 'd/bias', shape: [2], dtype: 'float32', quantization: { dtype: 'float16' } },
  ]
  const parts: Record<string, Uint8Array> = {
    'one.bin': Uint8Array.of(3),
    'two.bin': Uint8Array.of(1, 0xff, 0xff, 0x00, 0x3c, 0x01),
    'three.bin': Uint8Array.of(0xc0),
  }
  const json = dense([{ paths: Object.keys(parts), weights }])
  const { description } = await readTfjsModel(json, async (path) => parts[path]!)
  const { arrays } = description.weights[0]!
  assert.deepEqual(arrays[0]!.data, Float32Array.of(259 * 0.5 - 1, 65535 * 0.5 - 1))
  assert.deepEqual(arrays[1]!.data, Float32Array.of(1, -2 - 2 ** -9))
})

test('weights whose names do not tell the layer come in their order', async () => {
  const json = dense(undefined, ['x/kernel', 'x/bias'])
  const { description } = await readTfjsModel(json, async () => floats(1, 2, 3, 4))
  assert.deepEqual(description.weights[0]!.arrays[1]!.data, Float32Array.of(3, 4))
})

test('hostile and damaged manifests are refused before more is fetched', async () => {
  const weights = [{ name: 'd/kernel', shape: [1, 2], dtype: 'float32' }]
  const bad = async (manifest: unknown, pattern: RegExp, bytes = floats(1, 2, 3, 4)) =>
    assert.rejects(
      readTfjsModel(dense(manifest), async () => bytes),
      (error: RepriseError) => {
        assert.ok(refused(error))
        assert.match(error.message, pattern)
        return true
      },
    )
  for (const path of ['../w.bin', '/etc/passwd', 'a/../../w', 'http://x/w', 'a\\b', '', './w', 'w?x']) {
    await bad([{ paths: [path], weights }], /leads out of the model's folder/)
  }
  await bad([{ paths: ['w.bin'], weights }], /has more/)
  await bad(undefined, /should have 16 bytes.*has 12/, floats(1, 2, 3))
  await bad([{ paths: ['w'], weights: [{ ...weights[0], shape: [2 ** 40, 2 ** 40] }] }], /claims more values/)
  await bad([{ paths: ['w'], weights: [{ ...weights[0], shape: [1e9] }] }], /should have 4000000000 bytes/)
  await bad([{ paths: ['w'], weights: [{ ...weights[0], dtype: 'string' }] }], /type "string"/)
  await bad([{ paths: ['w'], weights: [{ ...weights[0], shape: [-1] }] }], /no valid shape/)
  await bad([{ paths: ['w'], weights }], /should have 2 weights \(d 2\), and the file has 1/, floats(1, 2))
  await bad(
    [
      {
        paths: ['w'],
        weights: [
          { name: 'd/kernel', shape: [2], dtype: 'float32' },
          { name: 'd/bias', shape: [2], dtype: 'float32' },
        ],
      },
    ],
    /kernel should be \[any, 2\]/,
  )
  await assert.rejects(
    readTfjsModel(new TextEncoder().encode('{"format":"graph-model"}'), async () => floats()),
    /graph model/,
  )
})

test('changed bytes of real files are read or refused', async () => {
  const change = fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0x22, 0x30, 0x5b, 0x7d), fc.nat(255)))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      async (file, changes) => {
        const copy = bytesOf(file).slice()
        for (const [place, value] of changes) copy[place % copy.length] = value
        const fetchFile = async (path: string) =>
          beside(file)(path).catch(() => {
            throw new RepriseError('bad-file', 'not there')
          })
        await readTfjsModel(copy, fetchFile).catch((error: unknown) =>
          assert.ok(refused(error), String(error)),
        )
      },
    ),
    { numRuns: 300, seed: 6 },
  )
})
