// Wrote golden/tfjs-4.22/, models saved by TensorFlow.js itself, once: node conformance/tfjs_written.mjs FOLDER, where FOLDER
// has @tensorflow/tfjs 4.22.0 in its node_modules. Weights are drawn by TensorFlow.js; it computes the outputs too.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const tf = createRequire(join(resolve(process.argv[2] ?? '.'), 'index.js'))('@tensorflow/tfjs')
const golden = join(import.meta.dirname, 'golden')
const place = 'tfjs-4.22'

/** A tensor as the golden files have arrays. */
function array(tensor, dtype) {
  const numbers = tensor.dataSync()
  const bytes = dtype === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers)
  return { shape: tensor.shape, dtype, data: Buffer.from(bytes.buffer).toString('base64') }
}

/** Saves a model with new weights; `dtypes` are those of its inputs. */
async function save(name, model, inputs, dtypes, note) {
  const draw = (weight, index) => tf.randomUniform(weight.shape, -1, 1, 'float32', index + 1)
  model.setWeights(model.getWeights().map(draw))
  const folder = join(golden, place, name)
  mkdirSync(folder, { recursive: true })
  await model.save({
    async save({ format, generatedBy, convertedBy, modelTopology, trainingConfig, weightSpecs, weightData }) {
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }]
      const training = trainingConfig ? { trainingConfig } : {}
      const file = { format, generatedBy, convertedBy, modelTopology, ...training, weightsManifest }
      writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...file, convertedBy: convertedBy ?? null }))
      writeFileSync(join(folder, 'weights.bin'), Buffer.from(weightData))
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    },
  })
  const outputs = [model.predict(inputs.length > 1 ? inputs : inputs[0])].flat()
  return {
    file: `${place}/${name}/model.json`,
    note: `TensorFlow.js ${tf.version.tfjs}: ${note}`,
    inputs: inputs.map((x, index) => array(x, dtypes[index])),
    outputs: outputs.map((y) => array(y, 'float32')),
  }
}

const { layers } = tf
const classifier = tf.sequential({
  layers: [
    layers.embedding({ inputDim: 8, outputDim: 3, maskZero: true, inputLength: 4 }),
    layers.bidirectional({ layer: layers.lstm({ units: 2, returnSequences: true }), mergeMode: 'concat' }),
    layers.gru({ units: 3, dropout: 0.2 }),
    layers.dense({ units: 2, activation: 'softmax' }),
  ],
})
classifier.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
const ids = tf.tensor2d([
  [1, 3, 2, 7],
  [5, 4, 0, 0],
  [6, 0, 0, 0],
])

const series = tf.input({ shape: [4, 2], name: 'series' })
const numbers = tf.input({ shape: [3] })
const steps = layers.simpleRNN({ units: 3, activation: 'relu', returnSequences: true }).apply(series)
const mean = layers.globalAveragePooling1d({}).apply(steps)
const joined = layers
  .concatenate()
  .apply([mean, layers.dense({ units: 2, activation: 'tanh' }).apply(numbers)])
const score = layers.dense({ units: 2, useBias: false }).apply(joined)
const functional = tf.model({ inputs: [series, numbers], outputs: score })
const draws = [
  tf.randomUniform([2, 4, 2], -1, 1, 'float32', 7),
  tf.randomUniform([2, 3], -1, 1, 'float32', 8),
]

const records = [
  await save('classifier', classifier, [ids], ['int32'], 'mask, bidirectional LSTM, GRU; compiled'),
  await save('functional', functional, draws, ['float32', 'float32'], 'functional with two inputs'),
]
const list = join(golden, 'models.jsonl')
const others = readFileSync(list, 'utf8')
  .split('\n')
  .filter((line) => line && !JSON.parse(line).file.startsWith(`${place}/`))
const own = records.map((record) => JSON.stringify(record))
const fileOf = (line) => JSON.parse(line).file
const byFile = (a, b) => (fileOf(a) < fileOf(b) ? -1 : 1)
writeFileSync(
  list,
  [...others, ...own]
    .sort(byFile)
    .map((line) => `${line}\n`)
    .join(''),
)
