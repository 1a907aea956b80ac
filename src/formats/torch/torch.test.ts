import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { createReferenceEngine } from '../../engine/reference/reference-engine.js'
import { assignWeights, modelFromConfig } from '../../models/model-from-config.js'
import { NdArray } from '../../nd-array.js'
import { assertClose, fromGolden, type GoldenArray, goldenLines, goldenUrl } from '../../testing/golden.js'
import { type TensorToWrite, writeSafetensors } from '../safetensors.js'
import { describeModule, readTorch, type TorchOptions, torchDescription } from './index.js'

interface GoldenModule {
  readonly prefix: string
  readonly type: string
  readonly inputSize?: number
  readonly hiddenSize?: number
  readonly layers?: number
  readonly bidirectional?: boolean
  readonly bias?: boolean
  readonly batchFirst?: boolean
  readonly nonlinearity?: 'tanh' | 'relu'
}

interface GoldenNetwork {
  readonly file: string
  readonly modules: readonly GoldenModule[]
  readonly inputs: readonly [GoldenArray]
  readonly outputs: readonly [GoldenArray]
}

const engine = createReferenceEngine()

describe('state dicts that PyTorch wrote', () => {
  for (const { file, modules, inputs, outputs } of goldenLines<GoldenNetwork>('torch.jsonl')) {
    test(file, async () => {
      const read = readTorch(readFileSync(goldenUrl(file)), file)
      assert.deepEqual(read.unmatched, [])
      for (const { prefix, type, inputSize, hiddenSize, layers, bidirectional, bias } of modules) {
        const found = read.modules.find((module) => module.prefix === prefix)!
        assert.ok(found.type === type || found.type === 'Linear or Embedding', `${prefix} is ${found.type}`)
        if (!('layers' in found)) continue
        const { layers: own, ...rest } = found
        assert.deepEqual(
          { ...rest, layers: own.length },
          { type, prefix, inputSize, hiddenSize, bidirectional, bias, layers },
        )
      }
      const nonlinearity = modules.find((module) => module.nonlinearity)?.nonlinearity
      const { description, report } = torchDescription(read, { ...(nonlinearity && { nonlinearity }) })
      const stacked = modules.reduce((sum, { layers = 1 }) => sum + layers, 0)
      assert.equal(report.layers.length, stacked)
      const model = modelFromConfig(description.config, { engine })
      assert.ok(model.isBuilt)
      assignWeights(model, description.weights)
      const timeFirst = modules.some(({ batchFirst }) => batchFirst === false)
      const swap = (x: NdArray) => (timeFirst ? swapped(x) : x)
      const y = (await model.predict(swap(fromGolden(inputs[0])))) as NdArray
      assertClose(swap(y), fromGolden(outputs[0]), 1e-5, file)
    })
  }
})

/** [T, N, …] ↔ [N, T, …]. */
function swapped(x: NdArray): NdArray {
  const [a, b, c] = x.shape as [number, number, number]
  const data = Float32Array.from({ length: x.size }, (_, k) => {
    const [j, i] = [Math.floor(k / (a * c)), Math.floor(k / c) % a]
    return x.data[(i * b + j) * c + (k % c)]!
  })
  return new NdArray(data, [b, a, c])
}

/** A file with tensors of these shapes, all values distinct. */
function file(
  shapes: Readonly<Record<string, readonly number[]>>,
  dtype?: 'F64' | 'F16' | 'I64',
): Uint8Array {
  let next = 0
  const tensors = Object.entries(shapes).map(([key, shape]): [string, TensorToWrite] => {
    const length = shape.reduce((product, size) => product * size, 1)
    const numbers = Array.from({ length }, () => ++next)
    if (dtype === 'F64') return [key, { shape, values: Float64Array.from(numbers) }]
    if (dtype === 'I64') return [key, { shape, values: BigInt64Array.from(numbers, BigInt) }]
    // 1024 … 2047 stand in steps of one in half precision.
    if (dtype === 'F16') return [key, { shape, dtype, values: Uint16Array.from(numbers, (k) => 0x6400 + k) }]
    return [key, { shape, values: Float32Array.from(numbers) }]
  })
  return writeSafetensors(new Map(tensors))
}

