import assert from 'node:assert/strict'
import { test } from 'node:test'
import { activationNames } from '../../layers/activations.js'
import * as layers from '../../layers/index.js'
import { layerNames } from '../../layers/registry.js'
import { sequential as sequentialModel } from '../../models/index.js'
import { describeModel } from '../../models/model-config.js'
import { type DecodedOnnx, decodeOnnx } from '../../testing/decode-onnx.js'
import type { LayerEntry, ModelConfig, ModelDescription, WeightArray } from '../model-description.js'
import { layerWriters } from './layer-writers.js'
import type { OnnxGraph, OnnxNode } from './onnx-model.js'
import { toOnnx } from './to-onnx.js'

let next = 0
/** All values of a test are distinct. */
function array(name: string, ...shape: number[]): WeightArray {
  const size = shape.reduce((product, length) => product * length, 1)
  return { name, shape, data: Float32Array.from({ length: size }, () => ++next) }
}

function gates(units: number, features: number, count: number, biasRows = 1): WeightArray[] {
  const columns = count * units
  const bias = biasRows === 2 ? [2, columns] : [columns]
  return [
    array('kernel', features, columns),
    array('recurrentKernel', units, columns),
    array('bias', ...bias),
  ]
}

type Weighted = LayerEntry & { weights?: WeightArray[] }

function sequential(batchShape: (number | null)[], ...layers: Weighted[]): ModelDescription {
  const dtype = layers[0]!.layer === 'embedding' ? 'int32' : 'float32'
  const config: ModelConfig = {
    kind: 'sequential',
    name: 'm',
    layers: layers.map(({ weights: _, ...entry }) => entry),
    batchShape,
    dtype,
  }
  return {
    config,
    weights: layers.flatMap(({ name, weights }) => (weights ? [{ layer: name, arrays: weights }] : [])),
  }
}

function write(description: ModelDescription): DecodedOnnx {
  const model = decodeOnnx(toOnnx(description))
  checkGraph(model.graph, new Set())
  return model
}

/** Each name is made once, before it is used; every constant is used. */
function checkGraph(graph: OnnxGraph, outer: ReadonlySet<string>): void {
  const known = new Set(outer)
  const used = new Set<string>()
  const make = (name: string) => {
    assert.ok(!known.has(name), `"${name}" is made twice`)
    known.add(name)
  }
  for (const { name } of [...graph.initializers, ...graph.inputs]) make(name)
  const visit = ({ nodes }: OnnxGraph) => {
    for (const { inputs, attributes } of nodes) {
      for (const name of inputs) used.add(name)
      for (const value of Object.values(attributes)) if (hasGraph(value)) visit(value.graph)
    }
  }
  visit(graph)
  for (const node of graph.nodes) {
    for (const name of node.inputs) assert.ok(name === '' || known.has(name), `${node.name} reads "${name}"`)
    for (const value of Object.values(node.attributes)) if (hasGraph(value)) checkGraph(value.graph, known)
    for (const name of node.outputs) if (name !== '') make(name)
  }
  for (const { name } of graph.outputs) assert.ok(known.has(name))
  for (const { name } of graph.initializers) assert.ok(used.has(name), `constant "${name}" is not used`)
}

function hasGraph(value: OnnxNode['attributes'][string]): value is { graph: OnnxGraph } {
  return typeof value === 'object' && 'graph' in value
}

const nodesOf = ({ graph }: DecodedOnnx, operator: string) =>
  graph.nodes.filter((node) => node.operator === operator)
const constant = ({ graph }: DecodedOnnx, name: string) =>
  graph.initializers.find((one) => one.name === name)!

/** Entry (row, column) of a Keras kernel [rows, columns]. */
const entry = ({ data, shape }: WeightArray, row: number, column: number) => data[row * shape[1]! + column]!

