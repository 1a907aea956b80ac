import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { readZip, writeZip } from './zip.js'

const text = (value: string) => new TextEncoder().encode(value)
const refused = (error: unknown) => error instanceof RepriseError && error.code === 'bad-archive'

/** An archive with one entry whose directory fields are overwritten. */
async function tampered(change: (view: DataView, directory: number) => void, compress = false) {
  const bytes = await writeZip(new Map([['a.txt', text('abc'.repeat(100))]]), { compress })
  const view = new DataView(bytes.buffer)
  change(view, view.getUint32(bytes.length - 6, true))
  return bytes
}

test('what is written is read again, stored and deflated', async () => {
  const names = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,2}$/)
  const entries = fc.dictionary(names, fc.uint8Array({ maxLength: 300 }), { noNullPrototype: true })
  await fc.assert(
    fc.asyncProperty(entries, fc.boolean(), async (files, compress) => {
      const bytes = await writeZip(new Map(Object.entries(files)), { compress })
      const archive = await readZip(bytes)
      assert.deepEqual(
        [...archive].map(([name, content]) => [name, [...content()]]),
        Object.entries(files).map(([name, content]) => [name, [...content]]),
      )
    }),
    { numRuns: 50, seed: 1 },
  )
})

test('the same entries give the same bytes', async () => {
  const entries = new Map([['a', text('aaaa')]])
  assert.deepEqual(await writeZip(entries), await writeZip(entries))
})

test('every cut and every changed byte is refused, or changes nothing that is read', async () => {
  const content = text('the quick brown fox '.repeat(20))
  const bytes = await writeZip(
    new Map([
      ['one.txt', content],
      ['two.txt', content],
    ]),
    { compress: true },
  )
  for (let length = 0; length < bytes.length; length++) {
    await assert.rejects(readZip(bytes.subarray(0, length)), refused)
  }
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice()
    changed[at]! ^= 1 << (at % 8)
    try {
      for (const [, read] of await readZip(changed)) assert.deepEqual(read(), content)
    } catch (error) {
      assert.ok(refused(error), String(error))
    }
  }
})

test('names that climb are refused', async () => {
  for (const name of [
    '../a',
    '/a',
    'a/../../b',
    'a\\b',
    'C:a',
    '.',
    './a',
    'a//b',
    '..',
    '',
    'a\0b',
    '../',
  ]) {
    await assert.rejects(readZip(await writeZip(new Map([[name, text('x')]]))), refused, name)
  }
})

test('sizes are limited before anything is unpacked', async () => {
  const bytes = await writeZip(
    new Map([
      ['a', text('x'.repeat(60))],
      ['b', text('y'.repeat(60))],
    ]),
  )
  await assert.rejects(readZip(bytes, { limits: { entryBytes: 50 } }), /claims 60 bytes, and 50/)
  await assert.rejects(readZip(bytes, { limits: { totalBytes: 100 } }), /more than 100 bytes/)
  await assert.rejects(readZip(bytes, { limits: { entries: 1 } }), /claims 2 entries, and 1/)
})

test('a bomb is refused by what it claims', async () => {
  const claimed = (size: number) => tampered((view, entry) => view.setUint32(entry + 24, size, true), true)
  await assert.rejects(readZip(await claimed(1_000_000_000)), /zip bomb/)
  await assert.rejects(readZip(await claimed(0xfffffffe)), refused)
  // A claim that is too small does not let more come out.
  const archive = await readZip(await claimed(10))
  assert.throws(() => archive.get('a.txt')!(), /not what its directory promises/)
  // Over 64 MiB, and more than 200 times as much as is there: possible, but not for what models hold.
  const noise = new Uint8Array(300_000)
  let state = 1
  for (let k = 0; k < noise.length; k++) {
    state = Math.imul(state, 1664525) + 1013904223
    noise[k] = state >>> 24
  }
  const large = await writeZip(new Map([['noise', noise]]), { compress: true })
  const view = new DataView(large.buffer)
  const directory = view.getUint32(large.length - 6, true)
  const packedSize = view.getUint32(directory + 20, true)
  view.setUint32(directory + 24, Math.max(2 ** 26 + 1, 300 * packedSize), true)
  await assert.rejects(readZip(large), /zip bomb/)
  assert.equal((await readZip(large, { limits: { ratio: 1000 } })).size, 1)
})

test('encrypted, unknown, repeated and overlapping entries are refused', async () => {
  await assert.rejects(readZip(await tampered((view, at) => view.setUint16(at + 8, 1, true))), /encrypted/)
  await assert.rejects(readZip(await tampered((view, at) => view.setUint16(at + 10, 12, true))), /method 12/)
  const two = await writeZip(
    new Map([
      ['aa', text('1')],
      ['ab', text('2')],
    ]),
  )
  const renamed = two.map((byte, at) => (byte === 'b'.charCodeAt(0) && two[at - 1] === 97 ? 97 : byte))
  await assert.rejects(readZip(renamed), /there twice/)
  const view = new DataView(two.buffer)
  const directory = view.getUint32(two.length - 6, true)
  two.set(two.subarray(directory, directory + 48), directory + 48)
  await assert.rejects(readZip(two), refused)
})

test('something else is no archive', async () => {
  for (const bytes of [new Uint8Array(0), text('{"a": 1}'), new Uint8Array(1000)]) {
    await assert.rejects(readZip(bytes, { name: 'm.keras' }), /m\.keras is not a sound zip archive/)
  }
})
