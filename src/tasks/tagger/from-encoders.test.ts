import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '../../engine/engine.js'
import { loadEngine } from '../../engine/load.js'
import { nameExamples, tinyTagger } from '../../testing/tagged-examples.js'
import { LanguageModel } from '../language-model/language-model.js'
import type { LanguageModelOptions } from '../language-model/settings.js'
import { type PretrainedEncoder, readPretrainedEncoder } from '../pretrained-encoder.js'
import { SentenceEncoder } from './batches.js'
import { readTaggerCheckpoint, taggerCheckpointPieces } from './checkpoint.js'
import { inspectTagger } from './inspect.js'
import { pieceSteps } from './piece-steps.js'
import { Tagger } from './tagger.js'
import { TokenPieces } from './token-pieces.js'
import { type TaggerCheckpoint, type TaggerTrainingOptions, trainTagger } from './train.js'

const examples = nameExamples(60)
const text = nameExamples(200, 3)
  .map(({ tokens }) => `${tokens.join(' ')}\n`)
  .join('')

let engine: Engine
let forward: PretrainedEncoder
let backward: PretrainedEncoder
/** The language model that `forward` was read from. */
let model: LanguageModel
before(async () => {
  engine = await loadEngine({ threads: 1 })
  model = await languageModel({})
  forward = encoderOf(model, 'forward.safetensors')
  backward = encoderOf(await languageModel({ reverse: true, cell: 'gru', units: 20, layers: 2 }), 'backward')
})
after(() => engine.dispose())

function languageModel(options: LanguageModelOptions): Promise<LanguageModel> {
  const tiny = { units: 12, embedding: 8, layers: 1, batch: 4, bptt: 16, epochs: 1, lr: 0.01 }
  return LanguageModel.train(text, { ...tiny, unit: 'word', splitPunctuation: true, ...options, engine })
}

const encoderOf = (own: LanguageModel, name: string) =>
  readPretrainedEncoder(Buffer.concat(own.toPieces()), name)

const train = (options: Partial<TaggerTrainingOptions> = {}) =>
  trainTagger(examples, { ...(!options.resume && { ...tinyTagger, epochs: 2 }), ...options, engine })

const bytesOf = (tagger: Tagger) => Buffer.concat(tagger.toPieces())

/** Names of the weights that are, bit for bit, those of the language model. */
function unchanged({ session, network }: Tagger, { weights }: PretrainedEncoder, prefix: string): string[] {
  const same = [...weights].filter(([name, { values }]) => {
    const own = session.readParameter(network.parameters.get(prefix + name)!)
    return own.every((value, k) => value === values[k])
  })
  return same.map(([name]) => name)
}

describe('what a language model reads of a sentence', () => {
  test('is the tokens as it splits them, between line ends, with the place of each', () => {
    const rows = [[Int32Array.of(5), Int32Array.of(6, 7, 8), Int32Array.of(9)], [Int32Array.of(4)]]
    const { S, steps, stepCounts, firstSteps, lastSteps } = pieceSteps(rows, 3, 4, 1)
    assert.equal(S, 8)
    assert.deepEqual([...steps.subarray(0, S)], [1, 5, 6, 7, 8, 9, 1, -1])
    assert.deepEqual([...steps.subarray(S, 2 * S)], [1, 4, 1, -1, -1, -1, -1, -1])
    assert.deepEqual([...stepCounts], [7, 3, 0])
    assert.deepEqual([...firstSteps], [1, 2, 5, -1, S + 1, -1, -1, -1, -1, -1, -1, -1])
    assert.deepEqual([...lastSteps], [1, 4, 5, -1, S + 1, -1, -1, -1, -1, -1, -1, -1])
  })

  test('has room for a token of one piece each, and few other lengths', () => {
    const rooms = new Set<number>()
    for (let pieces = 1; pieces < 600; pieces++) {
      const { S } = pieceSteps([[new Int32Array(pieces)]], 1, 32, 1)
      assert.ok(S >= pieces + 2 && S % 4 === 0)
      rooms.add(S)
    }
    assert.deepEqual([...rooms].slice(0, 3), [36, 52, 68])
    assert.ok(rooms.size < 10)
  })

  test('is folded and split as its text was; nothing and the unknown are its unknown word', () => {
    const pieces = new TokenPieces({
      tokenizer: {
        ...forward.tokenizer.toJSON(),
        normalize: { lowercase: true },
        vocabulary: { tokens: ['<unk>', '<eos>', 'ada', '.'], specials: ['<unk>', '<eos>'] },
      },
      shapes: [forward.shape],
    })
    const of = (token: string) => [...pieces.of(token)]
    assert.deepEqual([of('Ada'), of('Ada.'), of('Bob'), of(''), of(' ')], [[2], [2, 3], [0], [0], [0]])
    assert.deepEqual(of(`.${' Ada'.repeat(10_000)}.`), [3, ...Array(14).fill(2), 3])
    assert.throws(() => new TokenPieces({ tokenizer: forward.tokenizer.toJSON(), shapes: [] }))
  })
})

