import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { readNpy } from './npy.js'
import { readNpz } from './npz.js'
import type { NumpyArray } from './numpy-types.js'
import { readPickledArray } from './pickle.js'
import { writeZip } from './zip.js'

// Files as NumPy writes them; conformance/datasets.py made them.

interface Case {
  readonly kind: string
  readonly type?: string
  readonly file: string
  readonly expected: { shape: number[]; values: unknown[] }
}

const golden = new URL('../../conformance/golden/datasets.jsonl', import.meta.url)
const cases = readFileSync(golden, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => JSON.parse(line) as Case)
const bytesOf = ({ file }: Case) => new Uint8Array(Buffer.from(file, 'base64'))
const ofKind = (kind: string) => cases.filter((one) => one.kind === kind)
const code = (wanted: string) => (error: unknown) => error instanceof RepriseError && error.code === wanted

function plain(values: NumpyArray['values']): unknown[] {
  return Array.from(values as readonly unknown[], (value) => {
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    if (Array.isArray(value)) return plain(value)
    return value !== null && typeof value === 'object' ? plain((value as NumpyArray).values) : value
  })
}

test('numbers of every size, byte order and layout', () => {
  for (const one of ofKind('npy')) {
    const { type, shape, values } = readNpy(bytesOf(one))
    assert.equal(type, one.type)
    assert.deepEqual({ shape, values: plain(values) }, one.expected)
  }
  assert.ok(ofKind('npy').length > 25)
})

test('arrays of objects in protocols 2 to 5', () => {
  for (const one of ofKind('objects')) {
    const { type, shape, values } = readNpy(bytesOf(one))
    assert.equal(type, 'O')
    assert.deepEqual({ shape, values: plain(values) }, one.expected)
  }
  assert.ok(ofKind('objects').length >= 16)
})

test('a pickle that names anything else is refused, by that name', () => {
  for (const one of ofKind('refused')) {
    assert.throws(
      () => readNpy(bytesOf(one)),
      (error) => code('unsafe-file')(error) && /asks for Python's \S+\.\w+/.test((error as Error).message),
    )
  }
  assert.ok(ofKind('refused').length >= 10)
})

test('files cut short anywhere are refused', () => {
  for (const one of [...ofKind('npy').slice(0, 3), ...ofKind('objects').slice(0, 9)]) {
    const bytes = bytesOf(one)
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => readNpy(bytes.slice(0, length)), RepriseError)
    }
  }
})

test('files changed anywhere give an array or a refusal, never another failure', () => {
  const files = [...ofKind('npy').slice(0, 4), ...ofKind('objects')].map(bytesOf)
  fc.assert(
    fc.property(
      fc.nat(files.length - 1),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      (which, changes) => {
        const bytes = files[which]!.slice()
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        try {
          readNpy(bytes)
        } catch (error) {
          assert.ok(error instanceof RepriseError, String((error as Error).stack))
        }
      },
    ),
    { numRuns: 2000, seed: 4 },
  )
})

function npy(header: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(header)
  return Uint8Array.of(
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    text.length & 255,
    text.length >> 8,
    ...text,
    ...data,
  )
}

test('impossible headers are refused before anything is allocated', () => {
  const header = (type: string, shape: string) =>
    `{'descr': ${type}, 'fortran_order': False, 'shape': (${shape}), }`
  assert.throws(() => readNpy(npy(header("'<f8'", '99999999999,'))), code('bad-file'))
  assert.throws(() => readNpy(npy(header("'<f8'", '99999999999, 99999999999'))), code('bad-file'))
  assert.throws(() => readNpy(npy(header("'<f8'", '1e3,'))), code('bad-file'))
  assert.throws(() => readNpy(npy(header("'<c16'", '3,'))), code('unsupported-dtype'))
  assert.throws(() => readNpy(npy(header("'<U5'", '3,'))), code('unsupported-dtype'))
  assert.throws(() => readNpy(npy(header("[('a', '<i4')]", '3,'))), code('bad-file'))
  assert.throws(() => readNpy(npy('{}')), code('bad-file'))
  assert.throws(() => readNpy(new TextEncoder().encode('PK, not numpy')), code('bad-file'))
})

/** A pickle in which one text of 4 kB is made into a column-major array of numbers, `times` times. */
function amplifier(times: number): Uint8Array {
  const ascii = (text: string) => [...new TextEncoder().encode(text)]
  const short = (text: string) => [0x8c, text.length, ...ascii(text)]
  const name = (module: string, member: string) => [...short(module), ...short(member), 0x93]
  const data = 4096
  const makeType = [...name('numpy', 'dtype'), ...short('i1'), 0x85, 0x52]
  const frombuffer = name('numpy._core.numeric', '_frombuffer')
  // memo 0: the bytes, 1: the type, 2: the function, 3: the shape, 4: the order
  const begin = [
    ...[0x80, 4, 0x42, data & 255, data >> 8, 0, 0, ...new Array(data).fill(7), 0x94],
    ...[...makeType, 0x94, ...frombuffer, 0x94, 0x4b, 64, 0x4b, 64, 0x86, 0x94, ...short('F'), 0x94],
  ]
  const again = [0x68, 2, 0x28, 0x68, 0, 0x68, 1, 0x68, 3, 0x68, 4, 0x74, 0x52]
  return Uint8Array.from([...begin, ...Array.from({ length: times }, () => again).flat(), 0x2e])
}

test('a pickle that uses its data over and over is refused', () => {
  assert.equal(readPickledArray(amplifier(1)).shape.join(), '64,64')
  assert.throws(() => readPickledArray(amplifier(1000)), code('bad-file'))
})

test('a pickle that holds no array is refused', () => {
  assert.throws(() => readPickledArray(Uint8Array.of(0x80, 2, 0x4b, 1, 0x2e)), code('bad-file'))
  assert.throws(() => readPickledArray(Uint8Array.of(0x80, 9, 0x4b, 1, 0x2e)), code('bad-file'))
  assert.throws(() => readPickledArray(Uint8Array.of(0x4b, 1, 0x71, 0, 0x7d, 0x2e)), code('bad-file'))
})

test('npz: arrays by name, packed or not; other entries are left out', async () => {
  const [first, second] = ofKind('npy').map(bytesOf)
  const entries = new Map([
    ['x.npy', first!],
    ['notes.txt', new Uint8Array(3)],
    ['folder/y.npy', second!],
  ])
  for (const compress of [true, false]) {
    const arrays = await readNpz(await writeZip(entries, { compress }))
    assert.deepEqual([...arrays.keys()], ['x', 'folder/y'])
    assert.deepEqual(plain(arrays.get('x')!().values), ofKind('npy')[0]!.expected.values)
  }
})

test('npz: a bomb, a lie about sizes and a cut archive are refused', async () => {
  const bomb = await writeZip(new Map([['x.npy', new Uint8Array(2 ** 22)]]), { compress: true })
  await assert.rejects(async () => readNpz(bomb, { limits: { entryBytes: 2 ** 20 } }), code('bad-archive'))
  const sound = await writeZip(new Map([['x.npy', bytesOf(ofKind('npy')[0]!)]]), { compress: true })
  for (const length of [0, 10, sound.length - 1]) {
    await assert.rejects(async () => readNpz(sound.slice(0, length)), code('bad-archive'))
  }
})
