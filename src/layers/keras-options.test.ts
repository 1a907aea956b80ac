import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onesLike, sum, tanh } from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import { RandomStream } from '../random.js'
import { assertNear, LayerBench } from '../testing/layer-bench.js'
import * as layers from './index.js'

const { constraints, initializers, regularizers } = layers
const [N, T, I] = [2, 4, 3]

const total = (values: Iterable<number>, f: (value: number) => number) =>
  [...values].reduce((all, value) => all + f(value), 0)

test('regularizers and constraints are named, written with options, or functions', () => {
  assert.deepEqual(regularizers.l2(0.5), { name: 'l2', l2: 0.5 })
  assert.deepEqual(regularizers.l1l2({ l2: 0.5 }), { name: 'l1l2', l2: 0.5 })
  assert.deepEqual(constraints.maxNorm(3, [0, 1]), { name: 'maxNorm', maxValue: 3, axis: [0, 1] })
  assert.deepEqual(constraints.minMaxNorm(0, 1, { rate: 0.5 }), {
    name: 'minMaxNorm',
    minValue: 0,
    maxValue: 1,
    rate: 0.5,
  })
  const make = (kernelRegularizer: layers.RegularizerLike | null) =>
    layers.dense({ units: 2, kernelRegularizer } as layers.DenseOptions)
  for (const like of ['l2', 'L2', 'L1L2', regularizers.l1(), (x: Tensor) => sum(x)]) make(like)
  assert.equal(make(null).options().kernelRegularizer, undefined)
  assert.deepEqual(make(regularizers.l2(0.1)).options().kernelRegularizer, { name: 'l2', l2: 0.1 })
  assert.throws(() => make('l3'), /unknown regularizer "l3"/)
  assert.throws(() => make(regularizers.l2(-1)), /regularizer l2: l2 must be a number at least 0, got -1/)
  assert.throws(() => make({ name: 'l2', l1: 1 }), /unknown option of regularizer l2 "l1"/)
  assert.throws(() => make(3 as unknown as string), /must be a regularizer name, \{ name, …options \} or/)
  const axis = { name: 'unitNorm', axis: 'rows' }
  assert.throws(() => layers.dense({ units: 2, kernelConstraint: axis }), /axis must be an axis number/)
})

test('a regularizer or constraint of your own is saved by its name, and says so without one', () => {
  const own = layers.dense({ units: 2, biasRegularizer: (x) => sum(x), name: 'own' })
  assert.throws(() => own.toConfig(), /biasRegularizer is a function .* with registerRegularizer/)
  const bound = layers.dense({ units: 2, kernelConstraint: (x) => tanh(x), name: 'own' })
  assert.throws(() => bound.toConfig(), /kernelConstraint is a function .* with registerConstraint/)
  layers.registerRegularizer('plainSum', (x) => sum(x))
  layers.registerConstraint('squash', (x) => tanh(x))
  const saved = layers.dense({ units: 2, biasRegularizer: 'plainSum', kernelConstraint: 'squash' }).toConfig()
  assert.equal(layers.layerFromConfig(saved).options().biasRegularizer, 'plainSum')
})

test('weights carry their regularizers and constraints; the unregularized have none', () => {
  const layer = layers.gru({
    units: 2,
    kernelRegularizer: 'l2',
    recurrentConstraint: 'nonNeg',
    biasConstraint: 'unitNorm',
  })
  const bench = new LayerBench([layers.bidirectional(layer)], [N, T, I])
  for (const weight of bench.parameters) {
    assert.equal(weight.regularizer !== undefined, weight.name.endsWith('/kernel'), weight.name)
    assert.equal(weight.constraint !== undefined, !weight.name.endsWith('/kernel'), weight.name)
  }
  bench.dispose()
})

test('an activity penalty is a mean over the batch, of the final states too when they are outputs', () => {
  const options = { activityRegularizer: 'l2' }
  const l2 = (values: Float32Array) => [(0.01 * total(values, (v) => v * v)) / N]
  const cases: readonly [layers.Layer, number][] = [
    [layers.dense({ units: 2, ...options }), 1],
    [layers.lstm(2, options), 1],
    [layers.lstm(2, { ...options, returnState: true }), 3],
    [layers.bidirectional(layers.gru(2, options), { mergeMode: null }), 2],
  ]
  for (const [layer, count] of cases) {
    const bench = new LayerBench([layer], [N, T, I])
    const values = bench.run((x, _mask, graph) => {
      const { outputs } = layer.run([x])
      return [...outputs, ...graph.losses]
    })
    assert.equal(values.length, 2 * count)
    assertNear(values.slice(count), values.slice(0, count).map(l2))
    bench.dispose()
  }
})