test('an LSTM: gates i, f, c, o become i, o, f, c; kernels are transposed; the second bias is zero', () => {
  const weights = gates(2, 3, 4)
  const model = write(
    sequential([null, null, 3], { layer: 'lstm', name: 'lstm', options: { units: 2 }, weights }),
  )
  assert.deepEqual([model.formatVersion, model.operatorSet], [8, 17])
  assert.deepEqual(model.graph.inputs, [{ name: 'input', type: 'float32', shape: ['batch', 'time', 3] }])
  assert.deepEqual(model.graph.outputs, [{ name: 'lstm', type: 'float32', shape: ['batch', 2] }])
  const [node] = nodesOf(model, 'LSTM')
  assert.deepEqual(node!.attributes, {
    hidden_size: 2,
    direction: 'forward',
    activations: ['Sigmoid', 'Tanh', 'Tanh'],
  })
  assert.deepEqual(node!.inputs.slice(1), ['lstm/W', 'lstm/R', 'lstm/B'])
  assert.equal(node!.outputs[0], '', 'the sequence is not asked for')
  const [kernel, recurrentKernel, bias] = weights as [WeightArray, WeightArray, WeightArray]
  const columns = [0, 1, 6, 7, 2, 3, 4, 5] // i, o, f, c of two units each
  const W = constant(model, 'lstm/W')
  assert.deepEqual(W.shape, [1, 8, 3])
  assert.deepEqual(
    [...W.values],
    columns.flatMap((column) => [0, 1, 2].map((row) => entry(kernel, row, column))),
  )
  const R = constant(model, 'lstm/R')
  assert.deepEqual(R.shape, [1, 8, 2])
  assert.deepEqual(
    [...R.values],
    columns.flatMap((column) => [0, 1].map((row) => entry(recurrentKernel, row, column))),
  )
  const B = constant(model, 'lstm/B')
  assert.deepEqual([...B.values], [...columns.map((column) => bias.data[column]), 0, 0, 0, 0, 0, 0, 0, 0])
})

test('a GRU keeps its gates; with resetAfter both bias rows count', () => {
  for (const resetAfter of [true, false]) {
    const weights = gates(2, 3, 3, resetAfter ? 2 : 1)
    const options = { units: 2, resetAfter, recurrentActivation: 'hardSigmoid', returnSequences: true }
    const model = write(sequential([4, 5, 3], { layer: 'gru', name: 'gru', options, weights }))
    const { attributes } = nodesOf(model, 'GRU')[0]!
    assert.equal(attributes.linear_before_reset, resetAfter ? 1 : 0)
    assert.deepEqual(attributes.activations, ['HardSigmoid', 'Tanh'])
    assert.deepEqual(attributes.activation_alpha, { float: [Math.fround(1 / 6)] })
    const [kernel, , bias] = weights as [WeightArray, WeightArray, WeightArray]
    assert.equal(constant(model, 'gru/W').values[4], entry(kernel, 1, 1))
    const zeros = new Array<number>(6).fill(0)
    assert.deepEqual(
      [...constant(model, 'gru/B').values],
      resetAfter ? [...bias.data] : [...bias.data, ...zeros],
    )
    assert.deepEqual(model.graph.outputs[0]!.shape, [4, 5, 2])
  }
})

const embedding: Weighted = {
  layer: 'embedding',
  name: 'embedding',
  options: { inputDim: 9, outputDim: 3, maskZero: true },
  weights: [array('embeddings', 9, 3)],
}

test('a mask: steps are packed and lengths given; activations ONNX lacks run in a Scan', () => {
  const lstm = (options: object): Weighted => ({
    layer: 'lstm',
    name: 'lstm',
    options: { units: 2, returnSequences: true, ...options },
    weights: gates(2, 3, 4),
  })
  const packed = write(sequential([null, null], embedding, lstm({ goBackwards: true })))
  assert.deepEqual(packed.graph.inputs[0], { name: 'input', type: 'int32', shape: ['batch', 'time'] })
  const [node] = nodesOf(packed, 'LSTM')
  assert.notEqual(node!.inputs[4], '', 'lengths')
  assert.equal(nodesOf(packed, 'TopK').length, 1)
  const [scan] = nodesOf(write(sequential([null, null], embedding, lstm({ activation: 'gelu' }))), 'Scan')
  const { graph: body } = scan!.attributes.body as { graph: OnnxGraph }
  assert.deepEqual(
    [body.inputs.length, body.outputs.length],
    [4, 3],
    'h, c, x and the mask; h, c and the output',
  )
  assert.equal(body.nodes.filter(({ operator }) => operator === 'Erf').length, 2)
})

