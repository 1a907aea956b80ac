// Training and prediction of tasks beside comparable systems, in tokens a second, interleaved:
//   node bench/tasks.mjs --texts reviews.tsv --sentences eng.train --vectors glove.txt.gz [--keras PYTHON] [--flair PYTHON]
//     [--only classification|tagging] [--backends tensorflow,jax,torch] [--threads 1,2] [--rounds 3] [--seconds 1]
//     [--name tasks] [--wait] [--smoke]
// Python is that of `pip install keras tensorflow` and of `pip install flair`; without one only Reprise is measured. Results of a
// cell replace those of the same name that stand in bench/results/NAME.json. --wait: once all
// systems of a part are ready, waits for a line of standard input, so that one can make the machine quiet first. --smoke: tiny invented data, one round, nothing written.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { loadEngine } from '../dist/engine/load.js'
import { PeerProcess, stopAll } from './peers/process.mjs'
import { commit, machine } from './report/machine.mjs'
import { classification, tagging } from './tasks/data.mjs'
import { defaultClassifier, plainNetwork, tagger } from './tasks/reprise.mjs'
import { asMarkdown } from './tasks/table.mjs'

const { values } = parseArgs({
  options: {
    texts: { type: 'string' },
    sentences: { type: 'string' },
    vectors: { type: 'string' },
    keras: { type: 'string' },
    flair: { type: 'string' },
    backends: { type: 'string', default: 'tensorflow' },
    only: { type: 'string', default: 'classification,tagging' },
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    name: { type: 'string', default: 'tasks' },
    'number-of-texts': { type: 'string', default: '640' },
    'number-of-sentences': { type: 'string', default: '1000' },
    wait: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
  },
})
const { smoke } = values
const lines = values.wait ? createInterface({ input: process.stdin })[Symbol.asyncIterator]() : undefined
const rounds = smoke ? 1 : Number(values.rounds)
const seconds = smoke ? 0 : Number(values.seconds)
const root = join(import.meta.dirname, '..')
const program = (name) => join(root, 'conformance/peers', name)

/** Embedding, bidirectional LSTM, maximum and mean over the states, one probability: what `train classifier` makes of IMDB, less its further inputs. */
const reviews = {
  texts: Number(values['number-of-texts']),
  time: 160,
  vocabulary: 30_000,
  embedding: 64,
  units: 64,
  batch: 64,
  passes: 2,
}
/** What both taggers are: vectors that stay as they are, letters by an LSTM, a bidirectional LSTM, a CRF. */
const names = {
  sentences: Number(values['number-of-sentences']),
  kind: 'spans',
  crf: true,
  units: 150,
  batch: 32,
  characterEmbedding: 25,
  characterUnits: 25,
  passes: 4,
}
if (smoke) {
  Object.assign(reviews, { texts: 16, time: 20, vocabulary: 50, embedding: 4, units: 4, batch: 8, passes: 1 })
  Object.assign(names, { sentences: 20, units: 4, passes: 1 })
}
/** Options of Reprise's tagger that make it the network of the peer. */
const alike = (vectors) => ({
  ...{ units: names.units, batch: names.batch, optimizer: 'sgd', affixes: 0, casing: 0, embedding: 1 },
  ...{
    characters: 'lstm',
    characterEmbedding: names.characterEmbedding,
    characterUnits: 2 * names.characterUnits,
  },
  ...(vectors && { vectorTraining: 'fixed' }),
})

/** A system whose process answers lines; both kinds of work are one process each, so that neither waits for the other's memory. */
async function peerSystem(name, command, request) {
  const open = {}
  let version
  for (const what of ['train', 'predict']) {
    const peer = new PeerProcess(command)
    version = await peer.ready(300)
    console.error(`${name} is ready to ${what}`)
    await peer.ask({ do: 'prepare', what, ...request }, 300)
    open[what] = () => peer.ask({ do: 'measure', seconds }, 300)
  }
  return { name, kind: 'peer', version, ...open, dispose() {} }
}

const repeat = (work) => async () => {
  const sum = { tokens: 0, seconds: 0 }
  do {
    const { tokens, seconds } = await work()
    sum.tokens += tokens
    sum.seconds += seconds
  } while (sum.seconds < seconds)
  return sum
}
const ours = (name, { train, predict, dispose }) => ({
  name,
  kind: 'engine',
  train: repeat(train),
  predict: repeat(predict),
  dispose,
})

