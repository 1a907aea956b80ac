import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RandomStream } from '../../random.js'
import { Activation, Reduce, Unary } from '../commands.generated.js'
import { elementwiseKernels } from './elementwise.js'
import { activationOf, slopeOf, unaryOf } from './functions.js'
import { gemmKernels } from './gemm.js'
import { optimizerKernels } from './optimizer.js'
import { randomKernels } from './random.js'
import { softmaxKernels } from './softmax.js'

const f64 = (...values: number[]) => Float64Array.from(values)

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-12): void {
  assert.equal(actual.length, expected.length)
  for (let e = 0; e < expected.length; e++) {
    assert.ok(Math.abs(actual[e]! - expected[e]!) <= tolerance, `[${e}]: ${actual[e]}, not ${expected[e]}`)
  }
}

test('activations have the values of their definitions', () => {
  const at = (kind: number) => [-1, 0, 2].map((x) => activationOf(kind)(x))
  near(at(Activation.linear), [-1, 0, 2])
  near(at(Activation.sigmoid), [0.2689414213699951, 0.5, 0.8807970779778823])
  near(at(Activation.tanh), [-0.7615941559557649, 0, 0.9640275800758169])
  near(at(Activation.relu), [0, 0, 2])
  near(at(Activation.hardSigmoid), [1 / 3, 0.5, 5 / 6])
  near([-4, -3, 3, 4].map(activationOf(Activation.hardSigmoid)), [0, 0, 1, 1])
  near(at(Activation.softsign), [-0.5, 0, 2 / 3])
  near(at(Activation.softplus), [0.31326168751822286, Math.LN2, 2.1269280110429727])
  near(at(Activation.elu), [-0.6321205588285577, 0, 2])
  near(at(Activation.selu), [-1.1113307378125625, 0, 2.101401974710961])
  near(at(Activation.exponential), [0.36787944117144233, 1, 7.38905609893065])
})

test('slopes are the derivatives, taken from the output', () => {
  for (const kind of Object.values(Activation)) {
    for (const x of [-2.3, -0.4, 0.7, 1.9]) {
      const f = activationOf(kind)
      const difference = (f(x + 1e-6) - f(x - 1e-6)) / 2e-6
      near([slopeOf(kind)(f(x))], [difference], 1e-8)
    }
  }
})

test('erf has its known values', () => {
  const erf = unaryOf(Unary.erf)
  near(
    [0, 0.5, 1, 2, 3.5, 7].map(erf),
    [0, 0.5204998778130465, 0.8427007929497149, 0.9953222650189527, 0.9999992569016276, 1],
    1e-15,
  )
  near([erf(-1), erf(-7)], [-0.8427007929497149, -1], 1e-15)
})

test('every code out of range is refused', () => {
  for (const lookup of [activationOf, slopeOf, unaryOf]) assert.throws(() => lookup(99), RangeError)
})

test('reduce runs over the middle axis', () => {
  const x = Float64Array.from({ length: 12 }, (_, k) => k)
  const reduce = (operation: number, accumulate = 0) => {
    const y = f64(100, 100, 100, 100)
    elementwiseKernels.reduce({ x, y, outer: 2, axis: 3, inner: 2, operation, accumulate })
    return y
  }
  near(reduce(Reduce.sum), [6, 9, 24, 27])
  near(reduce(Reduce.sum, 1), [106, 109, 124, 127])
  near(reduce(Reduce.mean), [2, 3, 8, 9])
  near(reduce(Reduce.maximum), [4, 5, 10, 11])
  near(reduce(Reduce.minimum), [0, 1, 6, 7])
})

test('matmul with identity, transposes and accumulation', () => {
  const a = f64(1, 2, 3, 4, 5, 6)
  const product = (transposeA: number, transposeB: number, accumulate: number) => {
    const c = f64(10, 10, 10, 10)
    gemmKernels.matmul({
      ...{ a, b: f64(1, 0, 0, 1, 1, 1), c, batch: 1, M: 2, N: 2, K: 3 },
      ...{ aBatchStride: 0, bBatchStride: 0, cBatchStride: 0, transposeA, transposeB, accumulate },
    })
    return c
  }
  near(product(0, 0, 0), [4, 5, 10, 11])
  near(product(0, 0, 1), [14, 15, 20, 21])
  near(product(1, 0, 0), [6, 8, 8, 10])
  near(product(0, 1, 0), [1, 6, 4, 15])
})

test('softmax rows sum to one, log-softmax is its logarithm, and a shift changes nothing', () => {
  const random = new RandomStream(5, 'logits')
  const [M, V] = [4, 7]
  const x = Float64Array.from({ length: M * V }, () => random.uniform(-3, 3))
  const softmax = (logits: Float64Array, log: number) => {
    const y = new Float64Array(M * V)
    softmaxKernels.softmax({ x: logits, y, M, V, log })
    return y
  }
  const y = softmax(x, 0)
  for (let m = 0; m < M; m++) near([y.subarray(m * V, (m + 1) * V).reduce((sum, p) => sum + p)], [1])
  near(softmax(x, 1), y.map(Math.log))
  near(
    softmax(
      x.map((value) => value + 500),
      0,
    ),
    y,
  )
})

