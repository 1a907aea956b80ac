import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { RepriseError } from '../errors.js'
import type { NdArray } from '../nd-array.js'
import { NumpyRandom } from '../preprocessing/index.js'
import { textDatasetFromDirectory } from './text-dataset-from-directory.js'

const code = (wanted: string) => (error: unknown) => error instanceof RepriseError && error.code === wanted
const quiet = { verbose: false } as const
let root = ''
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'reprise-texts-'))
  const put = async (name: string, content: string | Uint8Array) => {
    await mkdir(join(root, name, '..'), { recursive: true })
    await writeFile(join(root, name), content)
  }
  for (let k = 0; k < 6; k++) await put(`pos/${k}.txt`, `good ${k}`)
  for (let k = 0; k < 5; k++) await put(`neg/${k}.txt`, `bad ${k}`)
  await put('neg/deeper/0.txt.gz', gzipSync('bad, packed 😀😀'))
  await put('neg/notes.md', 'no text file')
  await put('.hidden/0.txt', 'not seen')
})
after(() => rm(root, { recursive: true }))

const allFiles = [
  ...[0, 1, 2, 3, 4].map((k) => `neg/${k}.txt`),
  'neg/deeper/0.txt.gz',
  ...[0, 1, 2, 3, 4, 5].map((k) => `pos/${k}.txt`),
]
const names = (paths: readonly string[]) => paths.map((path) => relative(root, path).replaceAll('\\', '/'))

test('unshuffled: files by name, labels by folder, batches of the size asked for', async () => {
  const dataset = await textDatasetFromDirectory(root, { ...quiet, shuffle: false, batchSize: 5 })
  assert.deepEqual(names(dataset.filePaths), allFiles)
  assert.deepEqual(dataset.classNames, ['neg', 'pos'])
  assert.deepEqual([...dataset.labels], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
  assert.equal(dataset.texts[5], 'bad, packed 😀😀')
  const batches = [...dataset]
  assert.deepEqual([dataset.length, batches.length], [3, 3])
  const [texts, labels] = batches[2] as [string[], NdArray]
  assert.deepEqual([texts, [...labels.data], labels.shape], [['good 4', 'good 5'], [1, 1], [2]])
})

test('the forms of the labels', async () => {
  const form = async (options: object) => {
    const dataset = await textDatasetFromDirectory(root, { ...quiet, shuffle: false, ...options })
    const labels = dataset.encodedLabels()
    return [labels.shape, labels.data.constructor.name, [...labels.data.slice(0, 2)]]
  }
  assert.deepEqual(await form({}), [[12], 'Int32Array', [0, 0]])
  assert.deepEqual(await form({ labelMode: 'binary' }), [[12, 1], 'Float32Array', [0, 0]])
  assert.deepEqual(await form({ labelMode: 'categorical' }), [[12, 2], 'Float32Array', [1, 0]])
  assert.deepEqual(await form({ labelMode: 'categorical', classNames: ['pos', 'neg'] }), [
    [12, 2],
    'Float32Array',
    [1, 0],
  ])
  const own = await textDatasetFromDirectory(root, {
    ...quiet,
    shuffle: false,
    labels: Array.from({ length: 13 }, (_, k) => k % 3),
  })
  assert.deepEqual(own.classNames, ['0', '1', '2'])
  for (const options of [{ labelMode: null }, { labels: null }] as const) {
    const dataset = await textDatasetFromDirectory(root, { ...quiet, ...options, maxLength: 4 })
    const [first] = dataset
    assert.ok((first as string[]).every((text) => typeof text === 'string' && text.length === 4))
    assert.throws(() => dataset.encodedLabels(), code('option'))
  }
  const cut = await textDatasetFromDirectory(root, { ...quiet, shuffle: false, maxLength: 13 })
  assert.equal(cut.texts[5], 'bad, packed 😀')
})

test('shuffled as NumPy does with the seed; training and validation parts as Keras cuts them', async () => {
  const order = [...new NumpyRandom(42).permutation(12)].map((k) => allFiles[k]!)
  const shuffled = await textDatasetFromDirectory(root, { ...quiet, seed: 42 })
  assert.deepEqual(names(shuffled.filePaths), order)
  assert.ok(shuffled.filePaths.every((path, k) => path.includes(shuffled.labels[k] === 1 ? 'pos' : 'neg')))
  const split = { ...quiet, seed: 42, validationSplit: 0.3, batchSize: 100 } as const
  const [training, validation] = await textDatasetFromDirectory(root, { ...split, subset: 'both' })
  assert.deepEqual(names(training.filePaths), order.slice(0, 9))
  assert.deepEqual(names(validation.filePaths), order.slice(9))
  const alone = await textDatasetFromDirectory(root, { ...split, subset: 'validation' })
  assert.deepEqual(alone.filePaths, validation.filePaths)
  const pass = (dataset: typeof training) => [...dataset].flatMap(([texts]) => texts as string[])
  const [first, second] = [pass(training), pass(training)]
  assert.deepEqual(first, training.texts)
  assert.notDeepEqual(first, second)
  assert.deepEqual(first.toSorted(), second.toSorted())
  assert.deepEqual(pass(validation), pass(validation))
})

test('what is wrong is said', async () => {
  const read = (options: object, folder = root) => textDatasetFromDirectory(folder, { ...quiet, ...options })
  await assert.rejects(read({}, join(root, 'nowhere')), code('file-not-found'))
  await assert.rejects(read({}, join(root, 'neg/0.txt')), code('file-not-found'))
  await assert.rejects(read({}, join(root, 'pos')), code('option'))
  await assert.rejects(read({ classNames: ['pos', 'nag'] }), code('option'))
  await assert.rejects(read({ classNames: ['pos'], labelMode: 'binary' }), code('option'))
  await assert.rejects(read({ labels: [0, 1] }), code('shape'))
  await assert.rejects(read({ labels: Array(13).fill(-1) }), code('option'))
  await assert.rejects(read({ labels: Array(13).fill(7), labelMode: 'categorical' }), code('id-out-of-range'))
  await assert.rejects(read({ validationSplit: 0.5 }), code('option'))
  await assert.rejects(read({ validationSplit: 0.5, subset: 'both' }), code('option'))
  await assert.rejects(read({ validationSplit: 0.01, subset: 'both', seed: 1 }), code('option'))
  await assert.rejects(read({ validationSplit: 0.5, subset: 'train', seed: 1 }), code('unknown-name'))
  await assert.rejects(read({ batch_size: 3 }), code('unknown-name'))
  await writeFile(join(root, 'neg', 'latin.txt'), Uint8Array.of(0xe9, 0x20))
  await assert.rejects(read({}), code('not-utf8'))
})
