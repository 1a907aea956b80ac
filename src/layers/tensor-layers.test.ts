import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { type Graph, ParameterSet, Session } from '../graph/index.js'
import { concatenate, multiply, reshape, scale, sum } from '../graph/operations/index.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import { RandomStream } from '../random.js'
import { drawnWeight } from '../testing/graph-check.js'
import * as layers from './index.js'

const unknown = Number.NaN
const contextOf = (parameters: ParameterSet) =>
  new layers.BuildContext(parameters, (name) => new RandomStream(1, name))

/** A value that enters a model, for `apply`. */
class Entry extends layers.Identity {
  symbol(...sizes: readonly (number | null)[]): layers.SymbolicTensor {
    const shape = sizes.map((size) => size ?? unknown)
    return new layers.LayerNode(this, [], {}, [shape]).outputs[0]!
  }
}
const symbol = (...sizes: readonly (number | null)[]) => new Entry().symbol(...sizes)

/** Values of what `build` makes, with the parameters it needs. */
class Bench {
  readonly parameters = new ParameterSet()
  readonly context = contextOf(this.parameters)
  private programs = 0
  private made: Session | undefined

  get session(): Session {
    if (!this.made) {
      this.made = new Session(createReferenceEngine(), this.parameters)
      this.made.initializeParameters()
      this.made.writeState('rng', Uint32Array.of(1, 0, 1, 0))
    }
    return this.made
  }

  drawWeights(): this {
    for (const parameter of this.parameters) {
      const { values } = drawnWeight(parameter.name, parameter.shape)
      this.session.writeParameter(parameter, Float32Array.from(values))
    }
    return this
  }

  run(
    inputs: Readonly<Record<string, readonly number[] | { shape: Shape; values: readonly number[] }>>,
    build: (tensors: Readonly<Record<string, Tensor>>, graph: Graph) => Tensor,
    training = false,
  ): number[] {
    const given = Object.entries(inputs).map(([name, value]) => {
      const { shape, values } = 'shape' in value ? value : { shape: [value.length], values: value }
      return { name, shape, values }
    })
    let size = 0
    const program = this.session.program(
      `program ${this.programs++}`,
      (graph) => {
        const tensors = given.map(({ name, shape }) => [name, graph.input(name, shape)] as const)
        const y = build(Object.fromEntries(tensors), graph)
        size = y.size
        return { fetch: { y } }
      },
      { training },
    )
    for (const { name, values } of given) {
      if (program.hasInput(name)) program.write(name, Float32Array.from(values))
    }
    program.runSync()
    return [...program.read('y', new Float32Array(size))]
  }
}

const close = (actual: readonly number[], expected: readonly number[], tolerance = 1e-6) => {
  assert.equal(actual.length, expected.length)
  for (const [k, value] of expected.entries()) {
    assert.ok(Math.abs(actual[k]! - value) <= tolerance, `[${k}] is ${actual[k]}, expected ${value}`)
  }
}

test('layers take Keras’s positional arguments, or none where Keras needs none', () => {
  assert.deepEqual(layers.conv1d(8, 3, { padding: 'causal' }).toConfig().options.kernelSize, 3)
  assert.equal(layers.maxPooling1d().toConfig().options.poolSize, 2)
  assert.equal(layers.maxPooling1d(3).toConfig().options.poolSize, 3)
  assert.deepEqual(layers.reshape([-1, 2]).toConfig().options, { targetShape: [-1, 2] })
  assert.deepEqual(layers.dot([1, 2], { normalize: true }).toConfig().options, {
    axes: [1, 2],
    normalize: true,
  })
  assert.equal(layers.multiHeadAttention(2, 16).toConfig().options.keyDim, 16)
  assert.equal(layers.activation('relu').toConfig().options.activation, 'relu')
  // A number that Keras saved as a list of one.
  assert.equal(
    layers.conv1d({ filters: 2, kernelSize: [3] as unknown as number }).toConfig().options.kernelSize,
    3,
  )
  const names = [
    layers.reLu(),
    layers.globalAveragePooling1d(),
    layers.conv1d(1, 1),
    layers.multiHeadAttention(1, 1),
  ]
  assert.deepEqual(
    names.map(({ name }) => name),
    ['re_lu', 'global_average_pooling1d', 'conv1d', 'multi_head_attention'],
  )
})

test('merging layers are layers and functions of symbolic tensors', () => {
  const [x, y] = [symbol(null, null, 3), symbol(null, 7, 3)]
  assert.deepEqual(layers.add([x, y]).sizes, [null, null, 3])
  assert.deepEqual(layers.concatenate([x, y], { axis: 1 }).sizes, [null, null, 3])
  assert.deepEqual(layers.concatenate().apply([x, y]).sizes, [null, 7, 6])
  assert.equal(layers.multiply({ name: 'both' }).apply([x, y]).layer.name, 'both')
  assert.throws(() => layers.add([x, symbol(null, 7, 2)]), /layer "add": add expects inputs whose axes agree/)
  assert.throws(() => layers.subtract([x]), /subtract expects 2 inputs, got 1/)
})

