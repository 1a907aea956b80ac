import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import { Graph, ParameterSet, Session } from '../graph/index.js'
import { tanh } from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import { RandomStream } from '../random.js'
import { LeakyCell } from '../testing/leaky-cell.js'
import * as layers from './index.js'

function contextOf(parameters = new ParameterSet()) {
  return { parameters, context: new layers.BuildContext(parameters, (name) => new RandomStream(1, name)) }
}

function weightsOf(layer: layers.Layer, inputShape: readonly number[]) {
  const { parameters, context } = contextOf()
  layer.build(context, inputShape)
  return Object.fromEntries(
    [...parameters].map(({ name, shape, initializer }) => [name, { shape, values: initializer(shape) }]),
  )
}

test('weights have Keras’s names, shapes and initial values', () => {
  const [N, T, I, H] = [1, 1, 20, 30]
  const shapes = (layer: layers.Layer, input: readonly number[] = [N, T, I]) =>
    Object.fromEntries(Object.entries(weightsOf(layer, input)).map(([name, { shape }]) => [name, shape]))
  assert.deepEqual(shapes(layers.lstm({ units: H })), {
    'lstm/kernel': [I, 4 * H],
    'lstm/recurrentKernel': [H, 4 * H],
    'lstm/bias': [4 * H],
  })
  assert.deepEqual(shapes(layers.gru({ units: H })), {
    'gru/kernel': [I, 3 * H],
    'gru/recurrentKernel': [H, 3 * H],
    'gru/bias': [2, 3 * H],
  })
  assert.deepEqual(shapes(layers.gru({ units: H, resetAfter: false }))['gru/bias'], [3 * H])
  assert.deepEqual(shapes(layers.simpleRnn({ units: H, name: 'own' })), {
    'own/kernel': [I, H],
    'own/recurrentKernel': [H, H],
    'own/bias': [H],
  })
  assert.deepEqual(shapes(layers.dense({ units: H })), { 'dense/kernel': [I, H], 'dense/bias': [H] })
  assert.deepEqual(shapes(layers.embedding({ inputDim: 9, outputDim: 4 }), [N, T]), {
    'embedding/embeddings': [9, 4],
  })

  const lstm = weightsOf(layers.lstm({ units: H }), [N, T, I])
  const bias = [...lstm['lstm/bias']!.values]
  assert.deepEqual(bias, [...new Array(H).fill(0), ...new Array(H).fill(1), ...new Array(2 * H).fill(0)])
  const limit = Math.sqrt(6 / (I + 4 * H))
  const largest = Math.max(...lstm['lstm/kernel']!.values)
  assert.ok(largest <= limit && largest > 0.98 * limit)
  const table = weightsOf(layers.embedding({ inputDim: 100, outputDim: 9 }), [1, 1])['embedding/embeddings']!
  assert.ok(Math.max(...table.values) <= 0.05 && Math.max(...table.values) > 0.049)
})

test('layers without a name are numbered as in Keras; a name given twice is refused', () => {
  const { context } = contextOf()
  const made = [
    layers.lstm({ units: 2 }),
    layers.lstm({ units: 2 }),
    layers.simpleRnn({ units: 2 }),
    layers.lstm({ units: 2 }),
  ]
  for (const layer of made) layer.build(context, [1, 1, 2])
  assert.deepEqual(
    made.map(({ name }) => name),
    ['lstm', 'lstm_1', 'simple_rnn', 'lstm_2'],
  )
  const twice = layers.dense({ units: 1, name: 'lstm_1' })
  assert.throws(() => twice.build(context, [1, 2]), /two layers are named "lstm_1"/)
  assert.deepEqual(layers.dropout({ rate: 0.5 }).toConfig(), {
    layer: 'dropout',
    options: { rate: 0.5, locked: false },
  })
})