test('directions are two operators with weights of their own; outputs are merged', () => {
  const weights = [...gates(2, 3, 4), ...gates(2, 3, 4)]
  const options = { layer: { layer: 'lstm', name: 'lstm', options: { units: 2 } }, mergeMode: 'sum' }
  const model = write(sequential([null, 7, 3], { layer: 'bidirectional', name: 'both', options, weights }))
  const [forward, backward] = nodesOf(model, 'LSTM')
  assert.deepEqual([forward!.attributes.direction, backward!.attributes.direction], ['forward', 'reverse'])
  assert.equal(constant(model, 'both/backward/W').values[1], entry(weights[3]!, 1, 0))
  assert.deepEqual(model.graph.outputs[0]!.shape, ['batch', 2])
})

const inputEntry = (name: string, batchShape: (number | null)[]): LayerEntry => ({
  layer: 'input',
  name,
  options: { batchShape, dtype: 'float32' },
})

test('a shared layer and a shared model inside have their weights once', () => {
  const dense = array('kernel', 3, 2)
  const inner: ModelConfig = {
    kind: 'sequential',
    name: 'inner',
    layers: [{ layer: 'dense', name: 'dense', options: { units: 2, useBias: false } }],
    batchShape: [null, 3],
  }
  const call = (name: string) => ({ inputs: [[name, 0, 0] as const] })
  const config: ModelConfig = {
    kind: 'functional',
    name: 'twins',
    layers: [
      // Not in the order in which they can run.
      {
        layer: 'add',
        name: 'add',
        options: {},
        calls: [
          {
            inputs: [
              ['inner', 0, 0],
              ['inner', 1, 0],
            ],
          },
        ],
      },
      inputEntry('a', [null, 3]),
      inputEntry('b', [null, 3]),
      { layer: 'sequential', name: 'inner', options: { ...inner }, calls: [call('a'), call('b')] },
    ],
    inputs: [
      ['a', 0, 0],
      ['b', 0, 0],
    ],
    outputs: [
      ['add', 0, 0],
      ['inner', 1, 0],
      ['a', 0, 0],
    ],
  }
  const model = write({ config, weights: [{ layer: 'inner', arrays: [dense] }] })
  assert.deepEqual(
    model.graph.initializers.map(({ name }) => name),
    ['inner/dense/kernel'],
  )
  assert.equal(nodesOf(model, 'MatMul').length, 2)
  assert.deepEqual(
    model.graph.outputs.map(({ name }) => name),
    ['add', 'inner', 'a_1'],
  )
})

test('several open lengths have names of their own', () => {
  const config: ModelConfig = {
    kind: 'functional',
    name: 'two',
    layers: [
      inputEntry('query', [null, null, 4]),
      inputEntry('value', [null, null, 4]),
      {
        layer: 'attention',
        name: 'attention',
        options: {},
        calls: [
          {
            inputs: [
              ['query', 0, 0],
              ['value', 0, 0],
            ],
            arguments: { useCausalMask: true },
          },
        ],
      },
    ],
    inputs: [
      ['query', 0, 0],
      ['value', 0, 0],
    ],
    outputs: [['attention', 0, 0]],
  }
  const { graph } = write({ config, weights: [] })
  assert.deepEqual(
    graph.inputs.map(({ shape }) => shape[1]),
    ['query_time', 'value_time'],
  )
  assert.deepEqual(graph.outputs[0]!.shape, ['batch', 'query_time', 4])
})

test('stateful layers take their state in and give it out', () => {
  const options = { units: 2, stateful: true }
  const model = write(
    sequential([4, null, 3], { layer: 'lstm', name: 'l', options, weights: gates(2, 3, 4) }),
  )
  assert.deepEqual(
    model.graph.inputs.map(({ name }) => name),
    ['input', 'l_h', 'l_c'],
  )
  assert.deepEqual(model.graph.inputs[1]!.shape, [4, 2])
  assert.deepEqual(
    model.graph.outputs.map(({ name }) => name),
    ['l', 'l_h_next', 'l_c_next'],
  )
  assert.equal(nodesOf(model, 'LSTM')[0]!.inputs.length, 7)
})

