import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { splitHeldOut } from './held-out.js'
import { StreamBatches, type StreamPosition } from './stream-batches.js'
import { tokenSequence } from './token-store.js'

interface Copy {
  readonly inputs: number[]
  readonly targets: number[]
  readonly resets: number[]
  readonly predicted: number
}

function epochOf(batches: StreamBatches): Copy[] {
  const result: Copy[] = []
  for (let batch = batches.next(); batch !== undefined; batch = batches.next()) {
    const { inputs, targets, resets, predicted } = batch
    result.push({ inputs: [...inputs], targets: [...targets], resets: [...resets], predicted })
  }
  return result
}

/** All-distinct tokens, so that a target says which prediction it is. */
const distinct = (length: number): Int32Array => Int32Array.from({ length }, (_, i) => i + 100)
const shape = fc.record({
  length: fc.integer({ min: 2, max: 80 }),
  streams: fc.integer({ min: 1, max: 9 }),
  steps: fc.integer({ min: 1, max: 11 }),
  context: fc.option(fc.constant(7), { nil: undefined }),
  draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
})

function make({
  length,
  streams,
  steps,
  context,
  draw,
}: {
  length: number
  streams: number
  steps: number
  context: number | undefined
  draw: number
}): StreamBatches {
  return new StreamBatches(tokenSequence(distinct(length)), {
    streams,
    steps,
    shift: () => draw,
    ...(context === undefined ? {} : { context }),
  })
}

test('each token is predicted exactly once an epoch, from the token before it', () => {
  fc.assert(
    fc.property(shape, (setting) => {
      const { length, streams, steps, context } = setting
      const batches = make(setting)
      const expected = Array.from({ length }, (_, i) => i + 100).slice(context === undefined ? 1 : 0)
      for (let epoch = 0; epoch < 2; epoch++) {
        const all = epochOf(batches)
        const seen: number[] = []
        for (const { inputs, targets, predicted } of all) {
          assert.equal(inputs.length, streams * steps)
          assert.equal(targets.filter((t) => t >= 0).length, predicted)
          assert.ok(predicted > 0)
          for (const [i, target] of targets.entries()) {
            if (target < 0) continue
            seen.push(target)
            assert.equal(inputs[i], target === 100 ? context : target - 1)
          }
        }
        assert.deepEqual(
          seen.sort((a, b) => a - b),
          expected,
        )
        batches.nextEpoch()
      }
    }),
    { numRuns: 500 },
  )
})

test('a stream goes on where it was, unless reset; what is masked is only followed by a reset or the end', () => {
  fc.assert(
    fc.property(shape, (setting) => {
      const { streams, steps, context } = setting
      const batches = make(setting)
      batches.nextEpoch()
      const all = epochOf(batches)
      const stretch = Math.ceil(batches.predictions / streams)
      assert.ok(all.length <= Math.ceil(stretch / steps) + 1)
      for (let row = 0; row < streams; row++) {
        let last: number | undefined
        let masked = false
        let predicted = 0
        for (const [index, { targets, resets }] of all.entries()) {
          if (resets[row] === 1) {
            last = undefined
            masked = false
          }
          assert.equal(resets[row] === 1 && index > 0, index > 0 && last === undefined)
          for (const target of targets.slice(row * steps, (row + 1) * steps)) {
            if (target < 0) masked = true
            else {
              assert.ok(!masked)
              if (last !== undefined) assert.equal(target, last + 1)
              else if (index > 0) assert.equal(target, context === undefined ? 101 : 100)
              last = target
              predicted++
            }
          }
          if (last === undefined) last = -1
        }
        assert.ok(predicted >= Math.floor(batches.predictions / streams) && predicted <= stretch)
      }
    }),
    { numRuns: 500 },
  )
})

test('restored at any position, in any epoch, the batches go on the same', () => {
  fc.assert(
    fc.property(shape, fc.nat(40), fc.integer({ min: 0, max: 2 }), (setting, stop, epoch) => {
      const whole = make(setting)
      for (let i = 0; i < epoch; i++) whole.nextEpoch()
      for (let i = 0; i < stop; i++) whole.next()
      const position: StreamPosition = JSON.parse(JSON.stringify(whole.position))
      // No draw may happen while restoring.
      const resumed = make({ ...setting, draw: Number.NaN })
      resumed.restore(position)
      assert.deepEqual(resumed.position, position)
      assert.deepEqual(epochOf(resumed), epochOf(whole))
    }),
  )
})