test('cross-entropy of equal logits is log V whatever the target and smoothing', () => {
  const [M, V] = [3, 5]
  for (const smoothing of [0, 0.3, 1]) {
    const loss = new Float64Array(M)
    softmaxKernels.softmaxCrossEntropyForward({
      logits: new Float64Array(M * V).fill(2),
      targets: Int32Array.of(0, 4, -1),
      weights: f64(1, 2, 1),
      loss,
      lse: new Float64Array(M),
      M,
      V,
      smoothing,
    })
    near(loss, [Math.log(V), 2 * Math.log(V), 0])
  }
})

test('dropout keeps about 1 − rate, scales what it keeps, and repeats a locked mask at every step', () => {
  const [N, T, F, rate] = [10, 20, 50, 0.3]
  const rng = Uint32Array.of(1, 2, 3, 4)
  const dropout = (locked: number, stream = 0) => {
    const x = new Float64Array(N * T * F).fill(1)
    randomKernels.dropout({ x, y: x, rng, stream, N, T, F, locked, rate })
    return x
  }
  const free = dropout(0)
  const kept = free.filter((value) => value !== 0)
  assert.ok(kept.every((value) => value === 1 / (1 - rate)))
  // Standard deviation 46.
  assert.ok(Math.abs(kept.length - 7000) < 250, `${kept.length} kept`)
  const locked = dropout(1)
  assert.ok(locked.every((value, k) => value === locked[Math.floor(k / (T * F)) * T * F + (k % F)]))
  assert.notDeepEqual(dropout(0, 1), free)
})

const allElements = { rows: undefined, rowCount: undefined, limit: 0, width: 0 }

test('the first step of Adam is the learning rate against the sign of the gradient', () => {
  const parameters = f64(1, 2, 3)
  const [beta1, beta2, rate] = [0.9, 0.999, 0.01]
  optimizerKernels.adam({
    parameters,
    gradients: f64(5, -0.001, 700),
    firstMoment: new Float64Array(3),
    secondMoment: new Float64Array(3),
    maxSecondMoment: undefined,
    hyper: f64(rate, (rate * Math.sqrt(1 - beta2)) / (1 - beta1), 0, 0),
    norm: undefined,
    ...{ count: 3, rateScale: 1, weightDecay: 0, maxNorm: 0, ...allElements, epsilon: 1e-12 },
    ...{ fresh1: 1 - beta1, fresh2: 1 - beta2 },
  })
  near(parameters, [0.99, 2.01, 2.99], 1e-8)
})

const sgd = (momentum: number, nesterov: number, velocity: Float64Array | undefined) => {
  const parameters = f64(0)
  for (let step = 0; step < 3; step++) {
    optimizerKernels.sgd({
      ...{ parameters, gradients: f64(1), velocity, hyper: f64(0.5, 0, 0, 0), norm: undefined },
      ...{ count: 1, rateScale: 0.2, weightDecay: 0, maxNorm: 0, ...allElements, momentum, nesterov },
    })
  }
  return parameters[0]!
}

test('SGD on a constant gradient sums the geometric series of its momentum', () => {
  // Rate 0.1: velocities −0.1, −0.15, −0.175.
  near([sgd(0.5, 0, undefined), sgd(0.5, 0, f64(0)), sgd(0.5, 1, f64(0))], [-0.3, -0.425, -0.5125])
})

test('RMSprop on a constant gradient takes steps of rate/√(1−ρⁿ)', () => {
  const parameters = f64(0, 0)
  const meanSquare = f64(0, 0)
  const steps = [1, 2].map(() => {
    const before = parameters.slice()
    optimizerKernels.rmsprop({
      ...{ parameters, gradients: f64(3, -40), meanSquare, meanGradient: undefined, velocity: undefined },
      ...{
        hyper: f64(0.1, 0, 0, 0),
        norm: undefined,
        count: 2,
        rateScale: 1,
        weightDecay: 0,
        maxNorm: 0,
        ...allElements,
      },
      ...{ rho: 0.9, momentum: 0, epsilon: 0 },
    })
    return parameters.map((value, e) => value - before[e]!)
  })
  near(steps[0]!, [-0.1 / Math.sqrt(0.1), 0.1 / Math.sqrt(0.1)])
  near(steps[1]!, [-0.1 / Math.sqrt(0.19), 0.1 / Math.sqrt(0.19)])
})

test('clipping by the global norm leaves a step of at most maxNorm times the rate', () => {
  const gradients = f64(3, 4, 12)
  const norm = f64(0)
  optimizerKernels.globalNorm({ x: gradients, norm, count: 3, accumulate: 0 })
  near(norm, [13])
  optimizerKernels.globalNorm({ x: f64(84), norm, count: 1, accumulate: 1 })
  near(norm, [85])
  const parameters = f64(0, 0, 0)
  optimizerKernels.sgd({
    ...{ parameters, gradients, velocity: undefined, hyper: f64(2, 0, 0, 0), norm: f64(13) },
    ...{ count: 3, rateScale: 1, weightDecay: 0, maxNorm: 1, ...allElements, momentum: 0, nesterov: 0 },
  })
  near([Math.hypot(...parameters)], [2])
})