test('initial weights of a layer do not depend on the layers before it', () => {
  const alone = weightsOf(layers.dense({ units: 3, name: 'out' }), [1, 4])
  const { parameters, context } = contextOf()
  layers.lstm({ units: 2 }).build(context, [1, 1, 2])
  layers.dense({ units: 3, name: 'out' }).build(context, [1, 4])
  const kernel = parameters.get('out/kernel')!
  assert.deepEqual(kernel.initializer(kernel.shape), alone['out/kernel']!.values)
})

test('wrong options are answered with the option, what it must be and what came', () => {
  const message = (make: () => unknown, expected: RegExp) => assert.throws(make, expected)
  message(() => layers.lstm({ units: 0 }), /lstm: units must be a whole number at least 1, got 0/)
  message(() => layers.lstm({} as layers.LstmOptions), /lstm: option units is missing/)
  message(
    () => layers.gru({ units: 2, dropout: 1 }),
    /gru: dropout must be a number at least 0 and below 1, got 1/,
  )
  message(
    () => layers.lstm({ units: 2, activation: 'tanhh' }),
    /unknown activation "tanhh". Did you mean "tanh"/,
  )
  message(() => layers.lstm({ units: 2, kernelInitializer: 'glorot' }), /unknown initializer "glorot"/)
  const typo = { units: 2, returnSequence: true } as layers.LstmOptions
  message(() => layers.lstm(typo), /unknown option of lstm "returnSequence". Did you mean "returnSequences"/)
  message(() => layers.rnn({ cell: 3 } as unknown as layers.RnnOptions), /rnn: cell must be a cell/)
  message(
    () => layers.layerFromConfig({ layer: 'lstn', options: {} }),
    /unknown layer "lstn". Did you mean "lstm"/,
  )
})

test('a layer says whether it runs as one command, and why not', () => {
  const fusion = (layer: layers.RecurrentLayer) => layer.fusion
  assert.deepEqual(fusion(layers.lstm({ units: 2 })), { fused: true })
  assert.deepEqual(fusion(layers.lstm({ units: 2, fused: 'never' })), {
    fused: false,
    reason: 'option fused is "never"',
  })
  const gelu = fusion(layers.lstm({ units: 2, activation: 'gelu' }))
  assert.ok(!gelu.fused && /activation gelu is not among/.test(gelu.reason))
  const own = fusion(layers.rnn({ cell: new LeakyCell({ size: 2 }) }))
  assert.ok(!own.fused && /cell "leaky" is written with graph operations/.test(own.reason))
  assert.deepEqual(fusion(layers.rnn({ cell: new layers.GruCell({ units: 2 }) })), { fused: true })
  const must = layers.gru({ units: 2, recurrentActivation: 'softmax', fused: 'always', name: 'own' })
  assert.throws(
    () => must.build(contextOf().context, [1, 1, 2]),
    /layer "own" cannot run as one command: .*softmax/,
  )
})

test('what cannot be saved says so', () => {
  const own = layers.dense({ units: 2, activation: (x: Tensor) => tanh(tanh(x)), name: 'own' })
  assert.throws(() => own.toConfig(), /layer "own": activation is a function and cannot be saved/)
  const { step, stateSizes, kind } = new LeakyCell({ size: 2 })
  const cell = { step, stateSizes, kind, build: () => {} }
  assert.throws(
    () => layers.rnn({ cell, name: 'own' }).toConfig(),
    /layer "own": cell "leaky" cannot be saved/,
  )
  const drawn = layers.dense({
    units: 2,
    kernelInitializer: (shape) => new Float32Array(shape[0]! * shape[1]!),
  })
  assert.ok(!('kernelInitializer' in drawn.toConfig().options))
})

