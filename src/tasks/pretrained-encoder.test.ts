import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '../engine/engine.js'
import { loadEngine } from '../engine/load.js'
import { writeModelFile } from '../formats/model-file.js'
import { ParameterSet, Session } from '../graph/index.js'
import { BuildContext } from '../layers/layer.js'
import { RandomStream } from '../random.js'
import { exampleText, tinyModel } from '../testing/example-text.js'
import { LanguageEncoder } from './language-encoder.js'
import { LanguageModel } from './language-model/language-model.js'
import { quantizeLanguageModel } from './language-model/quantize.js'
import type { LanguageModelOptions } from './language-model/settings.js'
import { pairEncoders, readPretrainedEncoder } from './pretrained-encoder.js'

const text = exampleText(40)
let engine: Engine
before(async () => {
  engine = await loadEngine({ threads: 2 })
})
after(() => engine.dispose())

const train = (options: LanguageModelOptions = {}, input = text) =>
  LanguageModel.train(input, { ...tinyModel, unit: 'word', epochs: 1, ...options, engine })
const bytesOf = (model: LanguageModel) => Buffer.concat(model.toPieces())
const encoderOf = (model: LanguageModel, name = 'words.safetensors') =>
  readPretrainedEncoder(bytesOf(model), name)

/** What an encoder with the weights of a file says of texts of ids. */
function encode(pretrained: ReturnType<typeof encoderOf>, texts: readonly Int32Array[], prefix: string) {
  const parameters = new ParameterSet()
  const vocabularySize = pretrained.tokenizer.vocabulary.size
  const { shape } = pretrained
  const encoder = new LanguageEncoder({ shape, vocabularySize, prefix, dropout: 0.5, sparse: true })
  encoder.build(new BuildContext(parameters, (name) => new RandomStream(1, name)))
  const session = new Session(engine, parameters)
  session.initializeParameters()
  encoder.initialize(session, pretrained)
  const [N, T] = [texts.length, Math.max(...texts.map(({ length }) => length)) + 2]
  const program = session.program('encode', (graph) => {
    const embeddings = encoder.embedding.call(graph.input('ids', [N, T], 'int32'))
    return { fetch: { ...encoder.walk(embeddings, { mask: graph.input('mask', [N, T]) }) } }
  })
  const ids = new Int32Array(N * T).fill(3)
  const mask = new Float32Array(N * T)
  for (const [row, own] of texts.entries()) {
    ids.set(own, row * T)
    mask.fill(1, row * T, row * T + own.length)
  }
  program.write('ids', ids)
  program.write('mask', mask)
  program.runSync()
  const units = pretrained.shape.units
  const steps = program.read('steps', new Float32Array(N * T * units))
  const last = program.read('last', new Float32Array(N * units))
  session.dispose()
  return {
    step: (row: number, t: number) => [...steps.subarray((row * T + t) * units, (row * T + t + 1) * units)],
    last: (row: number) => [...last.subarray(row * units, (row + 1) * units)],
    names: [...parameters].map(({ name }) => name),
    layers: encoder.layers.map((layer) => layer.weights.map(({ name }) => name)),
  }
}

const near = (actual: readonly number[], expected: readonly number[]) => {
  assert.equal(actual.length, expected.length)
  for (const [k, value] of actual.entries())
    assert.ok(Math.abs(value - expected[k]!) < 1e-5, `${value} ${expected[k]}`)
}

describe('an encoder says what its language model says', () => {
  const kinds: Record<string, LanguageModelOptions> = {
    lstm: {},
    'two layers of gru, read backward': { cell: 'gru', layers: 2, reverse: true },
    'simple cell, tied, adaptive embedding width': { cell: 'simple', tie: true, embedding: 9 },
    'sampled softmax, read backward': {
      softmax: 'sampled',
      samples: 8,
      reverse: true,
      tableUpdates: 'touched',
    },
  }
  for (const [name, options] of Object.entries(kinds)) {
    test(name, async () => {
      const model = await train(options)
      // The language model reads a line end before each text.
      const end = model.tokenizer.lineEndId!
      const texts = [
        [2, 3, 4, 5],
        [6, 4],
        [2, 2, 7],
      ].map((ids) => Int32Array.from(options.reverse ? [...ids, end] : [end, ...ids]))
      const encoded = encode(encoderOf(model), texts, 'forward_')
      const [{ units, layers: depth, cell }, parts] = [model.settings, model.settings.cell === 'lstm' ? 2 : 1]
      for (const [row, ids] of texts.entries()) {
        const state = model.start()
        const places = [...ids.keys()]
        for (const [k, t] of (options.reverse ? places.toReversed() : places).entries()) {
          if (k > 0) model.step(state, ids[t]!)
          const highest = [
            ...state.values.subarray((depth - 1) * parts * units, (depth - 1) * parts * units + units),
          ]
          near(encoded.step(row, t), highest)
          if (k === ids.length - 1) near(encoded.last(row), highest)
        }
        near(encoded.step(row, ids.length), new Array(units).fill(0))
      }
      const part = cell === 'simple' ? 'rnn' : cell
      assert.deepEqual(encoded.layers[0], ['forward_embedding/embeddings'])
      assert.equal(encoded.layers.length, depth + 1)
      assert.ok(encoded.layers.at(-1)!.every((each) => each.startsWith(`forward_${part}_${depth}/`)))
      assert.deepEqual(encoded.layers.flat(), encoded.names)
      model.dispose()
    })
  }
})

