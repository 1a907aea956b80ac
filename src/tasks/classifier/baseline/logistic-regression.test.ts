import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RandomStream } from '../../../random.js'
import { goldenLines } from '../../../testing/golden.js'
import { logisticLoss } from './logistic-loss.js'
import { fitLogisticRegression, scoresOf } from './logistic-regression.js'
import { multiply, multiplyTransposed, SparseRowsBuilder, sliceRows } from './sparse-rows.js'

interface RegressionCase {
  readonly kind: string
  readonly classes: number
  readonly c: number
  readonly x: readonly (readonly number[])[]
  readonly y: readonly number[]
  readonly weights: readonly number[]
  readonly expected: { readonly coef: readonly (readonly number[])[]; readonly intercept: readonly number[] }
}

const noPause = async () => {}

function sparse(rows: readonly (readonly number[])[]) {
  const builder = new SparseRowsBuilder()
  for (const row of rows) {
    for (const [column, value] of row.entries()) if (value !== 0) builder.push(column, value)
    builder.endRow()
  }
  return builder.build()
}

for (const given of goldenLines<RegressionCase>('classification.jsonl').filter(
  ({ kind }) => kind === 'regression',
)) {
  const { classes, c, x, y, weights, expected } = given
  test(`weights are scikit-learn's: ${classes} classes, C = ${c}`, async () => {
    const K = classes === 2 ? 1 : classes
    const targets = new Uint8Array(y.length * K)
    for (const [i, k] of y.entries()) {
      if (K === 1) targets[i] = k
      else targets[i * K + k] = 1
    }
    const fit = await fitLogisticRegression(
      {
        rows: sparse(x),
        features: 5,
        outputs: K,
        link: K === 1 ? 'sigmoid' : 'softmax',
        targets,
        weights: Float64Array.from(weights),
      },
      { c, maxIterations: 1000, tolerance: 1e-9, pause: noPause },
    )
    assert.ok(fit.converged)
    for (let k = 0; k < K; k++) {
      for (let d = 0; d < 5; d++)
        assert.ok(Math.abs(fit.weights[d * K + k]! - expected.coef[k]![d]!) < 1e-5, `coef ${k} ${d}`)
    }
    // Adding a number to all biases changes nothing where labels exclude each other.
    const shift = K === 1 ? 0 : fit.weights[5 * K]! - expected.intercept[0]!
    for (let k = 0; k < K; k++)
      assert.ok(Math.abs(fit.weights[5 * K + k]! - shift - expected.intercept[k]!) < 1e-5, `intercept ${k}`)
  })
}

test('products are those of dense matrices for every number of labels', () => {
  const random = new RandomStream(3, 'test')
  const dense = Array.from({ length: 7 }, () =>
    Array.from({ length: 6 }, () => (random.uniform() < 0.5 ? 0 : Math.fround(random.normal()))),
  )
  const all = sparse(dense)
  const part = sliceRows(all, 2, 6)
  for (let K = 1; K <= 9; K++) {
    const weights = Float64Array.from({ length: 6 * K }, () => random.normal())
    const scores = new Float64Array(4 * K)
    multiply(part, weights, K, scores)
    const residuals = Float64Array.from({ length: 4 * K }, () => random.normal())
    const sums = new Float64Array(6 * K)
    multiplyTransposed(part, residuals, K, sums)
    for (let k = 0; k < K; k++) {
      for (let i = 0; i < 4; i++) {
        const expected = dense[i + 2]!.reduce((sum, value, d) => sum + value * weights[d * K + k]!, 0)
        assert.ok(Math.abs(scores[i * K + k]! - expected) < 1e-12)
      }
      for (let d = 0; d < 6; d++) {
        let expected = 0
        for (let i = 0; i < 4; i++) expected += dense[i + 2]![d]! * residuals[i * K + k]!
        assert.ok(Math.abs(sums[d * K + k]! - expected) < 1e-12)
      }
    }
  }
})

