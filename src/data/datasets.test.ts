import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { RepriseError } from '../errors.js'
import { datasets } from './datasets.js'
import { openArchive, readSequences } from './keras-archive.js'
import type { LoadedData } from './keras-encoding.js'
import { download } from './node-download.js'

// Small archives and what Keras makes of them; conformance/datasets.py made the file.

interface Golden {
  readonly kind: string
  readonly file: string
  readonly results: { options: Record<string, never>; expected: [number[][], number[]][] }[]
  readonly expected: string[]
}

const golden = new URL('../../conformance/golden/datasets.jsonl', import.meta.url)
const cases: Golden[] = (await readFile(golden, 'utf8'))
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const ofKind = (kind: string) => cases.find((one) => one.kind === kind)!
const archiveOf = (kind: string) => new Uint8Array(Buffer.from(ofKind(kind).file, 'base64'))
const code = (wanted: string) => (error: unknown) => error instanceof RepriseError && error.code === wanted
const plain = (loaded: LoadedData) => loaded.map(([x, y]) => [x.map((row) => [...row]), [...y]])

let folder = ''
const savedPlace = process.env.REPRISE_DATA
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reprise-datasets-'))
})
after(async () => {
  if (savedPlace === undefined) delete process.env.REPRISE_DATA
  else process.env.REPRISE_DATA = savedPlace
  await rm(folder, { recursive: true })
})
/** A new folder with these files. */
async function place(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = await mkdtemp(join(folder, 'place-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(root, name, '..'), { recursive: true })
    await writeFile(join(root, name), content)
  }
  return root
}

for (const name of ['imdb', 'reuters'] as const) {
  test(`${name}.loadData: every option as Keras, the order too`, async () => {
    const { results } = ofKind(name)
    const path = join(await place({ [`${name}.npz`]: archiveOf(name) }), `${name}.npz`)
    for (const { options, expected } of results) {
      const what = JSON.stringify(options)
      assert.deepEqual(plain(await datasets[name].loadData({ ...options, path })), expected, what)
      assert.deepEqual(plain(await datasets[name].fromArchive(archiveOf(name), options)), expected, what)
    }
    assert.ok(results.length >= 11)
  })
}

test('reuters.getLabelNames as Keras', () => {
  assert.deepEqual(datasets.reuters.getLabelNames(), ofKind('labels').expected)
})

test('REPRISE_DATA may hold the archive, or have it in a folder of its name', async () => {
  const { expected } = ofKind('imdb').results[0]!
  for (const name of ['imdb.npz', 'imdb/imdb.npz']) {
    process.env.REPRISE_DATA = await place({ [name]: archiveOf('imdb') })
    assert.deepEqual(plain(await datasets.imdb.loadData()), expected)
  }
})

const header = 'label\tid\trating\ttext\n'
const trainTsv = `${header}neg\t10\t2\tBad, bad FILM!<br />It's bad\npos\t9\t7\tgood film\npos\t10\t8\tÉté good été\n`
const testTsv = `${header}neg\t0\t1\tunheard bad\npos\t1\t9\tgood good\n`

test('imdb from the raw reviews: ranks by frequency, good ones first and by file name, unknown words skipped', async () => {
  const root = await place({ 'imdb/imdb.train.tsv.gz': gzipSync(trainTsv), 'imdb/imdb.test.tsv': testTsv })
  const index = await datasets.imdb.getWordIndex({ path: root })
  // Good reviews come first: "Été good été", then "good film".
  assert.deepEqual(
    [...index],
    [
      ['bad', 1],
      ['good', 2],
      ['film', 3],
      ['Été', 4],
      ['été', 5],
      ['br', 6],
      ["it's", 7],
    ],
  )
  const inOrder = [
    ['Été', 'good', 'été'],
    ['good', 'film'],
    ['bad', 'bad', 'film', 'br', "it's", 'bad'],
  ]
  const rows = inOrder.map((words) => [1, ...words.map((word) => index.get(word)! + 3)])
  const [[x, y], [xTest, yTest]] = await datasets.imdb.loadData({ path: root, numWords: 100 })
  assert.deepEqual([...x].map((row) => [...row].join()).sort(), rows.map((row) => row.join()).sort())
  for (const [k, row] of x.entries()) {
    assert.equal(y[k], row.includes(1 + 3) ? 0 : 1)
  }
  const tests = Object.fromEntries(Array.from(yTest, (label, k) => [label, [...xTest[k]!]]))
  assert.deepEqual(tests, { 0: [1, 4], 1: [1, 5, 5] })
})

test('texts whose words have the ranks of an archive are encoded as Keras encodes the archive', async () => {
  const wordsOf = (ranks: Int32Array) => Array.from(ranks, (rank) => `w${rank}`).join(' ')
  const vocabulary = new Map(Array.from({ length: 50 }, (_, rank) => [`w${rank + 1}`, rank + 1]))
  const readTexts = async (kind: string, x: string, y: string) => {
    const sequences = readSequences(await openArchive(archiveOf(kind), kind), x, y, kind)
    return { texts: sequences.x.map(wordsOf), labels: sequences.y }
  }
  const train = await readTexts('imdb', 'x_train', 'y_train')
  const test = await readTexts('imdb', 'x_test', 'y_test')
  for (const { options, expected } of ofKind('imdb').results) {
    assert.deepEqual(plain(await datasets.imdb.fromText({ train, test, vocabulary }, options)), expected)
  }
  const documents = await readTexts('reuters', 'x', 'y')
  for (const { options, expected } of ofKind('reuters').results) {
    assert.deepEqual(plain(await datasets.reuters.fromText({ documents, vocabulary }, options)), expected)
  }
  // Bad reviews before good ones, as folders are read, come out the same.
  const flip = ({ texts, labels }: typeof train) => {
    const good = labels.indexOf(0)
    const bad = labels.length - good
    return {
      texts: [...texts.slice(good), ...texts.slice(0, good)],
      labels: labels.map((_, k) => (k < bad ? 0 : 1)),
    }
  }
  const flipped = { train: flip(train), test: flip(test), vocabulary }
  assert.deepEqual(plain(await datasets.imdb.fromText(flipped)), ofKind('imdb').results[0]!.expected)
})

const wires = (topics: string[], text: string) => JSON.stringify({ id: 1, topics, text })
const newswires = [
  wires(['earn'], 'net up net'),
  wires(['earn', 'acq'], 'x'),
  wires(['acq'], 'net buys'),
  wires(['nowhere'], 'y'),
]

test('reuters from the raw newswires: one topic, of the 46', async () => {
  const root = await place({
    'reuters21578/apte_train.jsonl.gz': gzipSync(newswires.join('\n')),
    'reuters21578/apte_test.jsonl': `${wires(['cocoa'], 'up up up')}\n`,
  })
  const [[x, y], [xTest, yTest]] = await datasets.reuters.loadData({
    path: root,
    testSplit: 0.3,
    numWords: 100,
  })
  const index = await datasets.reuters.getWordIndex({ path: root })
  assert.deepEqual(
    [...index],
    [
      ['up', 1],
      ['net', 2],
      ['buys', 3],
    ].sort((a, b) => (a[1] as number) - (b[1] as number)),
  )
  assert.deepEqual([x.length, xTest.length], [2, 1])
  const all = new Map([...x, ...xTest].map((row, k) => [[...y, ...yTest][k]!, [...row]]))
  assert.deepEqual(
    all,
    new Map(
      [
        [3, [1, 5, 4, 5]],
        [4, [1, 5, 6]],
        [0, [1, 4, 4, 4]],
      ].map(([k, v]) => [k as number, v as number[]]),
    ),
  )
  const train = await datasets.reuters.readDocuments(join(root, 'reuters21578/apte_train.jsonl.gz'), 'all')
  assert.deepEqual(train.labelNames, ['acq', 'earn', 'nowhere'])
  const [[apart]] = await datasets.reuters.fromText({ train, test: { texts: ['net'], labels: [1] } })
  assert.equal(apart.length, 3)
  await assert.rejects(datasets.reuters.fromText({ train }), code('option'))
})

test('what is wrong is said: options, places, files, labels', async () => {
  const path = join(
    await place({ 'imdb.npz': archiveOf('imdb'), 'cut.npz': archiveOf('imdb').slice(0, 300) }),
  )
  const load = (options: object) => datasets.imdb.loadData({ path, ...options })
  await assert.rejects(load({ numwords: 3 }), code('unknown-name'))
  await assert.rejects(load({ numWords: -1 }), code('option'))
  await assert.rejects(load({ maxlen: 2 }), code('option'))
  await assert.rejects(load({ path: join(path, 'cut.npz') }), code('bad-archive'))
  await assert.rejects(load({ path: join(path, 'nowhere') }), code('file-not-found'))
  await assert.rejects(datasets.reuters.loadData({ path }), code('file-not-found'))
  await assert.rejects(datasets.reuters.fromArchive(archiveOf('imdb')), code('bad-file'))
  await assert.rejects(datasets.reuters.loadData({ path, testSplit: 2 }), code('option'))
  const texts = { texts: ['a'], labels: [0] }
  await assert.rejects(
    datasets.imdb.fromText({ train: { texts: ['a'], labels: [] }, test: texts }),
    code('shape'),
  )
  await assert.rejects(
    datasets.imdb.fromText({ train: { texts: ['a'], labels: [Number.NaN] }, test: texts }),
    code('bad-value'),
  )
  await assert.rejects(
    datasets.imdb.fromText({ train: texts, test: texts, vocabulary: { a: 0 } }),
    code('bad-vocabulary'),
  )
  const broken = await place({
    'imdb.train.tsv': `${header}meh\t1\t2\tx\n`,
    'imdb.test.tsv': testTsv,
    'imdb_word_index.json': '{',
  })
  await assert.rejects(
    datasets.imdb.fromText({ train: join(broken, 'imdb.train.tsv'), test: texts }),
    code('bad-file'),
  )
  await assert.rejects(datasets.imdb.getWordIndex({ path: broken }), code('bad-file'))
})

const official = savedPlace === undefined ? undefined : join(savedPlace, 'imdb', 'imdb.train.tsv.gz')
const skip = official !== undefined && existsSync(official) ? false : 'REPRISE_DATA has no original reviews'
test('the original reviews give the beginnings that Keras prints', { skip }, async () => {
  const [[x, y], [xTest, yTest]] = await datasets.imdb.loadData({ path: savedPlace, numWords: 10_000 })
  assert.deepEqual([...x[0]!.subarray(0, 12)], [1, 14, 22, 16, 43, 530, 973, 1622, 1385, 65, 458, 4468])
  assert.deepEqual([...xTest[0]!.subarray(0, 12)], [1, 591, 202, 14, 31, 6, 717, 10, 10, 2, 2, 5])
  const lengths = (rows: readonly Int32Array[]) => rows.slice(0, 10).map((row) => row.length)
  assert.deepEqual(lengths(x), [218, 189, 141, 550, 147, 43, 123, 562, 233, 130])
  assert.deepEqual(lengths(xTest), [68, 260, 603, 181, 108, 132, 761, 180, 134, 370])
  assert.deepEqual([...y.subarray(0, 10)], [1, 0, 0, 1, 0, 0, 1, 0, 1, 0])
  assert.deepEqual([...yTest.subarray(0, 10)], [0, 1, 1, 0, 1, 1, 1, 0, 0, 1])
  assert.deepEqual([x.length, xTest.length], [25_000, 25_000])
})

test('a download: progress, checksum, all or nothing', async () => {
  const content = new Uint8Array(100_000).map((_, k) => k % 251)
  const server = createServer((request, response) => {
    if (request.url === '/missing') return response.writeHead(404).end()
    response.setHeader('content-length', content.length)
    if (request.url !== '/broken') return response.end(content)
    response.write(content.subarray(0, 5000))
    return setTimeout(() => response.destroy(), 20)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const checksum = createHash('sha256').update(content).digest('hex')
    const file = { name: 'x.npz', hash: 'sha256', checksum, mostBytes: 200_000 } as const
    const root = await place({})
    const target = join(root, 'new', 'x.npz')
    const seen: [number, number | undefined][] = []
    await download(`${origin}/good`, target, file, {
      onProgress: (received, total) => seen.push([received, total]),
    })
    assert.deepEqual(new Uint8Array(await readFile(target)), content)
    assert.deepEqual(seen.at(-1), [content.length, content.length])
    const other = join(root, 'other.npz')
    await assert.rejects(download(`${origin}/good`, other, { ...file, checksum: '00' }, {}), code('checksum'))
    await assert.rejects(
      download(`${origin}/good`, other, { ...file, mostBytes: 5000 }, {}),
      code('download-failed'),
    )
    await assert.rejects(download(`${origin}/missing`, other, file, {}), code('download-failed'))
    await assert.rejects(download(`${origin}/broken`, other, file, {}), code('download-failed'))
    const stop = new AbortController()
    const { signal } = stop
    const stopped = download(`${origin}/good`, other, file, {
      signal,
      onProgress: () => stop.abort(new Error('enough')),
    })
    await assert.rejects(stopped, /enough/)
    assert.deepEqual(await readdir(root), ['new'])
    // loadData goes to the mirror when REPRISE_DATA has nothing, and does not keep what is not the official file.
    process.env.REPRISE_DATA = root
    await assert.rejects(datasets.imdb.loadData({ origin }), code('checksum'))
    assert.deepEqual(await readdir(root), ['new'])
  } finally {
    server.closeAllConnections()
    server.close()
  }
  await assert.rejects(
    download(
      'http://127.0.0.1:9/x',
      join(folder, 'x'),
      { name: 'x', hash: 'md5', checksum: '', mostBytes: 1 },
      {},
    ),
    code('download-failed'),
  )
})
