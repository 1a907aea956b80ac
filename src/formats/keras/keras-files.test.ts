import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../../errors.js'
import { goldenLines, goldenUrl } from '../../testing/golden.js'
import { openHdf5 } from '../hdf5/read.js'
import { formatImportReport, type ImportedModel } from '../import-report.js'
import type { ModelDescription } from '../model-description.js'
import { readZip, writeZip } from '../zip.js'
import { readKerasArchive, writeKerasArchive } from './keras-archive.js'
import { readKerasH5, readKerasWeights, writeKerasH5, writeKerasWeights } from './keras-h5.js'

// Models that Keras 3 and TF-Keras 2 saved. That they answer the same here is tested with the models.
interface SavedModel {
  readonly file: string
  readonly unsupported?: readonly string[]
  /** Weights alone: the file with the model they belong to. */
  readonly architecture?: string
}

const saved = goldenLines<SavedModel>('models.jsonl').filter(({ file }) => /\.(keras|h5)$/.test(file))
const whole = saved.filter(({ unsupported, architecture }) => !unsupported && !architecture)
const bytesOf = (file: string) => new Uint8Array(readFileSync(goldenUrl(file)))
const read = (file: string, bytes = bytesOf(file)): Promise<ImportedModel> =>
  file.endsWith('.h5') ? readKerasH5(bytes, file) : readKerasArchive(bytes, file)
const refusedWith =
  (...codes: string[]) =>
  (error: unknown) =>
    error instanceof RepriseError && codes.includes(error.code)

const usesLegacy = (value: unknown) => JSON.stringify(value).includes('legacyHardSigmoid')

for (const { file } of whole) {
  test(`read, written and read again: ${file}`, async () => {
    const { description, report } = await read(file)
    assert.equal(report.layers.length, description.config.layers.length)
    assert.deepEqual(report.ignored, [])
    assert.deepEqual(report.notes, [])
    if (usesLegacy(description.config)) {
      await assert.rejects(writeKerasArchive(description), refusedWith('unsupported-layer'))
      return
    }
    const archive = await writeKerasArchive(description)
    assert.deepEqual((await readKerasArchive(archive.bytes)).description, description)
    assert.deepEqual((await writeKerasArchive(description)).bytes, archive.bytes)
    const legacy = (await readKerasH5(writeKerasH5(description).bytes)).description
    assert.deepEqual(legacy.weights, description.weights)
    const withoutDefaults = (config: unknown) => JSON.stringify(config).replaceAll('"scoreMode":"dot",', '')
    assert.equal(withoutDefaults(legacy.config), withoutDefaults(description.config))
    for (const options of [{ legacy: false }, { legacy: true }]) {
      const weights = await readKerasWeights(writeKerasWeights(description, options), description.config)
      assert.deepEqual(weights, description.weights)
    }
  })
}

test('a model in both formats has the same layers and weights of the same shapes', async () => {
  const shapes = ({ weights }: ModelDescription) =>
    weights.map(({ layer, arrays }) => [layer, arrays.map(({ name, shape }) => [name, shape])])
  for (const name of ['bidirectional', 'functional', 'reviews']) {
    const { description } = await read(`keras-2.12/${name}.keras`)
    const legacy = await read(`keras-2.12/${name}.h5`)
    assert.deepEqual(legacy.description.config, description.config)
    assert.deepEqual(shapes(legacy.description), shapes(description))
  }
})

for (const { file, architecture } of saved.filter((record) => record.architecture)) {
  test(`weights alone: ${file}`, async () => {
    const { description } = await read(architecture!)
    const weights = await readKerasWeights(bytesOf(file), description.config, file)
    assert.deepEqual(
      weights.map(({ layer, arrays }) => [layer, arrays.map(({ name, shape }) => [name, shape])]),
      description.weights.map(({ layer, arrays }) => [layer, arrays.map(({ name, shape }) => [name, shape])]),
    )
    await assert.rejects(readKerasH5(bytesOf(file), file), /holds no model .* perhaps only weights/)
  })
}

for (const { file, unsupported } of saved.filter((record) => record.unsupported)) {
  test(`all layers that are missing are named: ${file}`, async () => {
    await assert.rejects(read(file), (error: RepriseError) => {
      assert.equal(error.code, 'unsupported-layer')
      for (const name of unsupported!) assert.match(error.message, new RegExp(name))
      return true
    })
  })
}

