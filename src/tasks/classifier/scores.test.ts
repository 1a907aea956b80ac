import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { goldenLines } from '../../testing/golden.js'
import { calibration } from './calibration-error.js'
import { classPrediction } from './prediction.js'
import { classificationScores, labelNumbers } from './scores.js'

interface ScoresCase {
  readonly kind: 'scores'
  readonly name: string
  readonly labels: readonly string[]
  readonly multiLabel: boolean
  readonly truth: readonly (readonly number[])[]
  readonly probabilities: readonly (readonly number[])[]
  readonly expected: Readonly<Record<string, number>> & {
    readonly confusion: unknown
    readonly perLabel: readonly (readonly number[])[]
  }
}

const cases = goldenLines<ScoresCase>('classification.jsonl').filter(({ kind }) => kind === 'scores')

const close = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) < 1e-7, `${what}: ${actual}, scikit-learn says ${expected}`)

test('there are golden cases of both kinds', () => {
  assert.deepEqual(new Set(cases.map(({ multiLabel }) => multiLabel)), new Set([true, false]))
})

for (const { name, labels, multiLabel, truth, probabilities, expected } of cases) {
  test(`scores are scikit-learn's: ${name}`, () => {
    const rows = probabilities.map((row) => Float32Array.from(row))
    const scores = classificationScores(truth, rows, labels, multiLabel)
    const { confusion, perLabel, ...single } = expected
    for (const [what, value] of Object.entries(single))
      close(scores[what as 'accuracy'], value as number, what)
    assert.deepEqual(scores.confusion, confusion)
    for (const [k, own] of scores.perLabel.entries()) {
      const values = [own.precision, own.recall, own.f1, own.support]
      for (const [part, value] of values.entries()) close(value, perLabel[part]![k]!, `${own.label} ${part}`)
    }
  })
}

test('the most confident mistakes come first, and only mistakes', () => {
  const rows = [
    [0.9, 0.1],
    [0.3, 0.7],
    [0.2, 0.8],
    [0.6, 0.4],
  ].map((row) => Float32Array.from(row))
  const { mistakes } = classificationScores([[0], [0], [0], [1]], rows, ['a', 'b'], false, { mistakes: 2 })
  assert.deepEqual(
    mistakes.map(({ example, label, truth }) => [example, label, truth]),
    [
      [2, 1, [0]],
      [1, 1, [0]],
    ],
  )
})

test('with several labels a mistake may be a label withheld', () => {
  const rows = [Float32Array.of(0.05, 0.9)]
  const { mistakes, accuracy } = classificationScores([[0]], rows, ['a', 'b'], true)
  assert.equal(accuracy, 0)
  assert.deepEqual(
    mistakes.map(({ label, given, confidence }) => [label, given, confidence.toFixed(2)]),
    [
      [0, false, '0.95'],
      [1, true, '0.90'],
    ],
  )
})

test('labels the model has never seen count as mistakes and are told', () => {
  const examples = [{ labels: ['a'] }, { labels: ['new'] }, { labels: ['new'] }]
  const { truth, labels, unseen } = labelNumbers(examples, ['a', 'b'])
  assert.deepEqual(labels, ['a', 'b', 'new'])
  assert.deepEqual(unseen, [{ label: 'new', count: 2 }])
  const rows = [Float32Array.of(1, 0), Float32Array.of(0.5, 0.5), Float32Array.of(0, 1)]
  const scores = classificationScores(truth, rows, labels, false)
  assert.equal(scores.accuracy, 1 / 3)
  assert.deepEqual(scores.confusion, [
    [1, 0, 0],
    [0, 0, 0],
    [1, 1, 0],
  ])
  assert.ok(Number.isFinite(scores.logLoss) && scores.logLoss > 10)
})

test('what does not fit is refused', () => {
  const row = Float32Array.of(0.5, 0.5)
  const scores =
    (truth: number[][], rows: Float32Array[], multiLabel = false) =>
    () =>
      classificationScores(truth, rows, ['a', 'b'], multiLabel)
  const code = { code: 'bad-value' }
  assert.throws(scores([], []), code)
  assert.throws(scores([[0]], [row, row]), code)
  assert.throws(scores([[0, 1]], [row]), code)
  assert.throws(scores([[2]], [row]), code)
  assert.throws(scores([[0, 0]], [row], true), code)
  assert.throws(scores([[0]], [Float32Array.of(Number.NaN, 1)]), code)
  assert.throws(scores([[0]], [Float32Array.of(0.2, 0.3, 0.5)]), code)
})

test('the confusion matrix adds up to the examples and its diagonal to the accuracy', () => {
  const example = fc.tuple(fc.nat(3), fc.array(fc.nat(100), { minLength: 4, maxLength: 4 }))
  fc.assert(
    fc.property(fc.array(example, { minLength: 1, maxLength: 30 }), (examples) => {
      const rows = examples.map(([, counts]) => {
        const sum = counts.reduce((a, b) => a + b + 1, 0)
        return Float32Array.from(counts, (count) => (count + 1) / sum)
      })
      const truth = examples.map(([label]) => [label])
      const scores = classificationScores(truth, rows, ['a', 'b', 'c', 'd'], false)
      const matrix = scores.confusion as number[][]
      assert.equal(
        matrix.flat().reduce((a, b) => a + b),
        examples.length,
      )
      const diagonal = matrix.reduce((sum, row, k) => sum + row[k]!, 0)
      assert.equal(diagonal / examples.length, scores.accuracy)
      assert.ok(Math.abs(scores.microF1 - scores.accuracy) < 1e-12)
      assert.equal(scores.mistakes.length, Math.min(10, examples.length - diagonal))
    }),
  )
})

test('confidence that comes true as often as it says is calibrated', () => {
  const right = [1, 1, 1, 0]
  assert.equal(calibration([0.75, 0.75, 0.75, 0.75], right).expectedCalibrationError, 0)
  assert.equal(calibration([1, 1, 1, 1], right).expectedCalibrationError, 0.25)
  assert.equal(calibration([0, 0, 0, 0], right).bins[0]!.count, 4)
})

test('a prediction names the most probable label, and where there may be several those given', () => {
  const row = Float32Array.of(0.25, 0.5, 0.75)
  const labels = ['__proto__', 'b', 'c']
  const { label, probability, scores } = classPrediction('text', row, labels, false)
  assert.deepEqual([label, probability, Object.keys(scores)], ['c', 0.75, labels])
  assert.deepEqual(classPrediction('text', row, labels, true).labels, ['c', 'b'])
  assert.deepEqual(classPrediction('text', Float32Array.of(0, 0, 0.1), labels, true).labels, [])
})