describe('a tagger that begins with language models', () => {
  test('reads what they say of each token: embedding and state, from the beginning of the line', async () => {
    const { model: tagger } = await train({ from: [forward], unfreeze: 9 })
    const { vocabulary, settings, network, session } = tagger
    const tokens = ['Ada', 'sees', 'a.b', 'Rome', '.']
    const encoder = new SentenceEncoder(vocabulary, settings)
    const batch = encoder.encode([{ tokens }], [0], 1, 8)
    const width = forward.shape.embedding + forward.shape.units
    const program = session.program('states', (graph) => ({
      fetch: { said: network.language!.call(graph, batch)[0]! },
    }))
    for (const name of ['steps', 'stepCounts', 'lastSteps'] as const) program.write(name, batch[name])
    program.runSync()
    const said = program.read('said', new Float32Array(8 * width))
    const state = model.start()
    const table = forward.weights.get('embedding/embeddings')!.values
    for (const [t, token] of tokens.entries()) {
      let last = 0
      for (const id of model.tokenizer.encodePrompt(token)) {
        model.step(state, id)
        last = id
      }
      const { embedding, units } = forward.shape
      const expected = [...table.subarray(last * embedding, (last + 1) * embedding)]
      expected.push(...state.values.subarray(0, units))
      for (const [k, value] of expected.entries()) {
        const own = said[t * width + k]!
        assert.ok(Math.abs(own - value) < 1e-5, `${token}, feature ${k}: ${own} and ${value}`)
      }
    }
    assert.ok(said.subarray(tokens.length * width).every((value) => value === 0))
    tagger.dispose()
  })

  test('has their weights until they thaw, layer by layer', async () => {
    const frozen = await train({ from: [backward, forward] })
    const { schedule, layerDecay, unfreeze } = frozen.model.settings
    assert.deepEqual([schedule, layerDecay, unfreeze], ['slanted', 1, 2])
    assert.deepEqual(unchanged(frozen.model, forward, 'lm_forward_'), [...forward.weights.keys()])
    assert.deepEqual(unchanged(frozen.model, backward, 'lm_backward_'), [...backward.weights.keys()])
    const thawing = await train({ from: [forward, backward], unfreeze: 1 })
    assert.deepEqual(unchanged(thawing.model, forward, 'lm_forward_'), ['embedding/embeddings'])
    const still = unchanged(thawing.model, backward, 'lm_backward_')
    assert.ok(still.includes('embedding/embeddings') && still.some((name) => name.startsWith('gru_1/')))
    assert.ok(!still.some((name) => name.startsWith('gru_2/')))
    const warm = await train({ from: [forward], unfreeze: 0, epochs: 1 })
    assert.deepEqual(unchanged(warm.model, forward, 'lm_forward_'), [])
    for (const { model: own } of [frozen, thawing, warm]) own.dispose()
  })

  test('predicts the same from its file, which needs no other, and one sentence as in a batch', async () => {
    const { model: tagger } = await train({ from: [forward, backward] })
    const copy = await Tagger.load(bytesOf(tagger), { engine })
    const sentences = [
      ...nameExamples(20, 8).map(({ tokens }) => tokens),
      ['Ada.Ames', '', 'sees', '...', `${'.'.repeat(500)}`],
      Array.from({ length: 900 }, (_, k) => ['Ada', 'sees', 'Rome.', '.'][k % 4]!),
    ]
    const found = await tagger.predict(sentences)
    assert.deepEqual(await copy.predict(sentences), found)
    for (const [k, tokens] of sentences.entries())
      assert.deepEqual((await copy.predict([tokens]))[0], found[k], `sentence ${k}`)
    const report = inspectTagger(copy)
    assert.deepEqual(report.language!.models, [forward.shape, backward.shape])
    const layers = new Map(report.layers.map((layer) => [layer.name, layer.output]))
    assert.equal(layers.get('lm_forward_lstm_1'), '[N, S, 12]')
    assert.equal(layers.get('lm_backward_gru_2'), '[N, S, 20]')
    tagger.dispose()
    copy.dispose()
  })

  test('resumed it ends with the same bytes, and not with another language model or none', async () => {
    const states: TaggerCheckpoint[] = []
    const write = (state: TaggerCheckpoint) => {
      const run = { data: ['a'], out: 'a.safetensors' }
      const bytes = Buffer.concat(taggerCheckpointPieces(state, run))
      states.push(readTaggerCheckpoint(bytes, 'a.ckpt.safetensors').checkpoint)
    }
    const options = { from: [forward], epochs: 3, unfreeze: 1 }
    const whole = await train({ ...options, checkpoint: { every: { steps: 4 }, write } })
    assert.ok(states.length >= 3)
    for (const resume of states) {
      const resumed = await train({ from: [forward], resume })
      assert.ok(bytesOf(resumed.model).equals(bytesOf(whole.model)))
      resumed.model.dispose()
    }
    const other = encoderOf(await languageModel({ units: 16 }), 'other')
    for (const from of [[other], [backward], []])
      await assert.rejects(train({ from, resume: states[0]! }), { code: 'checkpoint', message: /`from`/ })
    whole.model.dispose()
  })

  test('what is no pair is refused', async () => {
    const refuse = (from: readonly PretrainedEncoder[], message: RegExp) =>
      assert.rejects(train({ from }), { code: 'wrong-encoder', message })
    await refuse([forward, forward], /both read forward/)
    await refuse([forward, backward, forward], /not 3/)
    const other = encoderOf(await languageModel({ reverse: true, maxVocabulary: 9 }), 'other')
    await refuse([forward, other], /different vocabularies/)
  })

  test('a damaged one is told', async () => {
    const { model: tagger } = await train({ from: [backward], epochs: 1 })
    const broken = bytesOf(tagger).toString('latin1').replace('\\"cell\\":\\"gru\\"', '\\"cell\\":\\"grr\\"')
    await assert.rejects(Tagger.load(Buffer.from(broken, 'latin1'), { engine }), { code: 'damaged-file' })
    tagger.dispose()
  })
})

test('layers may learn at their own rates without a language model', async () => {
  const { model: tagger } = await train({ unfreeze: 2, layerDecay: 2 })
  const start = tagger.network.parameters.get('word/embeddings')!
  assert.deepEqual([...tagger.session.readParameter(start)], [...start.initializer(start.shape)])
  tagger.dispose()
})