test('lengths that are not known yet stay unknown', () => {
  const shapeOf = (layer: layers.Layer, ...inputs: readonly layers.SymbolicTensor[]) =>
    layer.apply(inputs).sizes
  const x = symbol(null, null, 4)
  assert.deepEqual(shapeOf(layers.conv1d(8, 3), x), [null, null, 8])
  assert.deepEqual(shapeOf(layers.maxPooling1d({ padding: 'same' }), x), [null, null, 4])
  assert.deepEqual(shapeOf(layers.globalMaxPooling1d(), x), [null, 4])
  assert.deepEqual(shapeOf(layers.flatten(), x), [null, null])
  assert.deepEqual(shapeOf(layers.flatten(), symbol(null, 3, 4)), [null, 12])
  assert.deepEqual(shapeOf(layers.reshape([-1, 2]), x), [null, null, 2])
  assert.deepEqual(shapeOf(layers.reshape([-1, 2]), symbol(null, 6)), [null, 3, 2])
  assert.deepEqual(shapeOf(layers.permute([2, 1]), x), [null, 4, null])
  assert.deepEqual(shapeOf(layers.zeroPadding1d(2), x), [null, null, 4])
  assert.deepEqual(shapeOf(layers.dot(2), x, symbol(null, 5, 4)), [null, null, 5])
  assert.deepEqual(shapeOf(layers.attention(), x, symbol(null, null, 4)), [null, null, 4])
  const all = layers.multiHeadAttention(2, 3).applyAll([x, x], { returnAttentionScores: true })
  assert.deepEqual(
    all.map(({ sizes }) => sizes),
    [
      [null, null, 4],
      [null, 2, null, null],
    ],
  )
  assert.throws(
    () => layers.conv1d(8, 3).apply(symbol(null, 2, 4)),
    /as long as its window, got \[null, 2, 4\]/,
  )
})

