import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createReferenceEngine } from '../engine/reference/reference-engine.js'
import * as layers from '../layers/index.js'
import { NdArray } from '../nd-array.js'
import { RandomStream } from '../random.js'
import { input, loadModel, model } from './index.js'

const engine = createReferenceEngine()
const [N, T, L] = [32, 6, 3]

/**
 * Words 1 and 2 say their label, 0 and 1; word 3 means 2 after label 0 and 1 after others, which the chain alone can know. Rows are
 * 2 … 6 words long, word 0 fills up.
 */
function examples() {
  const random = new RandomStream(3, 'examples')
  const words = new Int32Array(N * T)
  const labels = new Int32Array(N * T)
  for (let n = 0; n < N; n++) {
    const length = 2 + random.integer(T - 1)
    for (let t = 0; t < length; t++) {
      const place = n * T + t
      const word = t === 0 ? 1 + random.integer(2) : 1 + random.integer(3)
      words[place] = word
      labels[place] = word < 3 ? word - 1 : labels[place - 1] === 0 ? 2 : 1
    }
  }
  return { words: new NdArray(words, [N, T]), labels: new NdArray(labels, [N, T]) }
}

function build(options: layers.CrfOptions = {}) {
  const words = input({ shape: [T], dtype: 'int32' })
  const tags = input({ shape: [T], dtype: 'int32' })
  const table = layers.embedding({ inputDim: 4, outputDim: 8, maskZero: true })
  const emissions = layers.dense(L).apply(table.apply(words))
  const crf = layers.crf(options)
  return {
    crf,
    trained: model({ inputs: [words, tags], outputs: crf.apply([emissions, tags]), engine }),
    tagger: model({ inputs: words, outputs: crf.apply(emissions), engine }),
  }
}

test('a functional model of words and tags trains a chain, one of words gives the best tags', async () => {
  const { words, labels } = examples()
  const { trained, tagger } = build()
  trained.compile({ optimizer: { name: 'adam', learningRate: 0.1 } })
  const { history } = await trained.fit([words, labels], undefined, { verbose: 0, batchSize: 8, epochs: 15 })
  assert.ok(history.loss!.at(-1)! < 0.1 * history.loss![0]!, history.loss!.join(' '))

  const best = await tagger.predict(words)
  assert.deepEqual(best.shape, [N, T, L])
  for (let place = 0; place < N * T; place++) {
    const expected = [0, 1, 2].map((l) => Number(words.data[place] !== 0 && l === labels.data[place]))
    assert.deepEqual([...best.data.subarray(place * L, (place + 1) * L)], expected)
  }

  // The loss is −ln p per step that counts.
  const likelihoods = await trained.predict([words, labels])
  assert.deepEqual(likelihoods.shape, [N])
  const { loss } = await trained.evaluate([words, labels], undefined, { verbose: 0, batchSize: N })
  const steps = words.data.reduce((sum, word) => sum + Number(word !== 0), 0)
  const mean = -likelihoods.data.reduce((sum, value) => sum + value, 0) / steps
  assert.ok(Math.abs(loss! - mean) < 1e-6)

  const folder = await mkdtemp(join(tmpdir(), 'reprise-crf-'))
  try {
    const path = join(folder, 'model.safetensors')
    await tagger.save(path)
    const again = await loadModel(path, { engine })
    assert.deepEqual([...(await again.predict(words)).data], [...best.data])
    await assert.rejects(tagger.save(join(folder, 'model.keras')), { code: 'unsupported-layer' })
    again.dispose()
  } finally {
    await rm(folder, { recursive: true })
  }
  trained.dispose()
  tagger.dispose()
})

test('forbidden moves, beginnings and ends are in no chain, trained or not', async () => {
  const forbidden: layers.CrfMove[] = [
    ['start', 1],
    [0, 0],
    [1, 2],
    [2, 'end'],
  ]
  const { words, labels } = examples()
  const { trained, tagger, crf } = build({ forbidden })
  const check = async () => {
    const { data } = await tagger.predict(words)
    for (let n = 0; n < N; n++) {
      const row = [...data.subarray(n * T * L, (n + 1) * T * L)]
      const chain = Array.from({ length: T }, (_, t) => row.slice(t * L, (t + 1) * L).indexOf(1))
      const own = ['start', ...chain.filter((label) => label >= 0), 'end']
      for (const [from, to] of forbidden) {
        const made = own.some((label, k) => label === from && own[k + 1] === to)
        assert.ok(!made, `${own} has ${from} → ${to}`)
      }
    }
  }
  await check()
  trained.compile({ optimizer: { name: 'adam', learningRate: 0.1 } })
  await trained.fit([words, labels], undefined, { verbose: 0, batchSize: 8, epochs: 2 })
  await check()
  const names = crf.weights.map((weight) => crf.weightName(weight))
  assert.deepEqual(names, ['transitions', 'start', 'end', 'forbidden'])
  const [, , , penalties] = crf.getWeights()
  assert.equal(penalties!.data.filter((value) => value === -1e4).length, forbidden.length)
  trained.dispose()
  tagger.dispose()
})

test('a forbidden move between labels there are none of is refused', () => {
  assert.throws(() => build({ forbidden: [[0, 3]] }), {
    code: 'option',
    message: /layer "crf": forbidden move \[0,3\] is none between 3 labels/,
  })
  assert.throws(() => layers.crf({ forbidden: [['end', 0] as unknown as layers.CrfMove] }), {
    code: 'option',
  })
})