test('a dense layer tied to an embedding uses its table, and checks that it fits', () => {
  const { parameters, context } = contextOf()
  const embedding = layers.embedding({ inputDim: 5, outputDim: 3 })
  const out = layers.dense({ units: 5, tiedTo: embedding, name: 'out' })
  assert.throws(
    () => out.build(context, [1, 3]),
    /unknown embedding to tie layer "out" to \(it must be built first\)/,
  )
  embedding.build(context, [1])
  const tied = layers.dense({ units: 5, tiedTo: embedding })
  tied.build(context, [1, 3])
  assert.deepEqual(
    [...parameters].map(({ name }) => name),
    ['embedding/embeddings', 'dense/bias'],
  )
  assert.equal(tied.options().tiedTo, 'embedding')
  const wrong = layers.dense({ units: 5, tiedTo: 'embedding', name: 'wrong' })
  assert.throws(
    () => wrong.build(context, [1, 4]),
    /tied to "embedding" it needs a table \[5, 4\].* got \[5, 3\]/,
  )
  const session = new Session(createReferenceEngine(), parameters)
  const table = Float32Array.from({ length: 15 }, (_, k) => k / 4)
  session.writeParameter(embedding.embeddings, table)
  const program = session.program('p', (graph) => ({ fetch: { y: tied.call(graph.input('x', [1, 3])) } }))
  program.write('x', Float32Array.of(1, -2, 3))
  program.runSync()
  const y = [...program.read('y', new Float32Array(5))]
  assert.deepEqual(
    y,
    [0, 1, 2, 3, 4].map((v) => table[3 * v]! - 2 * table[3 * v + 1]! + 3 * table[3 * v + 2]!),
  )
  session.dispose()
})

test('an embedding with maskZero gives a mask of its own; other layers pass masks on, recurrent ones as their outputs', () => {
  const { parameters, context } = contextOf()
  const embedding = layers.embedding({ inputDim: 4, outputDim: 2, maskZero: true })
  embedding.build(context, [1, 1])
  const session = new Session(createReferenceEngine(), parameters)
  const program = session.program('p', (graph) => {
    const ids = graph.input('ids', [2, 3], 'int32')
    const mask = embedding.outputMask(ids)!
    const back = layers.lstm({ units: 2, returnSequences: true, goBackwards: true })
    return { fetch: { mask, back: back.outputMask(ids, mask)! } }
  })
  program.write('ids', Int32Array.of(0, 3, 1, 2, 0, 0))
  program.runSync()
  assert.deepEqual([...program.read('mask', new Float32Array(6))], [0, 1, 1, 1, 0, 0])
  // Keras does not reverse it with the outputs.
  assert.deepEqual([...program.read('back', new Float32Array(6))], [0, 1, 1, 1, 0, 0])
  session.dispose()
  const graph = new Graph()
  const [x, mask] = [graph.input('x', [2, 3, 4]), graph.input('mask', [2, 3])]
  assert.equal(layers.dense({ units: 2 }).outputMask(x, mask), mask)
  assert.equal(layers.dropout({ rate: 0.1 }).outputMask(x, mask), mask)
  assert.equal(layers.gru({ units: 2, returnSequences: true }).outputMask(x, mask), mask)
  assert.equal(layers.gru({ units: 2 }).outputMask(x, mask), undefined)
  const plain = layers.embedding({ inputDim: 4, outputDim: 2 })
  assert.equal(plain.outputMask(graph.input('ids', [2, 3], 'int32')), undefined)
})

test('input dropout alone shares one mask between the gates, with recurrent dropout every gate has its own (Keras’s rule)', () => {
  const masksOf = (options: Partial<layers.LstmOptions>) => {
    const { context } = contextOf()
    const cell = new layers.LstmCell({ units: 3, dropout: 0.5, ...options } as layers.LstmCellOptions)
    const layer = layers.rnn({ cell })
    layer.build(context, [2, 4, 2])
    const constants = cell.begin(new Graph(true).input('x', [2, 4, 2]))
    return [constants.inputDropout?.shape, constants.recurrentDropout?.shape]
  }
  assert.deepEqual(masksOf({}), [[1, 2, 2], undefined])
  assert.deepEqual(masksOf({ recurrentDropout: 0.5 }), [
    [4, 2, 2],
    [4, 2, 3],
  ])
  assert.deepEqual(masksOf({ recurrentDropout: 0.5, lockedDropoutMask: 'shared' }), [
    [1, 2, 2],
    [1, 2, 3],
  ])
  assert.deepEqual(masksOf({ lockedDropoutMask: 'perGate' }), [[4, 2, 2], undefined])
})
