// Writes models of Reprise as .keras, .h5, .weights.h5 and .onnx files, with inputs and outputs, for real Keras and ONNX Runtime
// to load: node conformance/write_models.mjs FOLDER. See check_files.py.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { input, layers, model, NdArray, random, sequential, setEngine } from '../dist/index.js'

const folder = process.argv[2]
if (!folder) throw new Error('usage: node conformance/write_models.mjs FOLDER')
await mkdir(folder, { recursive: true })
await setEngine({ engine: 'reference' })

const stream = new random.RandomStream(11, 'models')
const draw = (...shape) => {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => stream.uniform(-1, 1))
  return new NdArray(data, shape)
}
const ids = (limit, ...shape) => {
  const data = Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => stream.integer(limit))
  return new NdArray(data, shape)
}
/** Ids with padding on the left, as padSequences gives them, one row padded wholly. */
const padded = (limit, N, T) => {
  const values = ids(limit - 1, N, T)
  for (let n = 0; n < N; n++) {
    for (let t = 0; t < T; t++)
      values.data[n * T + t] = t < (n === N - 1 ? T : n) ? 0 : values.data[n * T + t] + 1
  }
  return values
}

const L = layers
const softmax = { activation: 'softmax' }
/** name → [model, inputs]. */
const models = {
  embedding_lstm: () => [
    sequential([input({ shape: [6], dtype: 'int32' }), L.embedding(9, 4), L.lstm(5), L.dense(3, softmax)]),
    [ids(9, 3, 6)],
  ],
  gru_reset_after: () => [sequential([input({ shape: [null, 3] }), L.gru(4), L.dense(2)]), [draw(3, 5, 3)]],
  gru_reset_before: () => [
    sequential([input({ shape: [null, 3] }), L.gru(4, { resetAfter: false, returnSequences: true })]),
    [draw(3, 5, 3)],
  ],
  simple_rnn_relu: () => [
    sequential([
      input({ shape: [4, 3] }),
      L.simpleRnn(5, { activation: 'relu' }),
      L.dense(1, { activation: 'sigmoid' }),
    ]),
    [draw(2, 4, 3)],
  ],
  backwards: () => [
    sequential([
      input({ shape: [4, 3] }),
      L.lstm(3, { goBackwards: true, returnSequences: true, unitForgetBias: false }),
    ]),
    [draw(2, 4, 3)],
  ],
  activations: () => [
    sequential([
      input({ shape: [4, 3] }),
      L.lstm(3, {
        recurrentActivation: 'hardSigmoid',
        activation: 'softsign',
        useBias: false,
        returnSequences: true,
      }),
      L.gru(2, { activation: 'relu', recurrentActivation: 'sigmoid' }),
    ]),
    [draw(2, 4, 3)],
  ],
  masked: () => [
    sequential([
      input({ shape: [5], dtype: 'int32' }),
      L.embedding(7, 3, { maskZero: true }),
      L.lstm(4, { returnSequences: true }),
      L.gru(3),
      L.dense(2),
    ]),
    [padded(7, 4, 5)],
  ],
  masking: () => {
    const x = draw(3, 5, 2)
    for (const n of [0, 2]) x.data.fill(0, n * 10 + 4, n * 10 + 8)
    return [
      sequential([input({ shape: [5, 2] }), L.masking(), L.simpleRnn(3, { returnSequences: true })]),
      [x],
    ]
  },
  bidirectional: () => [
    sequential([
      input({ shape: [6], dtype: 'int32' }),
      L.embedding(8, 3, { maskZero: true }),
      L.bidirectional(L.lstm(4, { returnSequences: true })),
      L.bidirectional(L.gru(3), { mergeMode: 'sum' }),
      L.dense(2),
    ]),
    [padded(8, 3, 6)],
  ],
  other_backward_layer: () => [
    sequential([
      input({ shape: [4, 2] }),
      L.bidirectional(L.lstm(3), { backwardLayer: L.gru(2, { goBackwards: true }), mergeMode: 'concat' }),
    ]),
    [draw(3, 4, 2)],
  ],
  tagger: () => [
    sequential([
      input({ shape: [5], dtype: 'int32' }),
      L.embedding(6, 3),
      L.spatialDropout1d(0.2),
      L.bidirectional(L.simpleRnn(3, { returnSequences: true })),
      L.timeDistributed(L.dense(4, softmax)),
    ]),
    [ids(6, 2, 5)],
  ],
  stacked_cells: () => [
    sequential([input({ shape: [4, 3] }), L.rnn([L.lstmCell(3), L.gruCell(2)], { returnSequences: true })]),
    [draw(2, 4, 3)],
  ],
  encoder_decoder: () => {
    const [a, b] = [input({ shape: [null, 3], name: 'source' }), input({ shape: [null, 2], name: 'target' })]
    const [, h, c] = L.lstm(4, { returnState: true }).applyAll(a)
    const steps = L.lstm(4, { returnSequences: true }).apply(b, { initialState: [h, c] })
    return [
      model({ inputs: [a, b], outputs: L.dense(5, softmax).apply(steps) }),
      [draw(2, 5, 3), draw(2, 4, 2)],
    ]
  },
  two_inputs_two_outputs: () => {
    const [a, b] = [
      input({ shape: [4], dtype: 'int32', name: 'story' }),
      input({ shape: [3], name: 'facts' }),
    ]
    const text = L.lstm(3).apply(L.embedding(9, 4).apply(a))
    const joined = L.concatenate().apply([text, b])
    const outputs = [
      L.dense(2, { name: 'first' }).apply(joined),
      L.dense(1, { activation: 'sigmoid', name: 'second' }).apply(L.dropout(0.5).apply(joined)),
    ]
    return [model({ inputs: [a, b], outputs }), [ids(9, 3, 4), draw(3, 3)]]
  },
  shared_layer: () => {
    const [a, b] = [input({ shape: [4, 2], name: 'left' }), input({ shape: [4, 2], name: 'right' })]
    const encoder = L.gru(3)
    const both = [encoder.apply(a), encoder.apply(b)]
    const merged = L.concatenate().apply([
      L.multiply().apply(both),
      L.subtract().apply(both),
      L.add().apply(both),
    ])
    return [model({ inputs: [a, b], outputs: L.dense(1).apply(merged) }), [draw(3, 4, 2), draw(3, 4, 2)]]
  },
  nested: () => {
    const inner = sequential([input({ shape: [3] }), L.dense(4, { activation: 'tanh' }), L.dense(2)], {
      name: 'inner',
    })
    const [a, b] = [input({ shape: [3], name: 'one' }), input({ shape: [3], name: 'two' })]
    const average = L.average().apply([inner.apply(a), inner.apply(b)])
    return [model({ inputs: [a, b], outputs: average }), [draw(2, 3), draw(2, 3)]]
  },
  convolution: () => [
    sequential([
      input({ shape: [9, 3] }),
      L.conv1d(4, 3, { activation: 'relu', padding: 'causal', dilationRate: 2 }),
      L.maxPooling1d({ poolSize: 2 }),
      L.conv1d(3, 2),
      L.globalAveragePooling1d(),
    ]),
    [draw(2, 9, 3)],
  ],
  normalization: () => [
    sequential([
      input({ shape: [4, 3] }),
      L.layerNormalization(),
      L.lstm(3, { returnSequences: true }),
      L.batchNormalization(),
      L.globalMaxPooling1d(),
      L.dense(2),
    ]),
    [draw(3, 4, 3)],
  ],
  shapes: () => [
    sequential([
      input({ shape: [6] }),
      L.repeatVector(2),
      L.permute([2, 1]),
      L.reshape([3, 4]),
      L.activation('softplus'),
      L.flatten(),
      L.dense(2, { activation: 'gelu' }),
    ]),
    [draw(2, 6)],
  ],
  attention: () => {
    const [q, v] = [input({ shape: [4, 3], name: 'query' }), input({ shape: [5, 3], name: 'value' })]
    const outputs = [
      L.attention({ useScale: true }).apply([q, v]),
      L.additiveAttention().apply([q, v]),
      L.multiHeadAttention({ numHeads: 2, keyDim: 3 }).apply([q, v]),
    ]
    return [model({ inputs: [q, v], outputs }), [draw(2, 4, 3), draw(2, 5, 3)]]
  },
  dot: () => {
    const [a, b] = [input({ shape: [4, 3], name: 'a' }), input({ shape: [5, 3], name: 'b' })]
    return [
      model({ inputs: [a, b], outputs: L.dot({ axes: 2, normalize: true }).apply([a, b]) }),
      [draw(2, 4, 3), draw(2, 5, 3)],
    ]
  },
  stateful: () => [
    sequential([input({ batchShape: [2, 4, 3] }), L.gru(3, { stateful: true }), L.dense(2)]),
    [draw(2, 4, 3)],
  ],
  regularized: () => [
    sequential([
      input({ shape: [4, 3] }),
      L.lstm(3, {
        kernelRegularizer: { name: 'l1l2', l1: 0.01, l2: 0.02 },
        recurrentConstraint: { name: 'maxNorm', maxValue: 2 },
        kernelInitializer: 'heNormal',
        biasRegularizer: 'l2',
      }),
      L.dense(1),
    ]),
    [draw(2, 4, 3)],
  ],
  character_model: () => [
    sequential([L.lstm(8, { inputShape: [10, 6] }), L.dense(6, softmax)]),
    [draw(2, 10, 6)],
  ],
}