test('in timeDistributed a layer’s own activity penalty is left out, those inside it add up over steps, as in Keras', () => {
  const dense = layers.dense({ units: 2, activityRegularizer: 'l1' })
  const inside = layers.bidirectional(layers.gru(2, { activityRegularizer: 'l1' }))
  for (const [layer, shape, count] of [
    [dense, [N, T, I], 0],
    [inside, [N, 3, T, I], 2],
  ] as const) {
    const each = layers.timeDistributed(layer)
    const bench = new LayerBench([each], shape)
    const [y, ...losses] = bench.run((x, _mask, graph) => {
      const { outputs } = each.run([x])
      return [...outputs, ...graph.losses]
    })
    assert.equal(losses.length, count)
    const sum = losses.reduce((all, [loss]) => all + loss!, 0)
    if (count > 0) assertNear([[sum]], [[(0.01 * total(y!, Math.abs)) / N]])
    bench.dispose()
  }
})

test('an initializer with a seed draws the same for the same shape, whatever the weight and the model', () => {
  const drawn = (like: layers.InitializerLike, name: string) =>
    layers.initializer(like)([3, 4], new RandomStream(1, name))
  const seeded = initializers.glorotUniform({ seed: 3 })
  assert.deepEqual(seeded, { name: 'glorotUniform', seed: 3 })
  assert.deepEqual(drawn(seeded, 'a'), drawn(seeded, 'b'))
  assert.notDeepEqual(drawn(initializers.glorotUniform(4), 'a'), drawn(seeded, 'a'))
  assert.notDeepEqual(drawn('glorotUniform', 'a'), drawn('glorotUniform', 'b'))
  assert.deepEqual([...drawn(initializers.constant(0.5), 'a')], new Array(12).fill(0.5))
  assert.deepEqual(initializers.randomUniform(-1, 1, { seed: 2 }), {
    name: 'randomUniform',
    minval: -1,
    maxval: 1,
    seed: 2,
  })
  for (const [name, write] of Object.entries(initializers)) assert.equal(write().name, name)
})

test('draws of a layer with a seed do not depend on other layers; each call draws anew', () => {
  const values = (before: readonly layers.Layer[], layer: layers.Layer) => {
    const bench = new LayerBench([...before, layer], [N, T, I])
    const outputs = bench.run(
      (x) => {
        for (const other of before) other.call(x)
        return [layer.call(x), layer.call(x)]
      },
      { training: true },
    )
    bench.dispose()
    return outputs
  }
  const other = () => layers.dropout(0.5)
  for (const make of [
    (seed?: number) => layers.dropout(0.5, { seed }),
    (seed?: number) => layers.spatialDropout1d(0.5, { seed }),
    (seed?: number) => layers.lstm(3, { dropout: 0.5, recurrentDropout: 0.5, seed }),
  ]) {
    const [first, second] = values([], make(3))
    assert.deepEqual(values([other()], make(3)), [first, second])
    assert.notDeepEqual(second, first)
    assert.notDeepEqual(values([other()], make()), values([], make()))
    assert.notDeepEqual(values([], make(4))[0], first)
  }
})

test('noiseShape drops together along axes of length 1; rate 1 drops everything', () => {
  const kept = (options: Omit<layers.DropoutOptions, 'rate'>, rate = 0.5, training = true) => {
    const layer = layers.dropout(rate, options)
    const bench = new LayerBench([layer], [N, T, I])
    const [y] = bench.run((x) => [layer.call(onesLike(x))], { training })
    bench.dispose()
    return Array.from({ length: N * T }, (_, row) => String(y!.slice(row * I, (row + 1) * I)))
  }
  const steps = kept({ noiseShape: [null, 1, null] })
  assert.ok(steps.every((row, k) => row === steps[k < T ? 0 : T]))
  assert.ok(kept({ noiseShape: [null, null, 1] }).every((row) => row === '0,0,0' || row === '2,2,2'))
  assert.equal(new Set(kept({ noiseShape: [I] })).size, 1)
  assert.ok(new Set(kept({})).size > 2)
  assert.deepEqual(new Set(kept({}, 1)), new Set(['0,0,0']))
  assert.deepEqual(new Set(kept({}, 1, false)), new Set(['1,1,1']))
  assert.throws(() => kept({ noiseShape: [null, 2, null] }), /mask \[2, 2, 3\] \(noiseShape\) fits/)
  assert.throws(() => kept({ noiseShape: [0] }), /noiseShape must be a list of whole numbers above 0 or null/)
})

test('an embedding begins with the weights it is given', () => {
  const table = [
    [1, 2],
    [3, 4],
    [5, 6],
  ]
  for (const weights of [table, [table]]) {
    const layer = layers.embedding(3, 2, { weights, trainable: false })
    const bench = new LayerBench([layer], [N, T])
    const { embeddings } = layer
    assert.deepEqual([...embeddings.initializer(embeddings.shape)], table.flat())
    assert.ok(!embeddings.trainable)
    assert.ok(!('weights' in layer.options()))
    bench.dispose()
  }
  const wrong = layers.embedding(3, 2, { weights: [[1, 2, 3]] })
  assert.throws(() => new LayerBench([wrong], [N, T]), /expects weights \[3, 2\].*, got \[1, 3\]/)
})

test('dtype float32 is taken, another refused; null is no activation', () => {
  layers.lstm(2, { dtype: 'float32', activation: null as unknown as string })
  const half = { units: 2, dtype: 'float16' } as unknown as layers.DenseOptions
  assert.throws(() => layers.dense(half), /dtype must be "float32", got "float16"/)
})