test('Keras 2 meant another hard sigmoid', async () => {
  const older = await read('keras-2.12/hard-sigmoid.h5')
  assert.match(JSON.stringify(older.description.config), /"recurrentActivation":"legacyHardSigmoid"/)
  const newer = await read('models/gru-reset-before.keras')
  assert.match(JSON.stringify(newer.description.config), /"recurrentActivation":"hardSigmoid"/)
})

test('the report for people', async () => {
  const { report } = await read('models/stacked-cells.keras')
  const text = formatImportReport({ ...report, replay: { cases: 2, maxDifference: 1.5e-7 } })
  assert.match(text, /^Keras archive of version 3\.\d+\.\d+: 2 layers, [\d,]+ parameters$/m)
  assert.match(text, /outputs differ by at most 1\.5e-7/)
})

/** A golden archive with its parts changed. */
async function changed(file: string, change: (parts: Map<string, Uint8Array>) => void): Promise<Uint8Array> {
  const archive = await readZip(bytesOf(file))
  const parts = new Map([...archive].map(([name, content]) => [name, new Uint8Array(content())]))
  change(parts)
  return writeZip(parts)
}

/** The same with its configuration changed as text. */
const withConfig = (file: string, edit: (text: string) => string) =>
  changed(file, (parts) => {
    const text = new TextDecoder().decode(parts.get('config.json'))
    const edited = edit(text)
    assert.notEqual(edited, text)
    parts.set('config.json', new TextEncoder().encode(edited))
  })

test('what a layer does otherwise in Keras is refused, what is not known is named', async () => {
  const file = 'models/gru-reset-after.keras'
  const refused = async (edit: (text: string) => string, pattern: RegExp) =>
    assert.rejects(readKerasArchive(await withConfig(file, edit)), (error: RepriseError) => {
      assert.equal(error.code, 'unsupported-layer')
      assert.match(error.message, pattern)
      return true
    })
  await refused(
    (text) => text.replace('"unroll": false', '"time_major": true'),
    /GRU "gru" with time_major true/,
  )
  await refused(
    (text) => text.replace('"activation": "tanh"', '"activation": "sparsemax"'),
    /activation "sparsemax"/,
  )
  await refused(
    (text) =>
      text
        .replace('"class_name": "GRU"', '"class_name": "Mine"')
        .replace('"class_name": "Dense"', '"class_name": "Yours"'),
    /Mine "gru"; no Yours "dense"/,
  )
  const bytes = await withConfig(file, (text) =>
    text
      .replace('"unroll": false', '"novelty": 7, "implementation": 1')
      .replaceAll('"name": "float32"', '"name": "mixed_float16"')
      .replace('"class_name": "Orthogonal"', '"class_name": "Mine"'),
  )
  const { report, description } = await readKerasArchive(bytes)
  assert.deepEqual(report.ignored, ['GRU "gru": novelty', 'GRU "gru": recurrent_initializer "Mine"'])
  assert.ok(report.notes.some((note) => /mixed_float16 there, in float32 here/.test(note)))
  assert.ok(!('recurrentInitializer' in description.config.layers[0]!.options))
})

test('archives that lack a part or contradict themselves are refused', async () => {
  const file = 'models/gru-reset-after.keras'
  const bad = async (bytes: Uint8Array, pattern: RegExp) =>
    assert.rejects(readKerasArchive(bytes), (error: RepriseError) => {
      assert.equal(error.code, 'bad-file', error.message)
      assert.match(error.message, pattern)
      return true
    })
  await bad(await changed(file, (parts) => parts.delete('config.json')), /no config\.json/)
  await bad(await changed(file, (parts) => parts.delete('model.weights.h5')), /no model\.weights\.h5/)
  await bad(await withConfig(file, (text) => text.slice(1)), /not JSON/)
  await bad(await withConfig(file, () => '[1]'), /should be an object/)
  await bad(await withConfig(file, () => `${'['.repeat(1e6)}`), /more than 200 levels deep/)
  await bad(
    await withConfig(file, (text) => text.replaceAll('"units": 3', '"units": 4')),
    /layer "gru": kernel should be \[any, 12\], and the file has \[2, 9\]/,
  )
  await bad(
    await withConfig(file, (text) => text.replace('"use_bias": true', '"use_bias": false')),
    /should have 2 weights \(kernel, recurrentKernel\), and the file has 3/,
  )
  await bad(
    await changed(file, (parts) =>
      parts.set('model.weights.h5', parts.get('model.weights.h5')!.subarray(0, 5000)),
    ),
    /cut short/,
  )
})