test('weights have Keras’s names, order, shapes and initial values', () => {
  const weightsOf = (layer: layers.Layer, ...shapes: readonly [Shape, ...Shape[]]) => {
    const parameters = new ParameterSet()
    layer.build(contextOf(parameters), ...shapes)
    return layer.weights.map(({ name, shape, initializer }) => ({
      name,
      shape,
      values: [...initializer(shape)],
    }))
  }
  const shapes = (layer: layers.Layer, ...inputs: readonly [Shape, ...Shape[]]) =>
    weightsOf(layer, ...inputs).map(({ name, shape }) => [name.replace(/^[^/]*\//, ''), shape])
  assert.deepEqual(shapes(layers.conv1d(6, 5, { groups: 2 }), [1, 9, 4]), [
    ['kernel', [5, 2, 6]],
    ['bias', [6]],
  ])
  assert.deepEqual(shapes(layers.batchNormalization(), [1, 9, 4]), [
    ['gamma', [4]],
    ['beta', [4]],
    ['movingMean', [4]],
    ['movingVariance', [4]],
  ])
  assert.deepEqual(shapes(layers.layerNormalization({ axis: [1, 2] }), [1, 9, 4]), [
    ['gamma', [9, 4]],
    ['beta', [9, 4]],
  ])
  assert.deepEqual(shapes(layers.attention({ useScale: true, scoreMode: 'concat' }), [1, 9, 4], [1, 9, 4]), [
    ['scale', []],
    ['concatScoreWeight', []],
  ])
  const heads = layers.multiHeadAttention(3, 5, { valueDim: 7, outputShape: 2 })
  const weights = weightsOf(heads, [1, 9, 40], [1, 8, 20], [1, 8, 30])
  assert.deepEqual(
    weights.map(({ name, shape }) => [name, shape]),
    [
      ['multi_head_attention/query/kernel', [40, 3, 5]],
      ['multi_head_attention/query/bias', [3, 5]],
      ['multi_head_attention/key/kernel', [30, 3, 5]],
      ['multi_head_attention/key/bias', [3, 5]],
      ['multi_head_attention/value/kernel', [20, 3, 7]],
      ['multi_head_attention/value/bias', [3, 7]],
      ['multi_head_attention/attention_output/kernel', [3, 7, 2]],
      ['multi_head_attention/attention_output/bias', [2]],
    ],
  )
  // Keras counts the first axis of [40, 3, 5] as a receptive field: fans 120 and 200.
  const limit = Math.sqrt(6 / (40 * 3 + 40 * 5))
  const largest = Math.max(...weights[0]!.values)
  assert.ok(largest <= limit && largest > 0.97 * limit, `${largest} of ${limit}`)
  assert.ok(weights[1]!.values.every((value) => value === 0))
})

test('batch normalization moves its statistics while training, once for each call, and not when frozen', () => {
  const bench = new Bench()
  const layer = layers.batchNormalization({ momentum: 0.75, epsilon: 0 })
  layer.build(bench.context, [4, 1])
  const [, , movingMean, movingVariance] = layer.weights
  const statistics = () =>
    [movingMean!, movingVariance!].flatMap((weight) => [...bench.session.readParameter(weight)])
  const x = { shape: [4, 1], values: [1, 3, 5, 7] } // mean 4, variance 5
  close(
    bench.run({ x }, ({ x }) => layer.call(x!)),
    [1, 3, 5, 7],
  )
  close(statistics(), [0, 1])
  const deviation = Math.sqrt(5)
  close(
    bench.run({ x }, ({ x }) => layer.call(x!), true),
    [-3, -1, 1, 3].map((value) => value / deviation),
  )
  close(statistics(), [1, 2])
  // The same layer twice in one step: the second call goes on from the first.
  const twice = (x: Tensor) => concatenate([layer.call(x), layer.call(scale(x, 2))], 0)
  bench.run({ x }, ({ x }) => twice(x!), true)
  close(statistics(), [(1 * 0.75 + 1) * 0.75 + 2, (2 * 0.75 + 1.25) * 0.75 + 5])
  const before = statistics()
  layer.trainable = false
  close(
    bench.run({ x }, ({ x }) => layer.call(x!), true),
    x.values.map((value) => (value - before[0]!) / Math.sqrt(before[1]!)),
  )
  close(statistics(), before)
})

test('masked steps do not count in batch statistics', () => {
  const bench = new Bench()
  const layer = layers.batchNormalization()
  layer.build(bench.context, [2, 3, 1])
  const long = { shape: [2, 3, 1], values: [1, 2, 50, 4, 60, 70] }
  const short = { shape: [3, 1, 1], values: [1, 2, 4] }
  const mask = { shape: [2, 3], values: [1, 1, 0, 1, 0, 0] }
  const masked = bench.run({ long, mask }, ({ long, mask }) => layer.call(long!, { mask: mask! }), true)
  const alone = bench.run({ short }, ({ short }) => layer.call(short!), true)
  close([masked[0]!, masked[1]!, masked[3]!], alone)
})

test('the gradient of the largest goes to the first of equals in a window, and is shared over a sequence', () => {
  const gradientOf = (layer: layers.Layer) => {
    const parameters = new ParameterSet()
    const x = parameters.add('x', [1, 4, 1], { initializer: () => Float32Array.of(2, 2, 1, 2) })
    layer.build(contextOf(parameters), [1, 4, 1])
    const session = new Session(createReferenceEngine(), parameters)
    session.initializeParameters()
    const program = session.program('p', (graph) => ({ differentiate: sum(layer.call(graph.parameter(x))) }))
    program.runSync()
    return [...session.readGradient(x)]
  }
  close(gradientOf(layers.maxPooling1d(2)), [1, 0, 0, 1])
  close(gradientOf(layers.maxPooling1d({ poolSize: 3, strides: 1, padding: 'same' })), [2, 1, 0, 1])
  close(gradientOf(layers.globalMaxPooling1d()), [1 / 3, 1 / 3, 0, 1 / 3])
})

test('an attention mask hides what a causal mask hides', () => {
  const bench = new Bench()
  const heads = layers.multiHeadAttention(2, 3)
  heads.build(bench.context, [2, 3, 4], [2, 3, 4], [2, 3, 4])
  bench.drawWeights()
  const x = { shape: [2, 3, 4], values: Array.from({ length: 24 }, (_, k) => Math.sin(k)) }
  const lower = { shape: [1, 3, 3], values: [1, 0, 0, 1, 1, 0, 1, 1, 1] }
  const given = bench.run({ x, lower }, ({ x, lower }) => heads.run([x!, x!, x!, lower!]).outputs[0]!)
  const causal = bench.run({ x }, ({ x }) => heads.run([x!, x!], [], { useCausalMask: true }).outputs[0]!)
  const open = bench.run({ x }, ({ x }) => heads.run([x!, x!]).outputs[0]!)
  close(given, causal)
  assert.notDeepEqual(open, causal)
  const [query, mask] = [symbol(null, 3, 4), symbol(null, 3, 3)]
  const applied = heads.applyAll([query, query], { attentionMask: mask, useCausalMask: true })
  assert.deepEqual(applied[0]!.sizes, [null, 3, 4])
  assert.deepEqual(applied[0]!.node.inputs, [query, query, query, mask])
  assert.deepEqual(applied[0]!.node.arguments_, { useCausalMask: true })
})

test('self-attention of one head without projections is dot-product attention', () => {
  const bench = new Bench()
  const heads = layers.multiHeadAttention(1, 4, { useBias: false })
  const plain = layers.attention()
  heads.build(bench.context, [2, 3, 4], [2, 5, 4])
  plain.build(bench.context, [2, 3, 4], [2, 5, 4])
  for (const weight of heads.weights) {
    bench.session.writeParameter(
      weight,
      Float32Array.from({ length: 16 }, (_, k) => Number(k % 5 === 0)),
    )
  }
  const values = (length: number, shift: number) => Array.from({ length }, (_, k) => Math.sin(k + shift))
  const [q, v] = [
    { shape: [2, 3, 4], values: values(24, 0) },
    { shape: [2, 5, 4], values: values(40, 9) },
  ]
  const mask = { shape: [2, 5], values: [1, 1, 0, 1, 0, 0, 1, 1, 1, 1] }
  close(
    bench.run({ q, v, mask }, ({ q, v, mask }) => heads.run([q!, v!], [undefined, mask!]).outputs[0]!),
    bench.run(
      { q, v, mask },
      ({ q, v, mask }) => plain.run([scale(q!, 0.5), v!], [undefined, mask!]).outputs[0]!,
    ),
  )
})

test('dropped attention weights come from the seed', () => {
  const x = { shape: [2, 3, 4], values: Array.from({ length: 24 }, (_, k) => Math.sin(k)) }
  const draw = (seed: number | undefined, others: number) => {
    const bench = new Bench()
    const noise = layers.dropout(0.5)
    const layer = layers.attention({ dropout: 0.5, seed })
    noise.build(bench.context, [2, 3, 4])
    layer.build(bench.context, [2, 3, 4], [2, 3, 4])
    return bench.run(
      { x },
      ({ x }) => {
        for (let k = 0; k < others; k++) noise.call(x!)
        return layer.run([x!, x!]).outputs[0]!
      },
      true,
    )
  }
  assert.deepEqual(draw(3, 0), draw(3, 2))
  assert.notDeepEqual(draw(3, 0), draw(4, 0))
  assert.notDeepEqual(draw(undefined, 0), draw(undefined, 2))
})

test('options that exclude each other and inputs that do not fit are told', () => {
  assert.throws(
    () => layers.conv1d(2, 3, { strides: 2, dilationRate: 2 }),
    /strides 2 and dilationRate 2 exclude/,
  )
  assert.throws(() => layers.conv1d(3, 3, { groups: 2 }), /groups 2 must divide filters 3/)
  assert.throws(() => layers.conv1d(2, 0), /conv1d: kernelSize must be a whole number from 1, got 0/)
  assert.throws(() => layers.permute([1, 3]), /dims must be the numbers 1, 2, … in some order/)
  assert.throws(() => layers.reshape([-1, -1]), /one of them −1 at most/)
  assert.throws(() => layers.dot(0), /axes must be .* batch axis 0 excluded/)
  assert.throws(() => layers.flatten({ axis: 1 } as object), /unknown option of flatten "axis"/)
  assert.throws(() => layers.add({ axis: 1 } as object), /unknown option of add "axis"/)
  const bench = new Bench()
  const grouped = layers.conv1d(4, 1, { groups: 2 })
  assert.throws(() => grouped.build(bench.context, [1, 2, 3]), /that 2 groups divide, got \[1, 2, 3\]/)
  const open = layers.layerNormalization({ axis: 1 })
  assert.throws(
    () => open.build(bench.context, [unknown, unknown, 3]),
    /known lengths of the normalized axes/,
  )
  const query = symbol(null, 3, 4)
  assert.throws(
    () => layers.attention().apply(query),
    /expects inputs \[query, value\] or \[query, value, key\], got 1/,
  )
  assert.throws(
    () => layers.attention().apply([query, symbol(null, 3, 5)]),
    /inputs \[null, 3, 4\], \[null, 3, 5\]/,
  )
})

test('identity gives back its input, scaling and slopes are exact', () => {
  const bench = new Bench()
  const run = (layer: layers.Layer, x: readonly number[]) => {
    layer.build(bench.context, [x.length])
    return bench.run({ x }, ({ x }) => reshape(multiply(layer.call(x!), layer.call(x!)), [-1]))
  }
  close(run(layers.identity(), [1, -2]), [1, 4])
  close(run(layers.rescaling(1 / 2, { offset: 1 }), [1, -2]), [2.25, 0])
  close(run(layers.leakyReLu(0.5), [3, -2, 0]), [9, 1, 0])
  close(
    run(layers.reLu({ maxValue: 2, negativeSlope: 0.5, threshold: 1 }), [3, 1.5, 0.5, -1]),
    [4, 2.25, 0.0625, 1],
  )
})