const packed = ({ data, shape }) => ({
  shape,
  dtype: data instanceof Int32Array ? 'int32' : 'float32',
  data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
})

const lines = []
const failures = []
for (const [name, make] of Object.entries(models)) {
  const [own, inputs] = make()
  own.setWeights(
    own.weights.map(({ name: weight, shape }) => {
      const values = draw(...shape)
      return /variance/i.test(weight)
        ? new NdArray(
            values.data.map((v) => 1.5 + v),
            shape,
          )
        : values
    }),
  )
  if (name === 'embedding_lstm')
    own.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  if (name === 'simple_rnn_relu')
    own.compile({ optimizer: 'rmsprop', loss: 'binaryCrossentropy', metrics: ['acc'] })
  const outputs = await own.predictAll(inputs.length === 1 ? inputs[0] : inputs)
  const endings = ['.keras', '.onnx', ...(lines.length % 3 === 0 ? ['.h5'] : [])]
  for (const ending of endings) {
    const file = name + ending
    try {
      await own.save(join(folder, file))
    } catch (error) {
      failures.push(`${file}: ${error.message}`)
      continue
    }
    lines.push({
      file,
      inputs: inputs.map(packed),
      outputs: outputs.map(packed),
      compiled: own.isCompiled,
      inputNames: own.inputNames,
    })
  }
  own.dispose()
}
await writeFile(join(folder, 'index.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
console.log(`${lines.length} files of ${Object.keys(models).length} models written to ${folder}`)
for (const failure of failures) console.log(`not written: ${failure}`)
