import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { windowsOf } from './windows.js'

async function collect(texts: AsyncIterable<string>, most: number): Promise<string[][]> {
  const windows: string[][] = []
  for await (const window of windowsOf(texts, most)) windows.push(window)
  return windows
}

test('texts that are there together come together, at most so many', async () => {
  async function* texts() {
    yield* ['a', 'b', 'c', 'd', 'e']
  }
  assert.deepEqual(await collect(texts(), 2), [['a', 'b'], ['c', 'd'], ['e']])
  assert.deepEqual((await collect(texts(), 9)).flat(), ['a', 'b', 'c', 'd', 'e'])
})

test('a text is not kept waiting for the next one', async () => {
  let release = () => {}
  const later = new Promise<void>((resolve) => {
    release = resolve
  })
  async function* texts() {
    yield 'first'
    await later
    yield 'second'
  }
  const windows = windowsOf(texts(), 10)
  assert.deepEqual((await windows.next()).value, ['first'])
  release()
  assert.deepEqual((await windows.next()).value, ['second'])
  assert.equal((await windows.next()).done, true)
})

test('a source that fails says so after what it gave; one that is left early is closed', async () => {
  let closed = false
  async function* texts() {
    try {
      yield 'one'
      await wait(1)
      throw new Error('no more')
    } finally {
      closed = true
    }
  }
  const failing = windowsOf(texts(), 10)
  assert.deepEqual((await failing.next()).value, ['one'])
  await assert.rejects(failing.next(), /no more/)
  closed = false
  for await (const _ of windowsOf(texts(), 1)) break
  assert.equal(closed, true)
})
