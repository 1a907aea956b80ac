import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { RepriseError } from '../errors.js'
import { TokenStore, tokenSequence, tokenView } from './token-store.js'

/** More than one block of the spool even at one byte a token, and no multiple of anything. */
const length = (1 << 20) * 2 + 12_345

function ids(vocabulary: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => (i * 7919) % vocabulary)
}

async function fill(store: TokenStore, tokens: Int32Array): Promise<void> {
  for (let at = 0, step = 1; at < tokens.length; at += step, step = (step * 3) % 100_003) {
    await store.append(tokens.subarray(at, at + step))
  }
}

test('what is stored is read back, in memory and spilled, at every width', async () => {
  for (const [vocabulary, width] of [
    [256, 1],
    [257, 2],
    [65_536, 2],
    [65_537, 4],
  ] as const) {
    const tokens = ids(vocabulary)
    for (const memoryLimit of [1 << 30, 1 << 20]) {
      const store = new TokenStore(vocabulary, { memoryLimit })
      await fill(store, tokens)
      assert.equal(store.width, width)
      assert.equal(store.length, length)
      assert.equal(store.spilled, memoryLimit === 1 << 20)
      if (store.spilled) assert.ok(store.memory <= 1 << 20)
      assert.deepEqual(store.slice(), tokens)
      for (const begin of [0, 1, (1 << 20) - 1, 1 << 20, length - 3]) {
        assert.deepEqual(store.slice(begin, begin + 3), tokens.slice(begin, begin + 3))
      }
      store.close()
    }
  }
})

test('a store can be read while it grows', async () => {
  const tokens = ids(1000)
  const store = new TokenStore(1000, { memoryLimit: 0 })
  for (let at = 0; at < tokens.length; at += 300_000) {
    await store.append(tokens.subarray(at, at + 300_000))
    assert.deepEqual(store.slice(Math.max(0, at - 5)), tokens.slice(Math.max(0, at - 5), at + 300_000))
  }
  store.close()
})

test('the temporary file has no name to leave behind', async () => {
  const temporaryFolder = mkdtempSync(join(tmpdir(), 'spool-test-'))
  const store = new TokenStore(4, { memoryLimit: 0, temporaryFolder })
  await fill(store, ids(4))
  assert.ok(store.spilled)
  if (process.platform !== 'win32') assert.deepEqual(readdirSync(temporaryFolder), [])
  store.close()
  assert.throws(
    () => store.slice(0, 1),
    (error) => error instanceof RepriseError && error.code === 'closed',
  )
  rmSync(temporaryFolder, { recursive: true })
})

test('a temporary folder that cannot be used is named', async () => {
  const store = new TokenStore(4, { memoryLimit: 0, temporaryFolder: '/no/such/folder' })
  await assert.rejects(
    fill(store, ids(4)),
    (error) =>
      error instanceof RepriseError &&
      error.code === 'cannot-write' &&
      error.message.includes('/no/such/folder'),
  )
})

test('sequences and views refuse to read outside', () => {
  const tokens = tokenSequence(Int32Array.of(1, 2, 3, 4, 5))
  const view = tokenView(tokens, 1, 4)
  const target = new Int32Array(4)
  view.read(1, 2, target, 1)
  assert.deepEqual([...target], [0, 3, 4, 0])
  for (const [begin, count] of [
    [2, 2],
    [-1, 1],
    [0, -1],
    [Number.NaN, 1],
  ] as const) {
    assert.throws(() => view.read(begin, count, target), RangeError)
  }
  assert.throws(() => tokens.read(3, 3, target), RangeError)
  assert.throws(() => tokenView(tokens, 3, 6), RangeError)
})
