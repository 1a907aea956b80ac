import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GroupToWrite, writeHdf5 } from '../hdf5/write.js'
import type { JsonObject } from './json.js'
import { readKerasH5 } from './keras-h5.js'
import { readConfig } from './read-config.js'

// Forms of configurations that the golden files do not have.

const input = (name: string, shape: readonly (number | null)[]) => ({
  class_name: 'InputLayer',
  name,
  config: { name, batch_input_shape: shape },
  inbound_nodes: [],
})
const layer = (className: string, name: string, nodes: unknown, config: JsonObject = {}) => ({
  class_name: className,
  name,
  config: { name, ...config },
  inbound_nodes: nodes,
})
const functional = (layers: unknown, inputs: unknown, outputs: unknown): JsonObject => ({
  class_name: 'Model',
  config: { name: 'm', layers, input_layers: inputs, output_layers: outputs },
})
const read = (json: JsonObject, dialect: 'keras2' | 'keras3' = 'keras2') =>
  readConfig(json, dialect, 'm.h5').config

test('Keras 2: initial states as an argument, as further inputs, one call alone', () => {
  const lstm = { units: 2, return_state: true, reset_after: true }
  const states = [
    ['encoder', 0, 1],
    ['encoder', 0, 2],
  ]
  const layers = (nodes: unknown) => [
    input('a', [null, 3, 2]),
    layer('LSTM', 'encoder', ['a', 0, 0, {}], lstm),
    layer('LSTM', 'decoder', nodes, lstm),
  ]
  const forms = [
    [['a', 0, 0, { initial_state: states }]],
    [[['a', 0, 0, { initial_state: states }]]],
    [
      [
        ['a', 0, 0, {}],
        ['encoder', 0, 1, {}],
        ['encoder', 0, 2, {}],
      ],
    ],
  ]
  for (const nodes of forms) {
    const encoder = [['a', 0, 0, {}]]
    const list = layers(nodes)
    list[1] = layer('LSTM', 'encoder', encoder, lstm)
    const { layers: found, outputs } = read(functional(list, [['a', 0, 0]], [['decoder', 0, 0]]))
    assert.deepEqual(found[2]!.calls, [{ inputs: [['a', 0, 0], ...states] }])
    assert.deepEqual(outputs, [['decoder', 0, 0]])
  }
})

test('Keras 2: calls of a model inside are counted from 1', () => {
  const inner = {
    ...functional(
      [input('i', [null, 2]), layer('Dense', 'd', [[['i', 0, 0, {}]]], { units: 2 })],
      [['i', 0, 0]],
      [['d', 0, 0]],
    ),
    name: 'inner',
    inbound_nodes: [[['a', 0, 0, {}]], [['b', 0, 0, {}]]],
  } as JsonObject
  const named = { ...inner, config: { ...(inner.config as JsonObject), name: 'inner' } }
  const layers = [
    input('a', [null, 2]),
    input('b', [null, 2]),
    named,
    layer('Add', 'sum', [
      [
        ['inner', 1, 0, {}],
        ['inner', 2, 0, {}],
      ],
    ]),
  ]
  const { layers: found, outputs } = read(
    functional(
      layers,
      [
        ['a', 0, 0],
        ['b', 0, 0],
      ],
      [
        ['sum', 0, 0],
        ['inner', 2, 0],
      ],
    ),
  )
  assert.deepEqual(found[3]!.calls, [
    {
      inputs: [
        ['inner', 0, 0],
        ['inner', 1, 0],
      ],
    },
  ])
  assert.deepEqual(outputs, [
    ['sum', 0, 0],
    ['inner', 1, 0],
  ])
  assert.equal(found[2]!.layer, 'functional')
})

test('inputs and outputs by name come in the order of the names', () => {
  const layers = [
    input('z', [null, 2]),
    input('a', [null, 2]),
    layer('Add', 'sum', [
      [
        ['z', 0, 0, {}],
        ['a', 0, 0, {}],
      ],
    ]),
  ]
  const { inputs } = read(functional(layers, { z: ['z', 0, 0], a: ['a', 0, 0] }, ['sum', 0, 0]))
  assert.deepEqual(inputs, [
    ['a', 0, 0],
    ['z', 0, 0],
  ])
})

const tensor = (layerName: string, index = 0) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null], dtype: 'float32', keras_history: [layerName, 0, index] },
})
const node = (args: unknown[], kwargs: JsonObject = {}) => [{ args, kwargs }]
const masked = (mask: unknown, value: unknown = 0, maskZero = true) =>
  functional(
    [
      input('ids', [null, 4]),
      layer('Embedding', 'embedding', node([tensor('ids')]), {
        input_dim: 3,
        output_dim: 2,
        mask_zero: maskZero,
      }),
      { module: 'keras.src.ops.numpy', ...layer('NotEqual', 'not_equal', node([tensor('ids'), value])) },
      { module: 'keras.src.ops.core', ...layer('ConvertToTensor', 'convert', node([tensor('not_equal')])) },
      layer('LSTM', 'lstm', node([tensor('embedding')], { mask, training: false }), { units: 2 }),
    ],
    ['ids', 0, 0],
    ['lstm', 0, 0],
  )

