import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { ParameterSet, Session, type Shape } from '../graph/index.js'
import { createLoss, type Loss } from './losses.js'
import { bitsOf, countCorrect, createMetric, perplexityOf } from './metrics.js'

interface Case {
  readonly shape: Shape
  readonly predictions: readonly number[]
  readonly targets: readonly number[]
  readonly targetShape: Shape
  readonly mask?: readonly number[]
  readonly sampleWeights?: readonly number[]
}

/** Loss, weight, mean and the gradient of the mean with respect to the predictions. */
function run(loss: Loss, { shape, predictions, targets, targetShape, ...rows }: Case) {
  const parameters = new ParameterSet()
  const parameter = parameters.add('predictions', shape, {
    initializer: () => Float32Array.from(predictions),
  })
  const session = new Session(createReferenceEngine(), parameters)
  session.initializeParameters()
  const program = session.program('loss', (graph) => {
    const row = (name: 'mask' | 'sampleWeights') => rows[name] && graph.input(name, [rows[name].length])
    const { sum, weight, mean } = loss.of(
      graph.parameter(parameter),
      graph.input('targets', targetShape, loss.targets),
      { mask: row('mask'), sampleWeights: row('sampleWeights') },
    )
    return { fetch: { sum, weight, mean }, differentiate: mean }
  })
  program.write('targets', loss.targets === 'int32' ? Int32Array.from(targets) : Float32Array.from(targets))
  for (const name of ['mask', 'sampleWeights'] as const) {
    if (rows[name]) program.write(name, Float32Array.from(rows[name]))
  }
  program.runSync()
  const read = (name: string) => program.read(name, new Float32Array(1))[0]!
  const gradient = [...session.readGradient(parameter)]
  return { sum: read('sum'), weight: read('weight'), mean: read('mean'), gradient }
}