test('the shift is drawn once an epoch and moves the streams', () => {
  const draws = [0.5, 0.25]
  const batches = new StreamBatches(tokenSequence(distinct(41)), {
    streams: 2,
    steps: 5,
    shift: () => draws.shift()!,
  })
  const firsts = (): number[] => epochOf(batches)[0]!.targets.filter((_, i) => i % 5 === 0)
  assert.deepEqual(firsts(), [101, 121])
  batches.nextEpoch()
  assert.equal(batches.batchesPerEpoch, 4)
  assert.deepEqual(firsts(), [111, 131])
  batches.nextEpoch()
  assert.equal(batches.batchesPerEpoch, 4)
  assert.deepEqual(firsts(), [106, 126])
  assert.deepEqual(batches.position, { epoch: 2, batch: 4, shift: 5 })
})

const codeIs = (code: string) => (error: unknown) => error instanceof RepriseError && error.code === code

test('what cannot be is refused', () => {
  const tokens = tokenSequence(distinct(10))
  for (const [streams, steps] of [
    [0, 1],
    [1, 0],
    [-1, 1],
    [1.5, 1],
    [1, Number.NaN],
  ] as const) {
    assert.throws(() => new StreamBatches(tokens, { streams, steps }), codeIs('option'))
  }
  assert.throws(
    () => new StreamBatches(tokenSequence(distinct(1)), { streams: 1, steps: 1 }),
    codeIs('too-short'),
  )
  assert.throws(
    () => new StreamBatches(tokenSequence(distinct(0)), { streams: 1, steps: 1, context: 0 }),
    codeIs('too-short'),
  )
  const batches = new StreamBatches(tokens, { streams: 2, steps: 2 })
  for (const position of [
    { epoch: -1, batch: 0, shift: 0 },
    { epoch: 0, batch: 4, shift: 0 },
    { epoch: 0, batch: 0, shift: 5 },
    { epoch: 0, batch: 0.5, shift: 0 },
  ]) {
    assert.throws(() => batches.restore(position), codeIs('bad-position'))
  }
})

test('held out: the last part, for words cut at a line end', () => {
  const eos = 1
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(eos, 2, 3, 4, 5, 6), { minLength: 2, maxLength: 60 }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      fc.boolean(),
      (ids, fraction, byLine) => {
        const tokens = tokenSequence(Int32Array.from(ids))
        let parts: number[][]
        try {
          const { train, heldOut } = splitHeldOut(tokens, fraction, byLine ? eos : undefined)
          parts = [train, heldOut].map((part) => {
            const all = new Int32Array(part.length)
            part.read(0, part.length, all)
            return [...all]
          })
        } catch (error) {
          assert.ok(codeIs('too-short')(error))
          if (byLine) return
          const heldOut = Math.round(ids.length * fraction)
          assert.ok(heldOut === 0 || heldOut === ids.length)
          return
        }
        assert.deepEqual(parts.flat(), ids)
        assert.ok(parts.every((part) => part.length > 0))
        if (byLine) assert.equal(parts[0]!.at(-1), eos)
        else assert.ok(Math.abs(parts[1]!.length - fraction * ids.length) <= 0.5)
      },
    ),
  )
  const long = tokenSequence(new Int32Array(20_000).fill(2).fill(eos, 3000, 3001))
  assert.equal(splitHeldOut(long, 0.1, eos).train.length, 3001)
  assert.equal(splitHeldOut(long, 0.95, eos).train.length, 3001)
  assert.throws(() => splitHeldOut(tokenSequence(Int32Array.of(2, 3, eos)), 0.5, eos), codeIs('too-short'))
  for (const fraction of [0, 1, -0.1, Number.NaN])
    assert.throws(() => splitHeldOut(long, fraction), codeIs('option'))
})
