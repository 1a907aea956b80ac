import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { isDType, type TensorValues } from './dtypes.js'
import { asFloat32, readSafetensors, type TensorToWrite, writeSafetensors } from './safetensors.js'

const codeIs =
  (code: string, pattern = /./) =>
  (error: unknown) =>
    error instanceof RepriseError && error.code === code && pattern.test(error.message)

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })
const kinds: ((count: number) => TensorValues)[] = [
  (n) => Float32Array.from({ length: n }, (_, i) => i / 3 - 1),
  (n) => Float64Array.from({ length: n }, (_, i) => i / 7),
  (n) => Int32Array.from({ length: n }, (_, i) => -i),
  (n) => Uint32Array.from({ length: n }, (_, i) => 2 ** 32 - 1 - i),
  (n) => BigInt64Array.from({ length: n }, (_, i) => BigInt(-i) * 2n ** 40n),
  (n) => Uint16Array.from({ length: n }, (_, i) => i * 999),
  (n) => Uint8Array.from({ length: n }, (_, i) => i),
]
const tensor = fc.tuple(shape, fc.constantFrom(...kinds)).map(([sizes, make]): TensorToWrite => {
  return { shape: sizes, values: make(sizes.reduce((a, b) => a * b, 1)) }
})
const name = fc
  .string({ unit: 'grapheme' })
  .filter((n) => !/^(__metadata__|__proto__|constructor|prototype)$/.test(n))
const entries = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 })
const fields = fc.uniqueArray(fc.tuple(name, fc.string({ unit: 'grapheme' })), {
  selector: ([key]) => key,
  maxLength: 4,
})

test('what is written is read back, and the same content gives the same bytes', () => {
  fc.assert(
    fc.property(entries, fields, fc.nat(7), (tensors, metadata, offset) => {
      const bytes = writeSafetensors(new Map(tensors), new Map(metadata))
      assert.deepEqual(writeSafetensors(new Map(tensors.toReversed()), new Map(metadata.toReversed())), bytes)
      // At any place in a buffer, aligned or not.
      const placed = new Uint8Array(bytes.length + offset).subarray(offset)
      placed.set(bytes)
      const file = readSafetensors(placed)
      assert.deepEqual(new Map([...file.metadata].sort()), new Map(metadata.sort()))
      assert.equal(file.tensors.size, tensors.length)
      for (const [key, written] of tensors) {
        const found = file.tensors.get(key)!
        assert.deepEqual(found.shape, written.shape)
        assert.deepEqual(found.values, written.values)
      }
    }),
  )
})

test('the layout is that of the format', () => {
  const bytes = writeSafetensors(
    new Map<string, TensorToWrite>([
      ['b', { shape: [3], values: Uint8Array.of(7, 8, 9) }],
      ['a', { shape: [1, 2], values: Float32Array.of(1, -2) }],
    ]),
    new Map([['k', 'v']]),
  )
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
  assert.equal(length % 8, 0)
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + length))
  assert.equal(
    header.trimEnd(),
    '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}',
  )
  assert.deepEqual([...bytes.subarray(8 + length)], [0, 0, 128, 63, 0, 0, 0, 192, 7, 8, 9])
})

/** A file with this header, as an object or as text. */
function file(header: unknown, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}

const f32 = (begin: number, end: number): object => ({
  dtype: 'F32',
  shape: [(end - begin) / 4],
  data_offsets: [begin, end],
})

test('half and brain floats widen exactly; wide numbers are rounded', () => {
  const header = {
    h: { dtype: 'F16', shape: [8], data_offsets: [0, 16] },
    b: { dtype: 'BF16', shape: [3], data_offsets: [16, 22] },
  }
  const bytes = file(header, 22)
  const view = new DataView(bytes.buffer, bytes.length - 22)
  for (const [i, bits] of [
    0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x8000, 0x3f80, 0xc049, 0x7f80,
  ].entries()) {
    view.setUint16(i * 2, bits, true)
  }
  const { tensors } = readSafetensors(bytes)
  assert.deepEqual(
    [...asFloat32(tensors.get('h')!)],
    [1, -2, 2 ** -24, 65504, Infinity, -Infinity, Number.NaN, -0],
  )
  assert.deepEqual([...asFloat32(tensors.get('b')!)], [1, -3.140625, Infinity])
  const wide = readSafetensors(
    writeSafetensors(new Map([['x', { shape: [2], values: Float64Array.of(0.1, 1e300) }]])),
  )
  assert.deepEqual([...asFloat32(wide.tensors.get('x')!)], [Math.fround(0.1), Infinity])
})