async function classifiers(engine, threads, folder) {
  const data = await classification(values.texts, reviews, folder)
  const systems = [
    ours('Reprise, the same network', await plainNetwork(engine, reviews, data)),
    ours('Reprise, train classifier', await defaultClassifier(engine, reviews, data)),
  ]
  for (const backend of values.keras ? values.backends.split(',') : []) {
    const environment = { KERAS_BACKEND: backend, OMP_NUM_THREADS: String(threads) }
    if (backend === 'jax') environment.XLA_FLAGS = threads === 1 ? '--xla_cpu_multi_thread_eigen=false' : ''
    const command = {
      command: values.keras,
      args: [program('keras_classifier.py'), String(threads)],
      env: environment,
    }
    systems.push(await peerSystem(`Keras on ${backend}`, command, { sizes: reviews, ...data.files }))
  }
  return systems
}

async function taggers(engine, threads, folder) {
  const data = await tagging(values.sentences, values.vectors, names, folder)
  const chosen = smoke ? { units: 4, batch: 8 } : { units: 150, batch: 16 } // what `train tagger` chooses for the whole of CoNLL-2003
  const systems = [
    ours('Reprise, the same network', await tagger(engine, names, data, alike(data.vectors))),
    ours('Reprise, train tagger', await tagger(engine, names, data, chosen)),
  ]
  if (values.flair) {
    const environment = { OMP_NUM_THREADS: String(threads) }
    const command = {
      command: values.flair,
      args: [program('flair_tagger.py'), String(threads)],
      env: environment,
    }
    systems.push(await peerSystem('Flair', command, { sizes: names, ...data.files }))
  }
  return systems
}

const tasks = { classification: classifiers, tagging: taggers }
const folder = mkdtempSync(join(tmpdir(), 'reprise-tasks-'))
const path = join(root, 'bench/results', `${values.name}.json`)
const report = smoke || !existsSync(path) ? { results: [] } : JSON.parse(readFileSync(path, 'utf8'))
Object.assign(report, { date: new Date().toISOString(), commit: commit(root), machine: machine() })

/** Puts a cell into the report, instead of an older one. */
function keep(cell, samples) {
  const sorted = samples.map(({ tokens, seconds }) => Math.round(tokens / seconds)).sort((a, b) => a - b)
  const tokensPerSecond = {
    median: sorted[sorted.length >> 1],
    min: sorted[0],
    max: sorted.at(-1),
    samples: sorted,
  }
  const same = (other) => ['task', 'what', 'system', 'threads'].every((key) => other[key] === cell[key])
  report.results = [...report.results.filter((other) => !same(other)), { ...cell, tokensPerSecond }]
}

/** Files are written after each round: an interrupted run keeps what it has. */
function write() {
  if (!smoke) {
    mkdirSync(join(root, 'bench/results'), { recursive: true })
    writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`)
    writeFileSync(path.replace(/json$/, 'md'), asMarkdown(report))
  }
}

try {
  for (const task of values.only.split(',')) {
    for (const threads of values.threads.split(',').map(Number)) {
      const engine = await loadEngine({ threads })
      const systems = await tasks[task](engine, threads, folder)
      if (values.wait) {
        console.error(`${task}, ${threads} threads: ready, press return to measure`)
        await lines.next()
      }
      const samples = new Map()
      for (let round = 0; round < rounds; round++) {
        for (let k = 0; k < systems.length; k++) {
          const system = systems[(k + round) % systems.length]
          for (const what of ['train', 'predict']) {
            const key = `${what} ${system.name}`
            samples.set(key, [...(samples.get(key) ?? []), await system[what]()])
            const { name, kind, version } = system
            const load = Number(loadavg()[0].toFixed(1))
            keep(
              { task, what, system: name, kind, threads, ...(version && { version }), load },
              samples.get(key),
            )
          }
        }
        write()
        console.error(`${task}, ${threads} threads: round ${round + 1} of ${rounds}`)
      }
      for (const { dispose } of systems) dispose()
      stopAll()
      engine.dispose()
    }
  }
} finally {
  stopAll()
  rmSync(folder, { recursive: true, force: true })
}
console.log(asMarkdown(report))