test('residuals are the derivatives of the loss', () => {
  const random = new RandomStream(4, 'test')
  for (const [link, K] of [
    ['sigmoid', 1],
    ['sigmoid', 3],
    ['softmax', 3],
  ] as const) {
    const scores = Float64Array.from({ length: 4 * K }, () => 3 * random.normal())
    const targets = new Uint8Array(4 * K)
    for (let i = 0; i < 4; i++) targets[i * K + (i % K)] = K === 1 ? i % 2 : 1
    const weights = Float64Array.of(1, 2, 0.5, 1)
    const residuals = new Float64Array(4 * K)
    const scratch = new Float64Array(4 * K)
    logisticLoss(link, scores, targets, weights, K, residuals)
    for (let at = 0; at < scores.length; at++) {
      const [up, down] = [scores.slice(), scores.slice()]
      up[at]! += 1e-5
      down[at]! -= 1e-5
      const slope =
        (logisticLoss(link, up, targets, weights, K, scratch) -
          logisticLoss(link, down, targets, weights, K, scratch)) /
        2e-5
      assert.ok(Math.abs(slope - residuals[at]!) < 1e-8, `${link} ${at}: ${slope} ${residuals[at]}`)
    }
  }
})

test('the loss is finite for scores of any size', () => {
  const residuals = new Float64Array(2)
  const one = Float64Array.of(1)
  for (const scores of [Float64Array.of(-1e4, 1e4), Float64Array.of(1e4, -1e4)]) {
    for (const link of ['sigmoid', 'softmax'] as const) {
      const loss = logisticLoss(link, scores, Uint8Array.of(1, 0), one, 2, residuals)
      assert.ok(loss >= 0 && loss <= 4e4 && residuals.every(Number.isFinite))
    }
  }
})

test('biases alone give the frequencies of the labels', async () => {
  const rows = sparse([[], [], [], []])
  const fit = await fitLogisticRegression(
    {
      rows,
      features: 1,
      outputs: 1,
      link: 'sigmoid',
      targets: Uint8Array.of(1, 0, 0, 0),
      weights: new Float64Array(4).fill(1),
    },
    { c: 1, maxIterations: 100, tolerance: 1e-9, pause: noPause },
  )
  const score = scoresOf(rows, fit.weights, 1, 1)[0]!
  assert.ok(Math.abs(1 / (1 + Math.exp(-score)) - 0.25) < 1e-6)
})

test('labels that do not exclude each other are learnt as each by itself', async () => {
  const random = new RandomStream(3, 'labels')
  const builder = new SparseRowsBuilder()
  const [N, D, K] = [60, 8, 3]
  for (let i = 0; i < N; i++) {
    for (let d = 0; d < D; d++) if (random.uniform() < 0.4) builder.push(d, random.uniform())
    builder.endRow()
  }
  const targets = Uint8Array.from({ length: N * K }, (_, k) =>
    random.uniform() < 0.1 + 0.2 * (k % K) ? 1 : 0,
  )
  const problem = {
    rows: builder.build(),
    features: D,
    link: 'sigmoid',
    weights: new Float64Array(N).fill(1),
  } as const
  const options = { c: 5, maxIterations: 200, tolerance: 1e-9, pause: async () => {} }
  const all = await fitLogisticRegression({ ...problem, outputs: K, targets }, options)
  for (let k = 0; k < K; k++) {
    const own = targets.filter((_, at) => at % K === k)
    const alone = await fitLogisticRegression({ ...problem, outputs: 1, targets: own }, options)
    for (let d = 0; d <= D; d++) assert.ok(Math.abs(alone.weights[d]! - all.weights[d * K + k]!) < 1e-6)
  }
  const again = await fitLogisticRegression(
    { ...problem, outputs: K, targets },
    { ...options, start: all.weights },
  )
  assert.ok(all.converged && again.iterations <= 1)
})
