// Time of a training step by size of the vocabulary and kind of output, as a table:
//   node bench/vocabulary.mjs [--vocabularies 10000,50000,250000] [--outputs full,adaptive,sampled] [--threads 1,2]
//     [--units 200] [--optimizer adam] [--updates touched,all] [--cutoffs 2000,10000] [--seconds 3]
// An LSTM language model, batch 20 × 35, words drawn from Zipf's law. The fastest of the steps of each case counts, in rounds
// over all cases; where others use the machine, look at the processor time of one thread.
import { parseArgs } from 'node:util'
import { loadEngine } from '../dist/engine/load.js'
import { Session } from '../dist/graph/index.js'
import { RandomStream } from '../dist/random.js'
import { chooseSettings } from '../dist/tasks/language-model/choose.js'
import { LanguageNetwork } from '../dist/tasks/language-model/network.js'
import { makeOptimizer } from '../dist/tasks/language-model/train.js'
import { LanguageTrainingModel } from '../dist/tasks/language-model/training-model.js'

const { values } = parseArgs({
  options: {
    vocabularies: { type: 'string', default: '10000,50000,250000' },
    outputs: { type: 'string', default: 'full,adaptive,sampled' },
    updates: { type: 'string', default: 'touched' },
    threads: { type: 'string', default: '1,2' },
    units: { type: 'string', default: '200' },
    optimizer: { type: 'string', default: 'adam' },
    cutoffs: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '2' },
  },
})
const list = (text) => text.split(',')
const [N, T] = [20, 35]

/** Words from P(k) ∝ (k + 2.7)^−1.15 (Zipf and Mandelbrot): a quarter of them beyond rank 2000, as in English text. */
function words(vocabulary, count, name) {
  const random = new RandomStream(1, name)
  const power = (k) => (k + 2.7) ** -0.15
  const [low, high] = [power(vocabulary), power(0)]
  return Int32Array.from({ length: count }, () => {
    const k = (low + (high - low) * random.uniform()) ** (-1 / 0.15) - 2.7
    return Math.min(vocabulary - 1, Math.max(0, Math.floor(k)))
  })
}

async function measure(engine, vocabulary, softmax, tableUpdates) {
  const settings = chooseSettings(
    {
      unit: 'word',
      layers: 1,
      units: Number(values.units),
      embedding: Number(values.units),
      batch: N,
      bptt: T,
      dropout: 0,
      optimizer: values.optimizer,
      softmax,
      tableUpdates,
      ...(softmax === 'adaptive' && values.cutoffs && { cutoffs: values.cutoffs }),
    },
    { tokens: 1e7, vocabulary },
  )
  const network = new LanguageNetwork(settings, vocabulary)
  const session = new Session(engine, network.parameters)
  for (const parameter of network.parameters) {
    // Drawn quickly: large tables take seconds otherwise.
    const block = Float32Array.from({ length: 4096 }, (_, k) => 0.1 * Math.sin(k * 1.7))
    const own = new Float32Array(parameter.size)
    for (let at = 0; at < own.length; at += 4096) own.set(block.subarray(0, own.length - at), at)
    session.writeParameter(parameter, own)
  }
  const training = new LanguageTrainingModel(session, network, settings)
  const optimizer = makeOptimizer(settings)
  const step = async (index) => {
    const tokens = words(vocabulary, N * T, `inputs ${index}`)
    const batch = {
      inputs: tokens,
      targets: words(vocabulary, N * T, `targets ${index}`),
      resets: new Uint8Array(N),
      predicted: N * T,
    }
    session.writeState('rng', Uint32Array.of(1, 0, index, 0))
    session.writeState('optimizer/hyper', optimizer.hyperparameters(index, 0.001))
    const program = training.prepare(batch, optimizer)
    const [begin, before] = [performance.now(), process.cpuUsage()]
    await program.run()
    const { user, system } = process.cpuUsage(before)
    return { wall: performance.now() - begin, cpu: (user + system) / 1000 }
  }
  // The system gives memory when it is first touched; rows that few steps touch would look slow for long.
  await step(0)
  for (const { name, count } of session.stateNames()) {
    if (name.startsWith('optimizer/')) session.writeState(name, new Float32Array(count))
  }
  const times = []
  const end = performance.now() + 1000 * Number(values.seconds)
  for (let index = 1; index < 5 || (performance.now() < end && index < 200); index++)
    times.push(await step(index))
  const { arena, gradients, state, parameters } = training.memory()
  session.dispose()
  const least = (what) => Math.min(...times.slice(1).map((time) => time[what]))
  return { fastest: least('wall'), cpu: least('cpu'), bytes: { arena, gradients, state, parameters } }
}

const results = new Map()
for (let round = 0; round < Number(values.rounds); round++) {
  for (const threads of list(values.threads).map(Number)) {
    const engine = await loadEngine({ threads })
    for (const vocabulary of list(values.vocabularies).map(Number)) {
      for (const softmax of list(values.outputs)) {
        for (const updates of list(values.updates)) {
          const key = JSON.stringify([softmax, updates, threads, vocabulary])
          const now = await measure(engine, vocabulary, softmax, updates)
          const before = results.get(key)
          if (!before || now.fastest < before.fastest) results.set(key, now)
        }
      }
    }
    engine.dispose()
  }
}
for (const [key, { fastest, cpu, bytes }] of results) {
  const [softmax, updates, threads, vocabulary] = JSON.parse(key)
  const megabytes = Object.entries(bytes).map(([name, size]) => `${name} ${Math.round(size / 1e6)}`)
  console.log(
    `${softmax.padEnd(8)} ${updates.padEnd(7)} ${threads} threads, ${String(vocabulary).padStart(6)} words: ${fastest.toFixed(1).padStart(7)} ms, ${cpu.toFixed(1).padStart(7)} ms of processor time   MB: ${megabytes.join(', ')}`,
  )
}