test('changed bytes of real files are read or refused', async () => {
  const files = ['models/two-inputs.keras', 'keras-2.12/functional.h5', 'models/nested-twice.h5']
  const sources = files.map((file) => ({ file, bytes: bytesOf(file) }))
  const change = fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 255, 0x22, 0x30, 0x7b), fc.nat(255)))
  await fc.assert(
    fc.asyncProperty(
      fc.nat(files.length - 1),
      fc.array(change, { minLength: 1, maxLength: 5 }),
      async (k, changes) => {
        const { file, bytes } = sources[k]!
        const copy = bytes.slice()
        for (const [place, value] of changes) copy[place % copy.length] = value
        await read(file, copy).catch((error: unknown) => {
          assert.ok(refusedWith('bad-file', 'bad-archive', 'unsupported-layer')(error), String(error))
        })
      },
    ),
    { numRuns: 300, seed: 4 },
  )
})

test('changed values of a configuration are read or refused', async () => {
  const archive = await readZip(bytesOf('models/two-inputs.keras'))
  const json = JSON.parse(new TextDecoder().decode(archive.get('config.json')!())) as unknown
  const metadata = archive.get('metadata.json')!()
  const weights = archive.get('model.weights.h5')!()
  const places: (string | number)[][] = []
  const collect = (value: unknown, path: (string | number)[]): void => {
    places.push(path)
    if (Array.isArray(value)) for (const [k, item] of value.entries()) collect(item, [...path, k])
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) collect(item, [...path, key])
    }
  }
  collect(json, [])
  const replacement = fc.constantFrom<unknown>(null, 1, -1, 1e9, '', 'lstm', [], {}, [null], true, {
    class_name: 'Dense',
  })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places.slice(1)), replacement, async (path, value) => {
      const copy = structuredClone(json) as Record<string | number, unknown>
      let at = copy
      for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>
      at[path.at(-1)!] = value
      const config = new TextEncoder().encode(JSON.stringify(copy))
      const bytes = await writeZip(
        new Map([
          ['config.json', config],
          ['metadata.json', metadata],
          ['model.weights.h5', weights],
        ]),
      )
      await readKerasArchive(bytes).catch((error: unknown) => {
        assert.ok(
          refusedWith('bad-file', 'unsupported-layer')(error),
          `${path.join('.')} = ${JSON.stringify(value)}: ${String((error as Error).stack)}`,
        )
      })
    }),
    { numRuns: 400, seed: 5 },
  )
})

test('legacy lists that are too long for one attribute are split', async () => {
  const count = 900
  const layers = Array.from({ length: count }, (_, k) => ({
    layer: 'dense',
    name: `a_layer_with_quite_a_long_name_so_that_all_names_together_do_not_fit_into_one_attribute_${k}`,
    options: { units: 1 },
  }))
  const array = (shape: number[], name: string) => ({ name, shape, data: Float32Array.of(1) })
  const description: ModelDescription = {
    config: { kind: 'sequential', name: 'long', layers, batchShape: [null, 1], dtype: 'float32' },
    weights: layers.map(({ name }) => ({
      layer: name,
      arrays: [array([1, 1], 'kernel'), array([1], 'bias')],
    })),
  }
  const { bytes } = writeKerasH5(description)
  const root = await openHdf5(bytes)
  assert.equal(root.group('model_weights')!.attribute('layer_names'), undefined)
  assert.deepEqual((await readKerasH5(bytes)).description, description)
})

test('weights that are missing are told before anything is written', async () => {
  const { description } = await read('models/gru-reset-after.keras')
  const lacking = { ...description, weights: description.weights.slice(1) }
  await assert.rejects(writeKerasArchive(lacking), refusedWith('shape'))
  assert.throws(() => writeKerasH5(lacking), refusedWith('shape'))
})

test('what Keras has not is refused with all names', async () => {
  const layers = [
    { layer: 'dense', name: 'a', options: { units: 2, tiedTo: 'embedding' } },
    { layer: 'crf', name: 'b', options: {} },
    { layer: 'activation', name: 'c', options: { activation: 'mine' } },
  ]
  const description: ModelDescription = { config: { kind: 'sequential', name: 'own', layers }, weights: [] }
  await assert.rejects(
    writeKerasArchive(description),
    /no dense "a" with tiedTo; no crf "b"; no activation "c" with activation "mine"/,
  )
})