test('what is no model, and what is damaged, is told apart', () => {
  const good = file({ a: f32(0, 8), b: f32(8, 12) }, 12)
  assert.equal(readSafetensors(good).tensors.size, 2)
  const huge = good.slice()
  new DataView(huge.buffer).setBigUint64(0, 2n ** 63n, true)
  for (const bytes of [
    new Uint8Array(0),
    new Uint8Array(9),
    huge,
    new TextEncoder().encode('Call me Ishmael. Some years ago'),
    file('[1, 2, 3]'),
  ]) {
    assert.throws(() => readSafetensors(bytes, 'm'), codeIs('not-a-model', /^m is not a model/))
  }
  for (let length = 10; length < good.length; length++) {
    assert.throws(() => readSafetensors(good.subarray(0, length), 'm'), codeIs('damaged-file', /cut short/))
  }
  const damaged: [unknown, number, RegExp][] = [
    [{ a: f32(0, 8), b: f32(4, 12) }, 12, /overlaps/],
    [{ a: f32(0, 4), b: f32(8, 12) }, 12, /gap/],
    [{ a: f32(4, 8) }, 8, /gap/],
    [{ a: f32(0, 8) }, 12, /belong to none/],
    [{ a: f32(0, 8) }, 4, /cut short/],
    [{ a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }, 8, /needs 12 bytes/],
    [{ a: { dtype: 'F32', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 8] } }, 8, /needs/],
    [{ a: { dtype: 'F32', shape: [-2], data_offsets: [0, 8] } }, 8, /shape/],
    [{ a: { dtype: 'F32', shape: [2], data_offsets: [8, 0] } }, 8, /needs/],
    [{ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8, 8] } }, 8, /data_offsets/],
    [{ a: { dtype: 'F32', shape: [2], data_offsets: [0.5, 8.5] } }, 8, /data_offsets/],
    [{ a: { shape: [2], data_offsets: [0, 8] } }, 8, /dtype/],
    [{ a: [] }, 0, /not an object/],
    [{ __metadata__: { k: 1 } }, 0, /not a string/],
    [{ __metadata__: 'x' }, 0, /not an object/],
    [`{"a":${JSON.stringify(f32(0, 4))},"\\u0061":${JSON.stringify(f32(0, 4))}}`, 4, /"a" is there twice/],
    ['{"__metadata__":{"k":"1","k":"2"}}', 0, /"k" is there twice/],
    [`{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}`, 4, /"shape" is there twice/],
    [`{"__proto__":${JSON.stringify(f32(0, 4))}}`, 4, /must not be named/],
    [{ constructor: f32(0, 4) }, 4, /must not be named/],
    ['{"__metadata__":{"__proto__":"x"}}', 0, /must not be named/],
    ['{"a":', 0, /not JSON/],
    [`{"a":${'['.repeat(100_000)}`, 0, /not JSON/],
  ]
  for (const [header, size, pattern] of damaged) {
    assert.throws(
      () => readSafetensors(file(header, size), 'm'),
      codeIs('damaged-file', pattern),
      JSON.stringify(header).slice(0, 200),
    )
  }
  assert.throws(
    () => readSafetensors(file({ a: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, 1)),
    codeIs('unsupported-dtype', /F8_E4M3/),
  )
  assert.ok(!isDType('toString'))
  const notUtf8 = file('{"a":"x"}')
  notUtf8[14] = 0xff
  assert.throws(() => readSafetensors(notUtf8), codeIs('damaged-file', /not JSON/))
})

test('the same key in different objects is no repetition, whatever the strings contain', () => {
  const metadata = new Map([
    ['a', '{"a":1,"a":[{"a":"\\"}'],
    ['b', '\\'],
    ['c', '\\"'],
  ])
  const tensors = new Map([
    ['a', { shape: [], values: Float32Array.of(1) }],
    ['dtype', { shape: [0], values: new Float32Array(0) }],
  ])
  assert.deepEqual(readSafetensors(writeSafetensors(tensors, metadata)).metadata, metadata)
})

test('a header changed anyhow gives a file or a clear error, and no large allocation', () => {
  const json = JSON.stringify({
    __metadata__: { k: 'v' },
    a: f32(0, 8),
    b: { dtype: 'U8', shape: [2, 2], data_offsets: [8, 12] },
  })
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '-',
      '99999999999',
      '1e308',
      'null',
      '\\u0061',
      '__proto__',
      '"a":',
      '0',
      '8',
    ),
  )
  const edit = fc.tuple(fc.nat(json.length), fc.nat(12), piece)
  const before = process.memoryUsage().arrayBuffers
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), fc.nat(16), (edits, size) => {
      let header = json
      for (const [at, remove, insert] of edits)
        header = header.slice(0, at) + insert + header.slice(at + remove)
      check(file(header, size))
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(400),
      (changes, length) => {
        const bytes = file(json, 12)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        check(bytes.subarray(0, length))
      },
    ),
    { numRuns: 2000 },
  )
  assert.ok(process.memoryUsage().arrayBuffers - before < 1e8)
  assert.equal(({} as Record<string, unknown>).dtype, undefined)
})

function check(bytes: Uint8Array): void {
  try {
    const { tensors } = readSafetensors(bytes)
    for (const { values } of tensors.values()) assert.ok(values.byteLength <= bytes.length)
  } catch (error) {
    assert.ok(error instanceof RepriseError, String(error))
    assert.ok(error.message.length < 500 && !error.message.includes('\n'))
  }
}

test('what cannot be written is refused', () => {
  const one = { shape: [1], values: Float32Array.of(1) }
  assert.throws(() => writeSafetensors(new Map([['a', { ...one, shape: [2] }]])), codeIs('shape'))
  assert.throws(() => writeSafetensors(new Map([['a', { ...one, shape: [-1, -1] }]])), codeIs('shape'))
  for (const key of ['__metadata__', '__proto__', 'constructor']) {
    assert.throws(() => writeSafetensors(new Map([[key, one]])), codeIs('bad-name'))
  }
  assert.throws(() => writeSafetensors(new Map(), new Map([['__proto__', 'x']])), codeIs('bad-name'))
})
