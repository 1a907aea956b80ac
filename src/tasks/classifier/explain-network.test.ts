import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReferenceEngine } from '../../engine/reference/reference-engine.js'
import { operations, Session } from '../../graph/index.js'
import { RandomStream } from '../../random.js'
import { passageContributions, selectorOf } from './explain-network.js'
import { joinExplanations, strongestWords } from './explanation.js'
import { ClassifierNetwork, type NetworkSettings } from './network.js'
import { declareInputs, roundedLength, TextBatch } from './text-batch.js'
import { subwordsPerWord } from './text-features.js'

const base: NetworkSettings = {
  cell: 'lstm',
  bidirectional: true,
  layers: 2,
  units: 3,
  embedding: 4,
  pairEmbedding: 2,
  pooling: 'max,mean,last,attention,embeddings',
  embeddingDropout: 0.5,
  dropout: 0.5,
  recurrentDropout: 0,
  caseInput: false,
  subwords: 0,
  seed: 3,
}

const steps = 5
const labels = 3

function passageOf(network: ClassifierNetwork) {
  const random = new RandomStream(2, 'text')
  const ids = (below: number) => Int32Array.from({ length: steps }, () => random.integer(below))
  const text = {
    words: ids(6),
    ...(network.pairEmbedding && { pairs: ids(4) }),
    ...(network.caseEmbedding && { cases: Uint8Array.from(ids(5)) }),
    ...(network.subwordEmbedding && {
      subwords: Int32Array.from({ length: steps * subwordsPerWord }, () => random.integer(8) - 1),
    }),
    left: 0,
    unknown: 0,
  }
  return { text, begin: 0, end: steps }
}

/** Makes a session with weights large enough for the network to bend. */
function sessionOf(network: ClassifierNetwork): Session {
  const session = new Session(createReferenceEngine(), network.parameters)
  const random = new RandomStream(4, 'weights')
  for (const parameter of network.parameters)
    session.writeParameter(
      parameter,
      Float32Array.from({ length: parameter.size }, () => 0.7 * random.normal()),
    )
  return session
}

for (const options of [{}, { cell: 'gru', caseInput: true, subwords: 8 }] as const) {
  test(`contributions are the slopes along each step's features: ${JSON.stringify(options)}`, async () => {
    const network = new ClassifierNetwork({ ...base, ...options }, { words: 6, pairs: 0, labels })
    const session = sessionOf(network)
    const passage = passageOf(network)
    const T = roundedLength(steps)
    const batch = new TextBatch(network, 1, T)
    batch.fill([passage])
    const program = session.program('scaled', (graph) => {
      const inputs = declareInputs(graph, network, 1, T)
      const scale = operations.reshape(graph.input('scale', [T]), [1, T, 1])
      const features = operations.multiply(network.embed(inputs), scale)
      return { fetch: { logits: network.logits(inputs, features) } }
    })
    batch.write(program)
    const selector = selectorOf(1, labels, false)
    const value = (t: number, factor: number) => {
      program.write('scale', new Float32Array(T).fill(1).fill(factor, t, t + 1))
      program.runSync()
      const logits = program.read('logits', new Float32Array(labels))
      return logits.reduce((sum, logit, k) => sum + logit * selector[k]!, 0)
    }
    const found = await passageContributions(session, network, passage, selector)
    assert.equal(found.length, steps)
    let most = 0
    for (const [t, contribution] of found.entries()) {
      const h = 2 ** -7
      const slope = (value(t, 1 + h) - value(t, 1 - h)) / (2 * h)
      most = Math.max(most, Math.abs(slope))
      assert.ok(Math.abs(slope - contribution) < 2e-3, `step ${t}: ${contribution}, slope ${slope}`)
    }
    assert.ok(most > 0.05)
    session.dispose()
  })
}

test('the share of a pair is divided between its words', async () => {
  const network = new ClassifierNetwork({ ...base, pairEmbedding: 4 }, { words: 6, pairs: 4, labels })
  const session = sessionOf(network)
  const silent = network.parameters.get('embedding/embeddings')!
  session.writeParameter(silent, new Float32Array(silent.size))
  const pairs = Int32Array.of(0, 0, 2, 0, 0)
  const table = network.parameters.get('pair_embedding/embeddings')!
  const values = session.readParameter(table)
  values.fill(0, 0, 4) // no pair
  session.writeParameter(table, values)
  const text = { words: new Int32Array(steps), pairs, left: 0, unknown: 0 }
  const found = await passageContributions(
    session,
    network,
    { text, begin: 0, end: steps },
    selectorOf(0, labels, true),
  )
  assert.notEqual(found[1], 0)
  assert.deepEqual([...found], [0, found[1], found[1], 0, 0])
  session.dispose()
})

test('weights in fewer bits have no gradient, which is said', async () => {
  const network = new ClassifierNetwork(base, { words: 6, pairs: 0, labels }, 'int8')
  const session = sessionOf(network)
  await assert.rejects(
    passageContributions(session, network, passageOf(network), selectorOf(0, labels, false)),
    { code: 'quantized-weights' },
  )
  session.dispose()
})

test('two explanations of a text become one, and nothing is lost', () => {
  const words = ['A', 'b', 'a'].map((word, k) => ({ word, contribution: k }))
  const other = ['a', 'a', 'b', 'a', 'c'].map((word) => ({ word, contribution: 10 }))
  assert.deepEqual(joinExplanations(words, other), [
    { word: 'A', contribution: 10 },
    { word: 'b', contribution: 11 },
    { word: 'a', contribution: 12 },
    { word: 'a', contribution: 10 },
    { word: 'c', contribution: 10 },
  ])
})

test('the strongest words come first, the same ones together', () => {
  const words = [
    { word: 'x', contribution: 1 },
    { word: 'y', contribution: -3 },
    { word: 'x', contribution: 1.5 },
    { word: 'z', contribution: 0 },
  ]
  const explanation = { label: 'l', probability: 1, words }
  assert.deepEqual(strongestWords(explanation, 5), [
    { word: 'y', contribution: -3 },
    { word: 'x', contribution: 2.5 },
  ])
  assert.throws(() => strongestWords(explanation, 0), { code: 'bad-value' })
})