const lstm = (prefix: string, features: number, units: number) => ({
  [`${prefix}.weight_ih_l0`]: [4 * units, features],
  [`${prefix}.weight_hh_l0`]: [4 * units, units],
  [`${prefix}.bias_ih_l0`]: [4 * units],
  [`${prefix}.bias_hh_l0`]: [4 * units],
})
const linear = (prefix: string, features: number, units: number) => ({
  [`${prefix}.weight`]: [units, features],
  [`${prefix}.bias`]: [units],
})

const describeFile = (shapes: Readonly<Record<string, readonly number[]>>, options?: TorchOptions) =>
  torchDescription(readTorch(file(shapes)), options)

test('a GRU: r, z, n become z, r, h; matrices are transposed; both biases stay', () => {
  const shapes = { weight_ih_l0: [3, 2], weight_hh_l0: [3, 1], bias_ih_l0: [3], bias_hh_l0: [3] }
  const { weights, config } = describeFile(shapes).description
  const [kernel, recurrentKernel, bias] = weights[0]!.arrays
  assert.deepEqual(config.layers[0]!.name, 'gru')
  // weight_ih holds 1 … 6 row by row, weight_hh 7 … 9, the biases 10 … 15.
  assert.deepEqual(
    [kernel!.shape, [...kernel!.data]],
    [
      [2, 3],
      [3, 1, 5, 4, 2, 6],
    ],
  )
  assert.deepEqual(
    [recurrentKernel!.shape, [...recurrentKernel!.data]],
    [
      [1, 3],
      [8, 7, 9],
    ],
  )
  assert.deepEqual(
    [bias!.shape, [...bias!.data]],
    [
      [2, 3],
      [11, 10, 12, 14, 13, 15],
    ],
  )
})

test('half and double precision become float32', () => {
  const shapes = { 'fc.weight': [2, 3], 'fc.bias': [2] }
  const weightsOf = (dtype: 'F64' | 'F16') =>
    torchDescription(readTorch(file(shapes, dtype))).description.weights[0]!.arrays.map(({ data }) => [
      ...data,
    ])
  assert.deepEqual(weightsOf('F64'), [
    [1, 4, 2, 5, 3, 6],
    [7, 8],
  ])
  assert.deepEqual(weightsOf('F16'), [
    [1025, 1028, 1026, 1029, 1027, 1030],
    [1031, 1032],
  ])
})

test('names and sizes decide the order; an embedding is told from a linear layer by its place', () => {
  const shapes = {
    ...linear('head', 6, 3),
    ...lstm('rnn', 4, 6),
    'tokens.weight': [9, 4],
    'norm.weight': [6],
    'norm.bias': [6],
  }
  const free = describeFile(shapes).description.config.layers
  const order = ['tokens', 'rnn', 'norm', 'head']
  assert.deepEqual(
    free.map(({ name }) => name),
    order,
  )
  const { description, report } = describeFile(shapes, {
    order,
    activations: { head: 'softmax' },
    returnSequences: false,
  })
  assert.deepEqual(
    description.config.layers.map(({ layer, name }) => `${layer} ${name}`),
    ['embedding tokens', 'lstm rnn', 'layerNormalization norm', 'dense head'],
  )
  assert.deepEqual([description.config.batchShape, description.config.dtype], [[null, null], 'int32'])
  assert.equal(description.config.layers[1]!.options.returnSequences, false)
  assert.equal(description.config.layers[3]!.options.activation, 'softmax')
  assert.match(report.notes.join('\n'), /tokens: .* taken as Embedding/)
  assert.match(report.notes.join('\n'), /norm: .*epsilon 1e-5/)
})