describe('files that do not fit are refused in words', () => {
  const refuse = (bytes: Uint8Array, expected: { code: string; message: RegExp }) =>
    assert.throws(() => readPretrainedEncoder(bytes, 'book.safetensors'), expected)

  test('other units, fewer bits, other tasks', async () => {
    for (const [unit, noun] of [
      ['char', 'characters'],
      ['byte', 'bytes'],
    ] as const) {
      refuse(bytesOf(await train({ unit })), {
        code: 'wrong-encoder',
        message: new RegExp(`book.safetensors is a language model of ${noun}.*--unit word`),
      })
    }
    const { model } = await quantizeLanguageModel(await train(), 'int8', { engine })
    refuse(bytesOf(model), { code: 'wrong-encoder', message: /int8.*float32/ })
    const weights = new Map([['w', { shape: [1], values: Float32Array.of(1) }]])
    refuse(Buffer.concat(writeModelFile({ task: 'classifier', metadata: {}, weights })), {
      code: 'wrong-task',
      message: /"classifier", not a language model/,
    })
    refuse(Buffer.from('hello'), { code: 'not-a-model', message: /book.safetensors/ })
  })

  test('a pair is one of each direction, of one vocabulary', async () => {
    const forward = encoderOf(await train(), 'a')
    const backward = encoderOf(await train({ reverse: true }), 'b')
    assert.deepEqual(pairEncoders([backward, forward]), [forward, backward])
    assert.deepEqual(pairEncoders([forward, backward]), [forward, backward])
    assert.deepEqual(pairEncoders([backward]), [backward])
    assert.throws(() => pairEncoders([forward, forward]), {
      code: 'wrong-encoder',
      message: /both read forward.*--reverse/,
    })
    assert.throws(() => pairEncoders([forward, backward, forward]), {
      code: 'wrong-encoder',
      message: /not 3/,
    })
    const other = encoderOf(await train({ reverse: true, maxVocabulary: 9 }), 'c')
    assert.throws(() => pairEncoders([forward, other]), {
      code: 'wrong-encoder',
      message: /a and c have different voc/,
    })
  })
})

describe('a language model that reads backward', () => {
  test('learns and is evaluated on lines from their end, each with its line end', async () => {
    const rows = ['one two three four', 'five six seven', 'eight nine']
    const lines = Array.from({ length: 60 }, (_, k) => rows[k % 3]!)
    const back = lines.toReversed().map((line) => line.split(' ').reverse().join(' '))
    const options = { tableUpdates: 'all', validSplit: 0, epochs: 3, dropout: 0 } as const
    const there = await train({ ...options, reverse: true }, `${lines.join('\n')}\n`)
    const mirrored = await train(options, `${back.join('\n')}\n`)
    // The same text read another way round; the vocabularies are numbered in another order.
    const scores = await there.evaluate(`${lines.join('\n')}\n`)
    assert.equal(scores.tokens, (await mirrored.evaluate(`${back.join('\n')}\n`)).tokens)
    const sure = there.score('one two three four')
    assert.deepEqual(
      sure.tokens.map(({ token }) => token),
      ['one', 'two', 'three', 'four', '<eos>'],
    )
    const nats = Object.fromEntries(sure.tokens.map(({ token, nats }) => [token, nats]))
    assert.ok(nats.one! < nats.four!, 'the first word follows from those behind it')
    const copy = await LanguageModel.load(bytesOf(there), { engine })
    assert.equal(copy.settings.reverse, true)
    assert.deepEqual(copy.score('one two').tokens, there.score('one two').tokens)
    await assert.rejects(
      async () => {
        for await (const _ of there.generate('one')) assert.fail()
      },
      { code: 'option', message: /end to its beginning/ },
    )
  })
})
