// ONNX Runtime on models that Reprise writes: the same weights on both sides. Inference alone.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { input, layers, model } from '../../../dist/index.js'
import { classifier } from '../../reprise/classification.mjs'
import { integers, pick, requirePeer, serve, Unsupported, versionOf } from './serve.mjs'

const { InferenceSession, Tensor } = requirePeer('onnxruntime-node')
const threads = Number(process.env.REPRISE_PEER_THREADS ?? 1)

async function open(network) {
  const folder = mkdtempSync(join(tmpdir(), 'reprise-onnx-'))
  try {
    const path = join(folder, 'model.onnx')
    await network.save(path)
    return await InferenceSession.create(path, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One step of the character model: one-hot symbol and states in, probabilities and states out. */
function stepModel({ vocabulary, units, layers: count }) {
  const symbol = input({ shape: [1, vocabulary], name: 'symbol' })
  const states = Array.from({ length: 2 * count }, (_, k) => input({ shape: [units], name: `state_${k}` }))
  let x = symbol
  const finals = []
  for (let k = 0; k < count; k++) {
    const lstm = layers.lstm({ units, returnSequences: k < count - 1, returnState: true })
    const [y, h, c] = lstm.applyAll(x, { initialState: states.slice(2 * k, 2 * k + 2) })
    x = y
    finals.push(h, c)
  }
  const probabilities = layers.dense({ units: vocabulary, activation: 'softmax' }).apply(x)
  return model({ inputs: [symbol, ...states], outputs: [probabilities, ...finals] })
}

async function generation(sizes) {
  const { vocabulary, units, characters } = sizes
  const session = await open(stepModel(sizes))
  const [symbolName, ...stateNames] = session.inputNames
  const [probabilityName, ...finalNames] = session.outputNames
  const chunk = Math.min(200, characters)
  let states = stateNames.map(() => new Tensor('float32', new Float32Array(units), [1, units]))
  let symbol = 0
  return {
    async advance() {
      for (let k = 0; k < chunk; k++) {
        const oneHot = new Float32Array(vocabulary)
        oneHot[symbol] = 1
        const feeds = { [symbolName]: new Tensor('float32', oneHot, [1, 1, vocabulary]) }
        for (const [index, name] of stateNames.entries()) feeds[name] = states[index]
        const results = await session.run(feeds)
        states = finalNames.map((name) => results[name])
        symbol = pick(results[probabilityName].data)
      }
      return chunk / characters
    },
  }
}

async function classification(sizes) {
  const { sequences, time, batch, vocabulary } = sizes
  const session = await open(classifier(sizes))
  const [name] = session.inputNames
  const isLong = session.inputMetadata?.[0]?.type === 'int64'
  const drawn = integers(sequences * time, vocabulary)
  const ids = isLong ? BigInt64Array.from(drawn, BigInt) : drawn
  return {
    async advance() {
      for (let begin = 0; begin < sequences; begin += batch) {
        const rows = Math.min(batch, sequences - begin)
        const part = ids.subarray(begin * time, (begin + rows) * time)
        const results = await session.run({
          [name]: new Tensor(isLong ? 'int64' : 'int32', part, [rows, time]),
        })
        if (!(results[session.outputNames[0]].data[0] >= 0)) throw new Error('no probability came back')
      }
      return 1
    },
  }
}

const makers = { generation, classification }
await serve(versionOf('onnxruntime-node'), (sizes) => {
  const make = makers[sizes.task]
  if (!make) throw new Unsupported('ONNX Runtime for Node does not train')
  return make(sizes)
})