test('cells on top of each other run in one Scan', () => {
  const cell = {
    cell: 'stacked',
    options: {
      cells: [
        { cell: 'lstm', options: { units: 2 } },
        { cell: 'gru', options: { units: 3 } },
      ],
    },
  }
  const weights = [...gates(2, 3, 4), ...gates(3, 2, 3, 2)]
  const options = { cell, returnState: true }
  const model = write(sequential([null, null, 3], { layer: 'rnn', name: 'rnn', options, weights }))
  assert.equal(nodesOf(model, 'Scan').length, 1)
  assert.deepEqual(
    model.graph.outputs.map(({ shape }) => shape[1]),
    [3, 2, 2, 3],
  )
})

test('every layer and every activation of the library has an ONNX form', () => {
  const models = ['sequential', 'functional'] // registered as layers by the models room
  const losses = ['adaptiveSoftmax', 'sampledSoftmax', 'crf'] // take targets in, and add their loss themselves
  assert.deepEqual(
    layerNames().filter(
      (name) => !Object.hasOwn(layerWriters, name) && ![...models, ...losses].includes(name),
    ),
    [],
  )
  for (const activation of activationNames()) {
    write(sequential([null, 4], { layer: 'activation', name: 'x', options: { activation } }))
  }
})

test('models describe themselves as the writer reads them', () => {
  const model = sequentialModel([
    layers.embedding(20, 6, { maskZero: true, inputShape: [8] }),
    layers.bidirectional(layers.lstm(4, { returnSequences: true, dropout: 0.1 }), { mergeMode: 'ave' }),
    layers.rnn([layers.gruCell(5), layers.lstmCell(3)], { returnSequences: true }),
    layers.timeDistributed(layers.dense(6, { activation: 'relu', kernelRegularizer: 'l2' })),
    layers.conv1d(4, 3, { padding: 'causal' }),
    layers.layerNormalization(),
    layers.batchNormalization(),
    layers.gru(3, { stateful: true, batchInputShape: [2, 8, 4] }),
    layers.dense(2, { activation: 'softmax' }),
  ])
  assert.ok(model.isBuilt)
  const { graph } = write(describeModel(model))
  assert.deepEqual(graph.inputs[0]!.shape, ['batch', 8])
  assert.deepEqual(graph.outputs[0]!.shape, ['batch', 2])
})

test('what has no ONNX form is refused by name, and so are weights that do not fit', () => {
  const refuse = (
    code: string,
    message: RegExp,
    layer: Weighted,
    batchShape: (number | null)[] = [null, null, 3],
  ) => assert.throws(() => toOnnx(sequential(batchShape, layer)), { code, message })
  const lstm = (options: object, weights = gates(2, 3, 4)): Weighted => ({
    layer: 'lstm',
    name: 'x',
    options: { units: 2, ...options },
    weights,
  })
  refuse('unsupported-layer', /layer "x" \(fancy\).*layers that can: embedding/, {
    layer: 'fancy',
    name: 'x',
    options: {},
  })
  refuse('unsupported-layer', /layer "x" \(lstm\).*option peephole = true/, lstm({ peephole: true }))
  refuse('unsupported-layer', /layer "x" \(lstm\).*activation "tanhh"/, lstm({ activation: 'tanhh' }))
  refuse('shape', /layer "x": weight kernel must be \[\?, 12\], .*"kernel" \[3, 8\]/, lstm({ units: 3 }))
  refuse('shape', /weight bias is missing/, lstm({}, gates(2, 3, 4).slice(0, 2)))
  refuse('shape', /1 weights are left over: "bias" \[8\]/, lstm({ useBias: false }))
  refuse('option', /layer "x" \(dense\): units must be a number, got "4"/, {
    layer: 'dense',
    name: 'x',
    options: { units: '4' },
  })
  const cell = { cell: 'mine', options: {} }
  refuse('unsupported-layer', /cell "mine"/, { layer: 'rnn', name: 'x', options: { cell } })
  const unbuilt = sequential([null, 3], lstm({}))
  const { batchShape: _, ...config } = unbuilt.config
  assert.throws(() => toOnnx({ ...unbuilt, config }), { code: 'not-built' })
  const foreign = { layer: 'other', arrays: [] }
  assert.throws(() => toOnnx({ ...unbuilt, weights: [...unbuilt.weights, foreign] }), {
    code: 'shape',
    message: /"other"/,
  })
})
