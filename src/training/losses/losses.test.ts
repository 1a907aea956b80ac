import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createReferenceEngine } from '../../engine/reference/reference-engine.js'
import { operations, ParameterSet, Session, type Shape, type Tensor } from '../../graph/index.js'
import { createLoss, type Loss, lossNames, registerLoss, resolveCrossentropy } from './index.js'

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

describe('names and functions', () => {
  const given: Case = {
    shape: [2, 3],
    predictions: [0.1, 0.7, 0.2, 0.5, 0.3, 0.9],
    targets: [0, 1, 0, 1, 0, 0],
    targetShape: [2, 3],
  }

  test('Keras’s names in any spelling', () => {
    const spellings = {
      binaryCrossentropy: ['binary_crossentropy', 'BinaryCrossentropy', 'bce', 'BCE'],
      meanSquaredLogarithmicError: ['msle', 'MSLE', 'mean_squared_logarithmic_error'],
      meanAbsolutePercentageError: ['mape'],
      meanAbsoluteError: ['mae'],
      klDivergence: ['kld', 'KLDivergence', 'kl_divergence', 'kullback_leibler_divergence'],
      logCosh: ['log_cosh', 'logcosh', 'LogCosh'],
    }
    for (const [name, others] of Object.entries(spellings)) {
      for (const other of others) assert.equal(createLoss(other).name, name)
    }
  })

  test('a configuration gives the same loss', () => {
    for (const name of lossNames()) {
      const loss = createLoss(name)
      assert.deepEqual(createLoss(JSON.parse(JSON.stringify(loss.toConfig()))).toConfig(), loss.toConfig())
    }
  })

  const cubes = (targets: Tensor, predictions: Tensor) => {
    const error = operations.absolute(operations.subtract(predictions, targets))
    return operations.multiply(error, operations.square(error))
  }

  test('a function of one’s own: an element, a row or the batch at a time', () => {
    const errors = given.predictions.map((p, k) => Math.abs(p - given.targets[k]!) ** 3)
    const total = errors.reduce((p, q) => p + q, 0)
    const byRow = (targets: Tensor, predictions: Tensor) => operations.mean(cubes(targets, predictions), -1)
    const whole = (targets: Tensor, predictions: Tensor) => operations.mean(cubes(targets, predictions))
    for (const like of [cubes, byRow, whole]) {
      const { mean, weight, gradient } = run(createLoss(like), given)
      near(mean, total / 6)
      assert.equal(weight, 2)
      near(gradient[1]!, -(0.3 ** 2) / 2)
    }
    const { mean } = run(createLoss(cubes), { ...given, mask: [0, 1] })
    near(mean, (errors[3]! + errors[4]! + errors[5]!) / 3)
    const wrong = (targets: Tensor) => operations.sum(targets, 0)
    assert.throws(() => run(createLoss(wrong), given), { code: 'shape', message: /wrong.*\[2, 3\].*\[3\]/ })
  })

  test('a registered one is known by name', () => {
    registerLoss('cubicError', cubes)
    assert.deepEqual(createLoss('cubic_error').toConfig(), { name: 'cubicError' })
    near(run(createLoss('cubicError'), given).mean, run(createLoss(cubes), given).mean)
    assert.throws(() => registerLoss('cubicError', cubes), { code: 'duplicate-name' })
    assert.throws(() => createLoss({ name: 'cubicError', delta: 1 }), { code: 'unknown-name' })
  })

  test('crossentropy is chosen by shapes, as Keras does', () => {
    assert.equal(resolveCrossentropy([8, 1], [8, 1]), 'binaryCrossentropy')
    assert.equal(resolveCrossentropy([8, 1], [8]), 'binaryCrossentropy')
    assert.equal(resolveCrossentropy([8, 5], [8]), 'sparseCategoricalCrossentropy')
    assert.equal(resolveCrossentropy([8, 5], [8, 1]), 'sparseCategoricalCrossentropy')
    assert.equal(resolveCrossentropy([8, 3, 5], [8, 3]), 'sparseCategoricalCrossentropy')
    assert.equal(resolveCrossentropy([8, 5], [8, 5]), 'categoricalCrossentropy')
    assert.throws(() => createLoss('crossentropy'), { code: 'option' })
  })

  test('shapes that do not fit: the loss, both shapes, the axis', () => {
    const wrong = (name: string, targetShape: Shape, message: RegExp) => {
      const targets = new Array(targetShape.reduce((p, q) => p * q, 1)).fill(0)
      assert.throws(() => run(createLoss(name), { ...given, targets, targetShape }), {
        code: 'shape',
        message,
      })
    }
    wrong('huber', [2, 4], /loss huber: predictions \[2, 3\] and targets \[2, 4\].*axis 1/)
    wrong('huber', [6], /\[2, 3\].*\[6\].*1 axes instead of 2/)
    wrong('sparseCategoricalCrossentropy', [3], /\[2, 3\].*\[3\].*\[2\].*axis 0/)
  })
})
