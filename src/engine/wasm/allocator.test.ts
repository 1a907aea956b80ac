import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Allocator } from './allocator.js'

const start = 100
const first = 128 // start rounded up to 64
const page = 4096

/** An allocator that may grow page by page up to `limit`. */
function growing(limit: number): { allocator: Allocator; end: () => number } {
  let end = 2 * page
  const extend = (bytes: number): number => {
    const got = Math.ceil(bytes / page) * page
    if (end + got > limit) return 0
    end += got
    return got
  }
  return { allocator: new Allocator(start, end, extend), end: () => end }
}

/** Positive: allocate that many bytes. Otherwise: free one of those allocated. */
const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 3 * page }), fc.integer({ min: -1000, max: -1 })), {
  maxLength: 120,
})

test('allocations are aligned, inside the memory and never overlap', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const { allocator, end } = growing(64 * page)
      const live: { address: number; bytes: number }[] = []
      let used = 0
      for (const step of sequence) {
        if (step > 0) {
          const address = allocator.allocate(step)
          if (address === undefined) continue
          assert.equal(address % 64, 0)
          assert.ok(address >= first && address + step <= end())
          for (const other of live) {
            assert.ok(address + step <= other.address || other.address + other.bytes <= address)
          }
          live.push({ address, bytes: step })
          used += Math.ceil(step / 64) * 64
        } else if (live.length > 0) {
          const [gone] = live.splice(-step % live.length, 1)
          allocator.free(gone!.address)
          used -= Math.ceil(gone!.bytes / 64) * 64
        }
        assert.equal(allocator.usedBytes, used)
      }
    }),
  )
})

test('whatever was allocated, freeing it in any order leaves one gap', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 2000 }), { minLength: 1, maxLength: 40 }),
      fc.infiniteStream(fc.nat()),
      (sizes, order) => {
        const { allocator, end } = growing(64 * page)
        const live = sizes
          .map((bytes) => allocator.allocate(bytes))
          .filter((address) => address !== undefined)
        while (live.length > 0) {
          const [address] = live.splice(order.next().value % live.length, 1)
          allocator.free(address!)
        }
        const everything = Math.floor((end() - first) / 64) * 64
        const before = end()
        assert.equal(allocator.allocate(everything), first)
        assert.equal(end(), before)
      },
    ),
  )
})

test('freed addresses are used again before the memory grows', () => {
  const { allocator, end } = growing(64 * page)
  const addresses = Array.from({ length: 100 }, () => allocator.allocate(64)!)
  const before = end()
  for (let round = 0; round < 1000; round++) {
    const address = addresses.shift()!
    allocator.free(address)
    addresses.push(allocator.allocate(64)!)
  }
  assert.equal(end(), before)
})

test('growth joins the gap at the end', () => {
  const { allocator, end } = growing(4 * page)
  assert.equal(allocator.allocate(4 * page - first), first)
  assert.equal(end(), 4 * page)
})

test('no room gives undefined and changes nothing', () => {
  const { allocator } = growing(4 * page)
  assert.equal(allocator.allocate(8 * page), undefined)
  assert.equal(allocator.usedBytes, 0)
  assert.equal(allocator.allocate(64), first)
})

test('freeing what is not in use throws', () => {
  const { allocator } = growing(4 * page)
  const address = allocator.allocate(64)!
  allocator.free(address)
  assert.throws(() => allocator.free(address), /not allocated/)
})
