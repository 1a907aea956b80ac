import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createReferenceEngine } from '../../engine/reference/reference-engine.js'
import { operations, ParameterSet, Session, type Shape, type Tensor } from '../../graph/index.js'
import { createLoss } from '../losses/index.js'
import { createMetric, type Metric, type MetricLike, metricNames, metrics, resolveAccuracy } from './index.js'

interface Batch {
  readonly shape: Shape
  readonly predictions: readonly number[]
  readonly targetShape?: Shape
  readonly targets: readonly number[]
  readonly sampleWeights?: readonly number[]
  readonly mask?: readonly number[]
}

/** Gives a metric a batch, as a program would. */
function feed(metric: Metric, batch: Batch): void {
  const { shape, predictions, targets, targetShape = shape } = batch
  const session = new Session(createReferenceEngine(), new ParameterSet())
  const rows = (['sampleWeights', 'mask'] as const).filter((name) => batch[name])
  const program = session.program('batch', (graph) => ({
    fetch: metric.tensors(
      graph.input('predictions', shape),
      graph.input('targets', targetShape, metric.targets),
      Object.fromEntries(rows.map((name) => [name, graph.input(name, [batch[name]!.length])])),
    ),
  }))
  program.write('predictions', Float32Array.from(predictions))
  const typed = metric.targets === 'int32' ? Int32Array.from(targets) : Float32Array.from(targets)
  program.write('targets', typed)
  for (const name of rows) program.write(name, Float32Array.from(batch[name]!))
  program.runSync()
  const outputs = [...program.compiled.outputs.keys()]
  metric.update(
    Object.fromEntries(
      outputs.map((name) => [name, program.read(name, new Float32Array(program.outputLength(name)))]),
    ),
  )
  session.dispose()
}

function resultOf(like: MetricLike, ...batches: readonly Batch[]): number | Float64Array {
  const metric = createMetric(like)
  for (const batch of batches) feed(metric, batch)
  return metric.result()
}

const scores: Batch = { shape: [4, 1], predictions: [0.9, 0.2, 0.6, 0.4], targets: [1, 0, 0, 1] }
const classes: Batch = {
  shape: [3, 4],
  predictions: [0.1, 0.2, 0.3, 0.4, 0.7, 0.1, 0.1, 0.1, 0.25, 0.25, 0.25, 0.25],
  targetShape: [3],
  targets: [3, 1, 2],
}

describe('names', () => {
  test('Keras’s names in any spelling, losses included; the name asked for stays', () => {
    const known = [
      'mse',
      'top_k_categorical_accuracy',
      'AUC',
      'KLDivergence',
      'huber',
      'log_cosh_error',
      'f1_score',
    ]
    for (const name of known) assert.equal(createMetric(name).name, name)
    assert.equal(createMetric({ name: 'AUC' }).name, 'auc')
    assert.equal(createMetric({ name: 'auc', curve: 'PR', label: 'prAuc' }).name, 'prAuc')
    assert.equal(metrics.precision({ topK: 2 }).name, 'precision')
    assert.throws(() => createMetric('precison'), { code: 'unknown-name', message: /"precision"/ })
    assert.throws(() => createMetric({ name: 'auc', curv: 'PR' }), {
      code: 'unknown-name',
      message: /"curve"/,
    })
    assert.throws(() => createMetric({ name: 'precision', thresholds: [0.5, 1.5] }), { code: 'option' })
  })

  test('a configuration gives the same metric', () => {
    const needed: Record<string, object> = {
      sensitivityAtSpecificity: { specificity: 0.5 },
      specificityAtSensitivity: { sensitivity: 0.5 },
      precisionAtRecall: { recall: 0.5 },
      recallAtPrecision: { precision: 0.5 },
    }
    for (const name of metricNames()) {
      const metric = createMetric({ name, ...needed[name], label: 'mine' })
      const again = createMetric(JSON.parse(JSON.stringify(metric.toConfig())))
      assert.deepEqual(again.toConfig(), metric.toConfig())
      assert.equal(again.name, 'mine')
    }
  })

  test('accuracy and crossentropy are chosen by shapes, as Keras does', () => {
    assert.equal(resolveAccuracy([8, 1], [8, 1]), 'binaryAccuracy')
    assert.equal(resolveAccuracy([8, 5], [8]), 'sparseCategoricalAccuracy')
    assert.equal(resolveAccuracy([8, 5], [8, 1]), 'sparseCategoricalAccuracy')
    assert.equal(resolveAccuracy([8, 5], [8, 5]), 'categoricalAccuracy')
    assert.equal(resolveAccuracy([8, 5], [8], 'ce'), 'sparseCategoricalCrossentropy')
    const metric = createMetric('acc', { predictions: [8, 5], targets: [8] })
    assert.deepEqual(metric.toConfig(), { name: 'sparseCategoricalAccuracy', label: 'acc' })
    assert.equal(metric.name, 'acc')
    assert.equal(createMetric('acc').toConfig().name, 'accuracy')
  })
})

