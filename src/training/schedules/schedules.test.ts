import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { JsonValue } from '../json.js'
import { createSchedule, type Progress, type Schedule, scheduleNames } from './index.js'

const at = (step: number, totalSteps: number, stepsPerEpoch: number): Progress => ({
  step,
  totalSteps,
  stepsPerEpoch,
  epoch: Math.floor(step / stepsPerEpoch),
  fraction: step / totalSteps,
})

function rates(schedule: Schedule, totalSteps: number, stepsPerEpoch: number, learningRate = 1): number[] {
  const state = schedule.initialState ?? null
  return Array.from({ length: totalSteps }, (_, step) =>
    schedule.rate(at(step, totalSteps, stepsPerEpoch), learningRate, state),
  )
}

const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs(actual! - expected) < 1e-9, `${actual} is not ${expected}`)

describe('schedules', () => {
  test('all stay between 0 and the learning rate, scale with it, and survive JSON', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...scheduleNames()),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        (name, epochs, stepsPerEpoch) => {
          const schedule = createSchedule(name)
          const total = epochs * stepsPerEpoch
          const list = rates(schedule, total, stepsPerEpoch, 0.5)
          assert.ok(list.every((rate) => rate >= 0 && rate <= 0.5 + 1e-12))
          for (const [step, rate] of rates(schedule, total, stepsPerEpoch, 1).entries())
            near(rate / 2, list[step]!)
          const again = createSchedule(JSON.parse(JSON.stringify(schedule.toConfig())))
          assert.deepEqual(rates(again, total, stepsPerEpoch, 0.5), list)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('step: halved each epoch after the fourth', () => {
    const schedule = createSchedule({ name: 'step', factor: 0.5, every: 1, from: 4 })
    assert.deepEqual(rates(schedule, 14, 2), [1, 1, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125])
    assert.deepEqual(
      rates(createSchedule({ name: 'step', factor: 0.1, every: 2 }), 5, 1).slice(0, 4),
      [1, 1, 0.1, 0.1],
    )
  })

  test('exponential: one factor per epoch, smooth or in stairs', () => {
    const smooth = rates(createSchedule({ name: 'exponential', rate: 0.25 }), 9, 4)
    near(smooth[0], 1)
    near(smooth[2], 0.5)
    near(smooth[8], 0.0625)
    const stairs = rates(createSchedule({ name: 'exponential', rate: 0.25, staircase: true }), 9, 4)
    assert.deepEqual(stairs, [1, 1, 1, 1, 0.25, 0.25, 0.25, 0.25, 0.0625])
  })

  test('cosine: linear warm-up, half way at half, final factor at the end', () => {
    const schedule = createSchedule({ name: 'cosine', warmup: 0.2, finalFactor: 0.1 })
    const list = rates(schedule, 100, 10)
    near(list[0], 1 / 20)
    near(list[19], 1)
    near(list[20], 1)
    near(list[60], 0.55)
    near(schedule.rate(at(100, 100, 10), 1, null), 0.1)
    near(schedule.rate(at(150, 100, 10), 1, null), 0.1)
    near(rates(createSchedule({ name: 'cosine', warmupSteps: 5 }), 100, 10)[1], 0.4)
  })

  test('one-cycle: peak once, falls below the beginning', () => {
    const list = rates(createSchedule({ name: 'one-cycle', warmup: 0.25 }), 101, 10)
    near(list[0], 0.04)
    near(list[25], 1)
    near(list[100], 4e-6)
    assert.ok(
      list.every(
        (rate, step) => step === 0 || (step <= 25 ? rate > list[step - 1]! : rate < list[step - 1]!),
      ),
    )
  })

  test('slanted triangle: up over a tenth, down over the rest, to 1/32 at both ends', () => {
    const list = rates(createSchedule('slanted'), 100, 10)
    near(list[0], 1 / 32)
    near(list[10], 1)
    near(list[5], (1 + 0.5 * 31) / 32)
    near(list[55], (1 + 0.5 * 31) / 32)
    near(createSchedule('slanted').rate(at(100, 100, 10), 1, null), 1 / 32)
    const steep = rates(createSchedule({ name: 'slanted', cut: 0.5, ratio: 2 }), 4, 1)
    assert.deepEqual(steep, [0.5, 0.75, 1, 0.75])
    assert.deepEqual(rates(createSchedule({ name: 'slanted', ratio: 1 }), 3, 1), [1, 1, 1])
  })

  test('inverse square root', () => {
    const list = rates(createSchedule({ name: 'inverseSquareRoot', warmupSteps: 4 }), 64, 8)
    near(list[1], 0.5)
    near(list[3], 1)
    near(list[15], 0.5)
  })

  test('unknown names and options are answered with the nearest', () => {
    assert.throws(() => createSchedule('cosin'), { code: 'unknown-name', message: /"cosine"/ })
    assert.throws(() => createSchedule({ name: 'cosine', warmpu: 0.1 }), {
      code: 'unknown-name',
      message: /warmup/,
    })
    assert.throws(() => createSchedule({ name: 'cosine', warmup: 2 }), { code: 'option' })
  })
})

describe('plateau', () => {
  /** The rates after each score. */
  function follow(options: Record<string, unknown>, scores: readonly number[]): number[] {
    const schedule = createSchedule({ name: 'plateau', ...options })
    let state: JsonValue = schedule.initialState ?? null
    return scores.map((loss) => {
      state = JSON.parse(JSON.stringify(schedule.observe!(state, { loss })))
      return schedule.rate(at(0, 1, 1), 1, state)
    })
  }

  test('reduces after so many scores without improvement', () => {
    assert.deepEqual(
      follow({ factor: 0.5, patience: 2 }, [3, 2, 2, 2, 1, 1, 1, 1, 1]),
      [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125],
    )
  })

  test('cooldown, floor, direction, smallest change', () => {
    const flat = [1, 1, 1, 1, 1, 1]
    assert.deepEqual(follow({ factor: 0.5, patience: 1 }, flat), [1, 0.5, 0.25, 0.125, 0.0625, 0.03125])
    assert.deepEqual(
      follow({ factor: 0.5, patience: 1, cooldown: 2 }, flat),
      [1, 0.5, 0.5, 0.25, 0.25, 0.125],
    )
    assert.deepEqual(
      follow({ factor: 0.5, patience: 1, minLearningRate: 0.3 }, flat),
      [1, 0.5, 0.3, 0.3, 0.3, 0.3],
    )
    assert.deepEqual(follow({ factor: 0.5, patience: 1, mode: 'max' }, [1, 2, 3, 2]), [1, 1, 1, 0.5])
    assert.deepEqual(follow({ factor: 0.5, patience: 1, minDelta: 0.5 }, [3, 2.6, 2.4]), [1, 0.5, 0.5])
    assert.deepEqual(follow({ factor: 0.5, patience: 1 }, [Number.NaN, 1, 1]), [0.5, 0.5, 0.25])
  })

  test('an unknown score to watch is an error that lists the known ones', () => {
    assert.throws(() => follow({ monitor: 'valLos' }, [1]), { code: 'unknown-name', message: /loss/ })
  })
})
