// Runs a course example on the IMDB reviews side by side with real Keras, on the same arrays, in one session:
//   REPRISE_DATA=FOLDER node conformance/imdb.mjs lstm|rnn|bidirectional [--epochs N] [--python PATH] [--seed N] [--only reprise|keras]
// Without --python the environment of `npm run conformance` is used. Prints test accuracy and seconds of both.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { datasets, defaultEngine, layers, padSequences, sequential } from '../dist/index.js'

const here = dirname(fileURLToPath(import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: 'string' },
    python: { type: 'string', default: join(here, '.venv/bin/python') },
    seed: { type: 'string', default: '0' },
    only: { type: 'string' },
  },
})
const recurrent = { dropout: 0.2, recurrentDropout: 0.2 }
const recipes = {
  rnn: {
    length: 500,
    batchSize: 128,
    epochs: 10,
    validationSplit: 0.2,
    optimizer: 'rmsprop',
    layers: () => [layers.embedding(10000, 32), layers.simpleRnn(32)],
  },
  lstm: {
    length: 80,
    batchSize: 32,
    epochs: 1,
    optimizer: 'adam',
    layers: () => [layers.embedding(10000, 128), layers.lstm(128, recurrent)],
  },
  bidirectional: {
    length: 80,
    batchSize: 32,
    epochs: 1,
    optimizer: 'adam',
    layers: () => [layers.embedding(10000, 128), layers.bidirectional(layers.lstm(64, recurrent))],
  },
}
const [name = 'lstm'] = positionals
const recipe = recipes[name]
if (!recipe) throw new Error(`unknown example ${name}; there are ${Object.keys(recipes).join(', ')}`)
const epochs = Number(values.epochs ?? recipe.epochs)

const [[xTrain, yTrain], [xTest, yTest]] = await datasets.imdb.loadData({ numWords: 10000 })
const pad = (rows) => padSequences(rows, { maxlen: recipe.length })
const arrays = { xTrain: pad(xTrain), xTest: pad(xTest) }

async function reprise() {
  const model = sequential([...recipe.layers(), layers.dense(1, { activation: 'sigmoid' })])
  const seed = Number(values.seed)
  model.compile({ optimizer: recipe.optimizer, loss: 'binaryCrossentropy', metrics: ['accuracy'], seed })
  const { batchSize, validationSplit } = recipe
  const began = performance.now()
  await model.fit(arrays.xTrain, yTrain, {
    epochs,
    batchSize,
    verbose: 2,
    ...(validationSplit && { validationSplit }),
  })
  const fitted = performance.now()
  const { accuracy } = await model.evaluate(arrays.xTest, yTest, { batchSize })
  const { info } = await defaultEngine()
  return {
    who: `Reprise (${info.name} ${info.isa}, ${info.threads} threads)`,
    accuracy,
    fitSeconds: (fitted - began) / 1000,
    evaluateSeconds: (performance.now() - fitted) / 1000,
  }
}

async function keras() {
  const folder = await mkdtemp(join(tmpdir(), 'reprise-imdb-'))
  try {
    const files = {
      ...arrays,
      yTrain: { data: Int32Array.from(yTrain) },
      yTest: { data: Int32Array.from(yTest) },
    }
    for (const [file, { data }] of Object.entries(files)) {
      await writeFile(join(folder, `${file}.i32`), Buffer.from(data.buffer, data.byteOffset, data.byteLength))
    }
    const args = [join(here, 'imdb_keras.py'), name, folder, String(epochs), values.seed]
    const { status, stdout } = spawnSync(values.python, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 1 << 26,
    })
    if (status !== 0) throw new Error(`Keras failed:\n${stdout}`)
    return JSON.parse(stdout.trim().split('\n').at(-1))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const results = []
if (values.only !== 'keras') results.push(await reprise())
if (values.only !== 'reprise' && existsSync(values.python)) results.push(await keras())
for (const result of results)
  console.log(JSON.stringify({ example: name, epochs, seed: values.seed, ...result }))