describe('results', () => {
  test('0 before anything has counted, and again after a reset', () => {
    for (const name of ['binaryAccuracy', 'precision', 'auc', 'perplexity', 'f1Score', 'r2Score']) {
      assert.equal(createMetric(name).result(), 0, name)
    }
    const metric = createMetric('binaryAccuracy')
    feed(metric, { ...scores, sampleWeights: [0, 0, 0, 0] })
    assert.equal(metric.result(), 0)
    feed(metric, scores)
    assert.equal(metric.result(), 0.5)
    metric.reset()
    assert.equal(metric.result(), 0)
    feed(metric, { ...scores, targets: [1, 0, 1, 0] })
    assert.equal(metric.result(), 1)
  })

  test('two batches are one batch of both', () => {
    const part = (from: number, to: number): Batch => ({
      shape: [to - from, 1],
      predictions: scores.predictions.slice(from, to),
      targets: scores.targets.slice(from, to),
      sampleWeights: [0.5, 1, 2, 4].slice(from, to),
    })
    for (const name of [
      'binaryAccuracy',
      'precision',
      'recall',
      'auc',
      'mse',
      'rootMeanSquaredError',
      'f1Score',
    ]) {
      const whole = resultOf({ name }, part(0, 4))
      const both = resultOf({ name }, part(0, 1), part(1, 4))
      assert.ok(Math.abs(Number(both) - Number(whole)) < 1e-6, `${name}: ${both}, not ${whole}`)
    }
  })

  test('perplexity is e to the mean loss of the rows that count', () => {
    const nats = (-Math.log(0.4) - Math.log(0.1) - Math.log(0.25)) / 3
    assert.ok(Math.abs((resultOf('perplexity', classes) as number) - Math.exp(nats)) < 1e-5)
    const two = { ...classes, targets: [3, -1, 2] }
    const expected = Math.exp((-Math.log(0.4) - Math.log(0.25)) / 2)
    assert.ok(Math.abs((resultOf('perplexity', two) as number) - expected) < 1e-5)
    const masked = resultOf({ name: 'perplexity', ignoreClass: 1 }, { ...classes, mask: [1, 1, 1] })
    assert.ok(Math.abs((masked as number) - expected) < 1e-5)
  })

  test('the largest of equals is the first; ties are in favour of the top k', () => {
    assert.equal(resultOf('sparseCategoricalAccuracy', { ...classes, targets: [3, 0, 0] }), 1)
    assert.ok(Math.abs((resultOf('sparseCategoricalAccuracy', classes) as number) - 1 / 3) < 1e-7)
    assert.equal(resultOf({ name: 'sparseTopKCategoricalAccuracy', k: 2 }, classes), 1)
  })

  test('AUC of a perfect and of a reversed order', () => {
    const ordered: Batch = { shape: [4, 1], predictions: [0.1, 0.3, 0.6, 0.8], targets: [0, 0, 1, 1] }
    assert.equal(resultOf('auc', ordered), 1)
    assert.equal(resultOf('auc', { ...ordered, targets: [1, 1, 0, 0] }), 0)
  })

  test('a loss and a function of one’s own as metrics', () => {
    const bias = (targets: Tensor, predictions: Tensor) => operations.subtract(predictions, targets)
    const metric = createMetric(bias)
    feed(metric, scores)
    assert.equal(metric.name, 'bias')
    assert.ok(Math.abs((metric.result() as number) - 0.1 / 4) < 1e-6)
    const huber = metrics.ofLoss(createLoss({ name: 'huber', delta: 0.1 }), 'small')
    feed(huber, { ...scores, mask: [1, 0, 0, 0] })
    assert.equal(huber.name, 'small')
    assert.ok(Math.abs((huber.result() as number) - 0.005) < 1e-6)
  })
})

test('shapes that do not fit: the metric, both shapes, the axis', () => {
  const wrong = (like: MetricLike, batch: Batch, message: RegExp) =>
    assert.throws(() => resultOf(like, batch), { code: 'shape', message })
  wrong(
    'mae',
    { ...scores, targetShape: [2, 2] },
    /metric mae: predictions \[4, 1\] and targets \[2, 2\].*axis 0/,
  )
  wrong('sparseCategoricalAccuracy', { ...classes, targetShape: [3, 1] }, /\[3, 4\].*\[3, 1\].*2 axes/)
  wrong({ name: 'precision', classId: 1 }, scores, /classId 1.*\[4, 1\]/)
  wrong({ name: 'auc', multiLabel: true, numLabels: 3 }, scores, /numLabels is 3, axis 1 is 1/)
  wrong(
    'f1Score',
    { shape: [1, 4, 1], predictions: scores.predictions, targets: scores.targets },
    /\[1, 4, 1\]/,
  )
})
