import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RandomStream } from '../random.js'
import { computeFans, type InitializerLike, initializer, initializerNames } from './initializers.js'

const drawn = (like: InitializerLike, shape: readonly number[], seed = 1) =>
  initializer(like)(shape, new RandomStream(seed, 'weights'))

function statistics(values: Float32Array) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length
  const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  return { mean, deviation: Math.sqrt(variance), largest }
}

test('every initializer fills its shape with finite numbers, the same for the same seed', () => {
  for (const name of initializerNames()) {
    const values = drawn(name, [6, 4])
    assert.equal(values.length, 24, name)
    assert.ok(values.every(Number.isFinite), name)
    assert.deepEqual(drawn(name, [6, 4]), values, name)
    const fixed = ['zeros', 'ones', 'constant', 'identity'].includes(name)
    assert.equal(String(drawn(name, [6, 4], 2)) === String(values), fixed, name)
  }
})

test('fans are counted as in Keras', () => {
  assert.deepEqual(computeFans([]), { fanIn: 1, fanOut: 1 })
  assert.deepEqual(computeFans([7]), { fanIn: 7, fanOut: 7 })
  assert.deepEqual(computeFans([7, 3]), { fanIn: 7, fanOut: 3 })
  assert.deepEqual(computeFans([5, 2, 7, 3]), { fanIn: 70, fanOut: 30 })
})

// name, expected standard deviation for a [300, 100] kernel, expected bound
const bell = (variance: number) =>
  [Math.sqrt(variance), (2 * Math.sqrt(variance)) / 0.8796256610342398] as const
const flat = (variance: number) => [Math.sqrt(variance), Math.sqrt(3 * variance)] as const
const spreads: readonly (readonly [InitializerLike, readonly [number, number]])[] = [
  ['randomNormal', [0.05, Number.POSITIVE_INFINITY]],
  [{ name: 'randomNormal', stddev: 2 }, [2, Number.POSITIVE_INFINITY]],
  ['randomUniform', [0.1 / Math.sqrt(12), 0.05]],
  ['uniform', [0.1 / Math.sqrt(12), 0.05]],
  ['truncatedNormal', [0.05 * 0.8796256610342398, 0.1]],
  ['glorotUniform', flat(1 / 200)],
  ['glorotNormal', bell(1 / 200)],
  ['heUniform', flat(2 / 300)],
  ['heNormal', bell(2 / 300)],
  ['lecunUniform', flat(1 / 300)],
  ['lecunNormal', bell(1 / 300)],
  ['varianceScaling', bell(1 / 300)],
  [{ name: 'varianceScaling', scale: 3, mode: 'fanOut', distribution: 'uniform' }, flat(3 / 100)],
  [
    { name: 'varianceScaling', distribution: 'untruncatedNormal' },
    [Math.sqrt(1 / 300), Number.POSITIVE_INFINITY],
  ],
  ['orthogonal', [Math.sqrt(1 / 300), 1]],
]
for (const [like, [deviation, bound]] of spreads) {
  test(`${JSON.stringify(like)} has the spread its formula says`, () => {
    const found = statistics(drawn(like, [300, 100]))
    // 30000 draws: the mean errs by deviation/173, the deviation by less than one part in 200.
    assert.ok(Math.abs(found.mean) < deviation / 35, `mean ${found.mean}`)
    assert.ok(Math.abs(found.deviation / deviation - 1) < 0.025, `${found.deviation}, expected ${deviation}`)
    assert.ok(found.largest <= bound * (1 + 1e-6), `largest ${found.largest}, expected at most ${bound}`)
    if (like !== 'orthogonal' && Number.isFinite(bound)) assert.ok(found.largest > bound * 0.98)
  })
}

test('fixed values', () => {
  assert.deepEqual([...drawn({ name: 'constant', value: 0.5 }, [2])], [0.5, 0.5])
  assert.deepEqual([...drawn('ones', [2])], [1, 1])
  assert.deepEqual([...drawn('zeros', [2])], [0, 0])
  assert.deepEqual([...drawn({ name: 'identity', gain: 3 }, [2, 3])], [3, 0, 0, 0, 3, 0])
})

for (const [rows, columns] of [
  [5, 5],
  [3, 12],
  [13, 4],
  [1, 6],
  [40, 37],
] as const) {
  test(`orthogonal [${rows}, ${columns}]: the shorter side is orthonormal`, () => {
    const q = drawn({ name: 'orthogonal', gain: 2 }, [rows, columns])
    const wide = rows < columns
    const [count, length] = wide ? [rows, columns] : [columns, rows]
    const at = (k: number, i: number) => (wide ? q[k * columns + i]! : q[i * columns + k]!)
    for (let k = 0; k < count; k++) {
      for (let l = 0; l <= k; l++) {
        let dot = 0
        for (let i = 0; i < length; i++) dot += at(k, i) * at(l, i)
        assert.ok(Math.abs(dot - (k === l ? 4 : 0)) < 1e-5, `${k}·${l} = ${dot}`)
      }
    }
  })
}

test('an orthogonal kernel of more axes is one matrix with the last axis as columns', () => {
  assert.deepEqual(drawn('orthogonal', [2, 3, 4]), drawn('orthogonal', [6, 4]))
})

test('orthogonal matrices are spread evenly: first elements of small ones have mean 0 and variance 1/n', () => {
  const random = new RandomStream(3, 'many')
  const make = initializer('orthogonal')
  const firsts = Float32Array.from({ length: 2000 }, () => make([3, 3], random)[0]!)
  const { mean, deviation } = statistics(firsts)
  assert.ok(Math.abs(mean) < 0.05, `${mean}`)
  assert.ok(Math.abs(deviation ** 2 - 1 / 3) < 0.03, `${deviation}`)
})

test('unknown names and options, and shapes that do not fit, are refused', () => {
  assert.throws(
    () => initializer('glorotUnifrom'),
    /unknown initializer "glorotUnifrom". Did you mean "glorotUniform"/,
  )
  assert.throws(
    () => initializer({ name: 'constant', vlaue: 1 }),
    /unknown option of initializer constant "vlaue"/,
  )
  assert.throws(
    () => initializer({ name: 'varianceScaling', scale: 0 }),
    /scale must be a number above 0, got 0/,
  )
  assert.throws(() => drawn('orthogonal', [4]), /orthogonal needs at least two axes, got \[4\]/)
  assert.throws(() => drawn('identity', [4]), /identity needs two axes, got \[4\]/)
})