test('modules numbered under one parent keep their order, by number', () => {
  const shapes = { ...linear('net.10', 4, 4), ...linear('net.2', 4, 4), ...linear('net.0', 4, 4) }
  const { config } = describeFile(shapes).description
  assert.deepEqual(
    config.layers.map(({ name }) => name),
    ['net_0', 'net_2', 'net_10'],
  )
  assert.deepEqual(config.batchShape, [null, 4])
})

test('what is not clear or not known is refused with what to do', () => {
  const two = { ...linear('a', 4, 4), ...linear('b', 4, 4) }
  assert.throws(() => describeFile(two), {
    code: 'ambiguous-order',
    message: /more than one order \(a: Linear 4 → 4; b: .*`order`, such as \["a", "b"\]/,
  })
  assert.doesNotThrow(() => describeFile(two, { order: ['b', 'a'] }))
  assert.throws(() => describeFile(two, { order: ['b', 'aa'] }), {
    code: 'unknown-name',
    message: /Did you mean "a"/,
  })
  assert.throws(() => describeFile({ ...linear('a', 4, 3), ...linear('b', 4, 3) }), {
    code: 'ambiguous-order',
    message: /fit in no order/,
  })
  const twins = { ...linear('a', 4, 3), ...linear('b', 4, 3) }
  assert.throws(() => describeFile(twins, { order: ['a', 'b'] }), {
    code: 'ambiguous-order',
    message: /does not fit/,
  })
  assert.deepEqual(describeFile(twins, { order: ['a'] }).report.ignored, ['b: Linear 4 → 3'])
  assert.throws(() => describeFile(linear('a', 4, 3), { activations: { b: 'relu' } }), { code: 'option' })
  const conv = { ...linear('a', 4, 3), 'conv.weight': [8, 4, 3], 'conv.bias': [8] }
  assert.deepEqual(readTorch(file(conv)).unmatched, ['conv.bias [8]', 'conv.weight [8, 4, 3]'])
  assert.throws(() => describeFile(conv), {
    code: 'unsupported-layer',
    message: /conv\.bias \[8\], conv\.weight \[8, 4, 3\]/,
  })
  assert.equal(describeFile(conv, { ignoreUnmatched: true }).report.ignored.length, 2)
  assert.deepEqual(readTorch(file(linear('a', 4, 3), 'I64')).modules, [])
})

test('projections and contradictions are refused by name', () => {
  const projected = { ...lstm('rnn', 4, 6), 'rnn.weight_hr_l0': [2, 6] }
  assert.throws(() => readTorch(file(projected)), {
    code: 'unsupported-layer',
    message: /"rnn\.weight_hr_l0".*proj_size/,
  })
  const { 'rnn.bias_hh_l0': _, ...halved } = lstm('rnn', 4, 6)
  assert.throws(() => readTorch(file(halved)), { code: 'bad-file', message: /module "rnn"/ })
  const wrong = { ...lstm('rnn', 4, 6), 'rnn.bias_hh_l0': [23] }
  assert.throws(() => readTorch(file(wrong)), {
    code: 'bad-file',
    message: /bias_hh must be \[24\], and is \[23\]/,
  })
  const odd = { 'rnn.weight_ih_l0': [12, 4], 'rnn.weight_hh_l0': [12, 6] }
  assert.throws(() => readTorch(file(odd)), { code: 'bad-file', message: /no RNN, GRU or LSTM/ })
  assert.throws(() => readTorch(file({ 'rnn.weight_hh_l0': [24, 6] })), { code: 'bad-file' })
  assert.throws(() => readTorch(new TextEncoder().encode('PK\u0003\u0004 a pickle')), { code: 'not-a-model' })
})

test('modules are described in a line', () => {
  const shapes = {
    ...lstm('rnn', 4, 6),
    'rnn.weight_ih_l0_reverse': [24, 4],
    'rnn.weight_hh_l0_reverse': [24, 6],
    'rnn.bias_ih_l0_reverse': [24],
    'rnn.bias_hh_l0_reverse': [24],
  }
  assert.deepEqual(readTorch(file(shapes)).modules.map(describeModule), ['rnn: LSTM 4 → 12, bidirectional'])
})