test('masks that Keras made by itself are left out of the graph; others are refused', () => {
  for (const mask of [tensor('not_equal'), tensor('convert'), null]) {
    const { layers } = read(masked(mask), 'keras3')
    assert.deepEqual(
      layers.map(({ name }) => name),
      ['ids', 'embedding', 'lstm'],
    )
    assert.deepEqual(layers[2]!.calls, [{ inputs: [['embedding', 0, 0]] }])
  }
  for (const json of [
    masked(tensor('not_equal'), 2),
    masked(tensor('not_equal'), 0, false),
    masked(tensor('ids')),
  ]) {
    assert.throws(() => read(json, 'keras3'), /"lstm" called with mask/)
  }
})

test('operations in a graph are refused by name', () => {
  const layers = [
    input('a', [null, 2]),
    { module: 'keras.src.ops.numpy', ...layer('Add', 'add', node([tensor('a'), 1])) },
    layer('Dense', 'dense', node([tensor('add')]), { units: 1 }),
  ]
  assert.throws(
    () => read(functional(layers, ['a', 0, 0], ['add', 0, 0]), 'keras3'),
    /operation "add", whose result "dense" takes; no operation "add", whose result is an output/,
  )
})

test('references that lead nowhere are refused', () => {
  const dense = (nodes: unknown) =>
    functional([input('a', [null, 2]), layer('Dense', 'd', nodes, { units: 1 })], ['a', 0, 0], ['d', 0, 0])
  assert.throws(() => read(dense([[['b', 0, 0, {}]]])), /output of "b", which is not there/)
  assert.throws(() => read(dense([[['a', 3, 0, {}]]])), /call 3 of "a", which is called 1 times/)
  assert.throws(() => read(functional([input('a', [null, 2])], ['a', 0, 0], [])), /has no outputs/)
})

/** Gates side by side in one row-major matrix. */
const gates = (
  count: number,
  rows: number,
  units: number,
  value: (gate: number, i: number, j: number) => number,
) =>
  Float32Array.from({ length: rows * count * units }, (_, k) => {
    const column = k % (count * units)
    return value(Math.floor(column / units), Math.floor(k / (count * units)), column % units)
  })

test('layers of cuDNN become those they stand for', async () => {
  const [inputs, units] = [3, 2]
  for (const [className, count] of [
    ['CuDNNLSTM', 4],
    ['CuDNNGRU', 3],
  ] as const) {
    const columns = count * units
    const plain = gates(count, inputs, units, (gate, i, j) => 100 * gate + 10 * i + j)
    // cuDNN reads the block of a gate as [units, inputs].
    const kernel = gates(count, inputs, units, (gate, i, j) => {
      const place = i * units + j
      return 100 * gate + 10 * (place % inputs) + Math.floor(place / inputs)
    })
    const plainRecurrent = gates(count, units, units, (gate, i, j) => gate + i / 10 + j / 100)
    const recurrent = gates(count, units, units, (gate, i, j) => gate + j / 10 + i / 100)
    const bias = Float32Array.from({ length: 2 * columns }, (_, k) => k)
    const names = ['rnn/kernel:0', 'rnn/recurrent_kernel:0', 'rnn/bias:0']
    const weights: GroupToWrite = {
      members: new Map([
        ['kernel:0', { shape: [inputs, columns], values: kernel }],
        ['recurrent_kernel:0', { shape: [units, columns], values: recurrent }],
        ['bias:0', { shape: [2 * columns], values: bias }],
      ]),
    }
    const config = { name: 'rnn', units, batch_input_shape: [null, 4, inputs] }
    // Keras wrote the list of layers alone at that time.
    const model = { class_name: 'Sequential', config: [{ class_name: className, config }] }
    const bytes = writeHdf5({
      attributes: { model_config: JSON.stringify(model), keras_version: '2.1.6' },
      members: new Map([
        [
          'model_weights',
          {
            attributes: { layer_names: ['rnn'] },
            members: new Map([
              ['rnn', { attributes: { weight_names: names }, members: new Map([['rnn', weights]]) }],
            ]),
          },
        ],
      ]),
    })
    const { description } = await readKerasH5(bytes)
    const [entry] = description.config.layers
    assert.equal(entry!.layer, count === 4 ? 'lstm' : 'gru')
    assert.equal(entry!.options.recurrentActivation, 'sigmoid')
    assert.deepEqual(description.config.batchShape, [null, 4, inputs])
    const [first, second, third] = description.weights[0]!.arrays
    assert.deepEqual(first!.data, plain)
    assert.deepEqual(second!.data, plainRecurrent)
    assert.deepEqual(third!.shape, count === 4 ? [columns] : [2, columns])
    const sums = bias.slice(0, columns).map((value, k) => value + bias[columns + k]!)
    assert.deepEqual(third!.data, count === 4 ? sums : bias)
  }
})