function near(actual: number, expected: number, tolerance = 1e-5): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${actual} is not ${expected}`,
  )
}

const logits = [0.3, -1.2, 2.5, 0.1, 0.9, -0.4, 1.1, 0.2, -2, 0.5, 0, 0.7]
const softmaxRow = (row: number): number[] => {
  const part = logits.slice(row * 3, row * 3 + 3).map(Math.exp)
  return part.map((p) => p / part.reduce((a, b) => a + b))
}

describe('sparseCategoricalCrossentropy', () => {
  const given: Case = { shape: [2, 2, 3], predictions: logits, targets: [2, -1, 0, 1], targetShape: [2, 2] }
  const loss = createLoss({ name: 'sparseCategoricalCrossentropy', fromLogits: true })

  test('sums −log p over rows with a target', () => {
    const { sum, weight, mean, gradient } = run(loss, given)
    const expected = -Math.log(softmaxRow(0)[2]!) - Math.log(softmaxRow(2)[0]!) - Math.log(softmaxRow(3)[1]!)
    near(sum, expected)
    assert.equal(weight, 3)
    near(mean, expected / 3)
    for (const [k, p] of softmaxRow(2).entries()) near(gradient[6 + k]!, (p - (k === 0 ? 1 : 0)) / 3)
    assert.deepEqual(gradient.slice(3, 6).map(Math.abs), [0, 0, 0])
  })

  test('mask takes rows out of both, sample weights scale the loss only', () => {
    const { sum, weight } = run(loss, { ...given, mask: [1, 1, 0, 1], sampleWeights: [0.5, 9, 9, 2] })
    near(sum, -0.5 * Math.log(softmaxRow(0)[2]!) - 2 * Math.log(softmaxRow(3)[1]!))
    assert.equal(weight, 2)
  })

  test('a batch without targets gives 0, not NaN', () => {
    const { sum, weight, mean, gradient } = run(loss, { ...given, targets: [-1, -1, -1, -1] })
    assert.deepEqual([sum, weight, mean], [0, 0, 0])
    assert.ok(gradient.every((value) => value === 0))
  })

  test('probabilities give what their logits give', () => {
    const probabilities = { ...given, predictions: [0, 1, 2, 3].flatMap(softmaxRow) }
    near(run(createLoss('sparseCategoricalCrossentropy'), probabilities).sum, run(loss, given).sum)
  })

  test('label smoothing mixes in the mean over classes', () => {
    const smooth = createLoss({
      name: 'sparseCategoricalCrossentropy',
      fromLogits: true,
      labelSmoothing: 0.2,
    })
    const one: Case = { shape: [1, 3], predictions: logits.slice(0, 3), targets: [2], targetShape: [1] }
    const [a, b, c] = softmaxRow(0).map((p) => -Math.log(p)) as [number, number, number]
    near(run(smooth, one).sum, 0.8 * c + (0.2 * (a + b + c)) / 3)
  })
})

describe('binaryCrossentropy', () => {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
  const loss = createLoss({ name: 'binaryCrossentropy', fromLogits: true })

  test('logits: formula, gradient, and no overflow', () => {
    const numbers = fc.double({ min: -60, max: 60, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(numbers, fc.integer({ min: 0, max: 1 })), { minLength: 1, maxLength: 6 }),
        (rows) => {
          const N = rows.length
          const x = rows.map(([value]) => Math.fround(value))
          const { sum, gradient } = run(loss, {
            shape: [N],
            predictions: x,
            targets: rows.map(([, t]) => t),
            targetShape: [N],
          })
          const expected = rows.reduce(
            (total, [, t], k) => total + Math.log1p(Math.exp(t ? -x[k]! : x[k]!)),
            0,
          )
          near(sum, expected)
          rows.forEach(([, t], k) => {
            near(gradient[k]!, (sigmoid(x[k]!) - t) / N)
          })
        },
      ),
      { numRuns: 25 },
    )
  })

  test('the gradient at logit 0 is that of the formula', () => {
    const { gradient } = run(loss, { shape: [2], predictions: [0, 0], targets: [0, 1], targetShape: [2] })
    near(gradient[0]!, 0.25)
    near(gradient[1]!, -0.25)
  })

  test('probabilities, several per row, smoothing', () => {
    const p = [0.2, 0.9, 0.6, 0.5]
    const t = [0, 1, 1, 0]
    const given: Case = { shape: [2, 2], predictions: p, targets: t, targetShape: [2, 2] }
    const of = (p: number, t: number) => -t * Math.log(p) - (1 - t) * Math.log(1 - p)
    const { sum, weight } = run(createLoss('binaryCrossentropy'), given)
    near(
      sum,
      p.reduce((total, value, k) => total + of(value, t[k]!) / 2, 0),
    )
    assert.equal(weight, 2)
    const smooth = createLoss({ name: 'binaryCrossentropy', labelSmoothing: 0.1 })
    near(
      run(smooth, given).sum,
      p.reduce((total, value, k) => total + of(value, t[k]! * 0.9 + 0.05) / 2, 0),
    )
    const sure = run(createLoss('binaryCrossentropy'), { ...given, predictions: [0, 1, 0, 1] })
    assert.ok(Number.isFinite(sure.sum) && sure.gradient.every(Number.isFinite))
  })
})

describe('meanSquaredError', () => {
  test('mean over the last axis, then over rows', () => {
    const given: Case = {
      shape: [2, 2],
      predictions: [1, 2, 3, 4],
      targets: [0, 4, 3, 1],
      targetShape: [2, 2],
    }
    const { sum, weight, mean, gradient } = run(createLoss('mse'), given)
    assert.deepEqual([sum, weight, mean], [7, 2, 3.5])
    assert.deepEqual(gradient, [0.5, -1, 0, 1.5])
    assert.deepEqual(run(createLoss('mse'), { ...given, mask: [0, 1] }).gradient.map(Math.abs), [0, 0, 0, 3])
  })

  test('shapes that differ are named', () => {
    const given: Case = { shape: [2, 2], predictions: [1, 2, 3, 4], targets: [1, 2], targetShape: [2] }
    assert.throws(() => run(createLoss('mse'), given), { code: 'shape', message: /\[2, 2\].*\[2\]/ })
  })

  test('an unknown loss is answered with the nearest', () => {
    assert.throws(() => createLoss('binaryCrossentropi'), {
      code: 'unknown-name',
      message: /"binaryCrossentropy"/,
    })
  })
})

describe('metrics', () => {
  test('accuracy counts rows with a target', () => {
    assert.deepEqual(countCorrect([1, 2, 3, 0], [1, 0, -1, 0]), { correct: 2, counted: 3 })
    const metric = createMetric('accuracy')
    metric.update({ loss: 0, weight: 0, classes: [1, 2, 3, 0], targets: [1, 0, -1, 0] })
    metric.update({ loss: 0, weight: 0, probabilities: [0.9], targets: [1] })
    assert.equal(metric.result(), 0.75)
    metric.reset()
    assert.equal(metric.result(), 0)
  })

  test('perplexity is that of the mean loss over all batches', () => {
    const metric = createMetric('perplexity')
    metric.update({ loss: 4, weight: 1 })
    metric.update({ loss: 2, weight: 3 })
    near(metric.result(), Math.exp(1.5))
    near(perplexityOf(Math.log(8)), 8)
    near(bitsOf(Math.log(8)), 3)
  })
})
