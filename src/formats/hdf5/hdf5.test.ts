import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../../errors.js'
import { NdArray } from '../../nd-array.js'
import { assertClose, fromGolden, type GoldenArray, goldenLines, goldenUrl } from '../../testing/golden.js'
import { type Hdf5Group, openHdf5 } from './read.js'
import { type DatasetToWrite, type GroupToWrite, writeHdf5 } from './write.js'

// Files that h5py wrote; conformance/hdf5_files.py made them.
interface GoldenFile {
  readonly file: string
  readonly datasets: Readonly<Record<string, GoldenArray>>
  readonly attributes: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const files = goldenLines<GoldenFile>('hdf5.jsonl')
const bytesOf = (file: string) => new Uint8Array(readFileSync(goldenUrl(file)))
const refused = (error: unknown) => error instanceof RepriseError && error.code === 'bad-file'

/** Reads everything; gives the number of values. */
function readAll(group: Hdf5Group): number {
  let count = 0
  for (const name of group.names) {
    const member = group.get(name)!
    member.attribute('name')
    if (member.kind === 'group') count += readAll(member)
    else count += member.values().length
  }
  return count
}

for (const { file, datasets, attributes } of files) {
  test(`what h5py wrote: ${file}`, async () => {
    const root = await openHdf5(bytesOf(file), file)
    for (const [path, expected] of Object.entries(datasets)) {
      const dataset = root.dataset(path)!
      const values = fromGolden(expected)
      assertClose(new NdArray(dataset.values(), dataset.shape), values, 1e-7, path)
    }
    for (const [path, expected] of Object.entries(attributes)) {
      const item = path === '' ? root : root.get(path)!
      for (const [name, value] of Object.entries(expected))
        assert.deepEqual(item.attribute(name), value, `${path} ${name}`)
    }
  })
}

test('a list that was split is put together', async () => {
  const root = await openHdf5(bytesOf('hdf5/attributes.h5'))
  assert.deepEqual(root.texts('split')!.slice(3, 6), ['0.3', '1.0', '1.1'])
  assert.equal(root.texts('split')!.length, 12)
  assert.equal(root.texts('absent'), undefined)
  assert.throws(() => root.texts('number'), /should be a list of texts/)
})

test('a text longer than an object header, and more names than a node of a tree holds', async () => {
  const attributes = await openHdf5(bytesOf('hdf5/attributes.h5'))
  assert.equal(attributes.attribute('long'), 'x'.repeat(70_000))
  const many = await openHdf5(bytesOf('hdf5/many.h5'))
  assert.equal(many.names.length, 301)
  assert.equal(readAll(many), 301)
})

const name = fc.stringMatching(/^[a-zé:_0-9]{1,20}$/)
const dataset = fc.tuple(fc.array(fc.nat(4), { maxLength: 3 }), fc.boolean()).chain(([shape, isFloat]) => {
  const count = shape.reduce((product, length) => product * length, 1)
  const size = { minLength: count, maxLength: count }
  return (isFloat ? fc.float32Array({ ...size, noNaN: true }) : fc.int32Array(size)).map(
    (values): DatasetToWrite => ({ shape, values: values as Float32Array | Int32Array }),
  )
})
const attributes = fc.dictionary(
  name,
  fc.oneof(fc.string(), fc.array(fc.stringMatching(/^[^\0]*$/), { minLength: 1, maxLength: 4 })),
  {
    maxKeys: 3,
    noNullPrototype: true,
  },
)
const { group } = fc.letrec<{ group: GroupToWrite }>((tie) => ({
  group: fc.record({
    attributes,
    members: fc
      .dictionary(name, fc.oneof({ depthSize: 'small' }, dataset, tie('group')), {
        maxKeys: 20,
        noNullPrototype: true,
      })
      .map((members) => new Map(Object.entries(members)) as GroupToWrite['members']),
  }),
}))

function assertSame(read: Hdf5Group, written: GroupToWrite): void {
  assert.deepEqual([...read.names].sort(), [...written.members.keys()].sort())
  for (const [key, value] of Object.entries(written.attributes ?? {})) {
    const expected = typeof value === 'string' ? value.split('\0')[0] : value
    assert.deepEqual(read.attribute(key), expected)
  }
  for (const [key, member] of written.members) {
    if ('members' in member) assertSame(read.group(key)!, member)
    else {
      const found = read.dataset(key)!
      assert.deepEqual(found.shape, member.shape)
      assert.deepEqual(found.values(), Float32Array.from(member.values))
    }
  }
}

test('what is written is read again', async () => {
  await fc.assert(
    fc.asyncProperty(group, async (root) => assertSame(await openHdf5(writeHdf5(root)), root)),
    { numRuns: 60, seed: 2 },
  )
})

test('a group of two thousand members', async () => {
  const members = new Map(
    Array.from({ length: 2000 }, (_, k) => [`member ${k}`, { shape: [1], values: Float32Array.of(k) }]),
  )
  const root = await openHdf5(writeHdf5({ members }))
  assert.equal(readAll(root), 2000)
  assert.deepEqual(root.dataset('member 1234')!.values(), Float32Array.of(1234))
})

test('something else is refused', async () => {
  for (const bytes of [new Uint8Array(0), new TextEncoder().encode('{}'), new Uint8Array(100)]) {
    await assert.rejects(openHdf5(bytes, 'm.h5'), /m\.h5: it is not an HDF5 file/)
  }
})

test('files that are cut short are refused', async () => {
  const whole = bytesOf('hdf5/shapes.h5')
  for (let length = 0; length < whole.length; length += 13) {
    await assert.rejects(openHdf5(whole.subarray(0, length)), refused)
  }
})

test('files with changed bytes are read or refused, in little time', async () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 255), fc.nat(255))), {
    minLength: 1,
    maxLength: 6,
  })
  const sources = ['types', 'shapes', 'chunks', 'latest'].map((file) => bytesOf(`hdf5/${file}.h5`))
  let done = 0
  await fc.assert(
    fc.asyncProperty(fc.nat(sources.length - 1), changes, async (source, places) => {
      const bytes = sources[source]!.slice()
      for (const [place, value] of places) bytes[place % bytes.length] = value
      try {
        readAll(await openHdf5(bytes))
        done++
      } catch (error) {
        assert.ok(refused(error), String(error))
      }
    }),
    { numRuns: 600, seed: 3 },
  )
  assert.ok(done > 40)
})

test('claims far beyond the file are refused before anything is allocated', async () => {
  const values = Float32Array.of(1)
  for (const shape of [
    [1e6, 1e6],
    [2 ** 40, 2 ** 40],
    [2, 1],
  ]) {
    const root = await openHdf5(writeHdf5({ members: new Map([['x', { shape, values }]]) }))
    assert.throws(() => root.dataset('x')!.values(), refused)
  }
})

test('one data set under many names cannot be read for ever', async () => {
  const values = new Float32Array(2 ** 20)
  const root = await openHdf5(writeHdf5({ members: new Map([['x', { shape: [2 ** 20], values }]]) }))
  assert.throws(() => {
    for (let k = 0; k < 100; k++) root.dataset('x')!.values()
  }, /claim far more bytes/)
})
