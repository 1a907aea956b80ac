import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { Engine } from '../../engine/engine.js'
import { loadEngine } from '../../engine/load.js'
import { RepriseError } from '../../errors.js'
import { exampleText, tinyModel } from '../../testing/example-text.js'
import { inspectLanguageModel } from './inspect.js'
import { LanguageModel } from './language-model.js'
import type { LanguageModelOptions } from './settings.js'
import { trainLanguageModel } from './train.js'

const text = exampleText(60)
const close = (actual: number, expected: number, tolerance: number, what: string) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not ${expected} ± ${tolerance}`)

let engine: Engine
before(async () => {
  engine = await loadEngine({ threads: 2 })
})
after(() => engine.dispose())

const train = (options: LanguageModelOptions = {}, input = text) =>
  LanguageModel.train(input, { ...tinyModel, ...options, engine })
const bytesOf = (model: LanguageModel) => Buffer.concat(model.toPieces())
/** Not deepEqual, whose message would list every byte. */
const sameBytes = (actual: Buffer, expected: Buffer, what: string) => assert.ok(actual.equals(expected), what)
async function write(model: LanguageModel, prompt: string, options = {}): Promise<string> {
  let written = ''
  for await (const piece of model.generate(prompt, options)) written += piece
  return written
}

describe('every kind of language model', () => {
  const kinds: Record<string, LanguageModelOptions> = {
    'lstm on characters': { dropout: 0 },
    'gru on words': { cell: 'gru', unit: 'word' },
    'simple cell on bytes': { cell: 'simple', unit: 'byte', lr: 0.003 },
    'two layers, dropout everywhere': { layers: 2, dropout: 0.3, recurrentDropout: 0.2 },
    'tied, words with a limit': { unit: 'word', tie: true, embedding: 16, maxVocabulary: 12 },
    'tied to a narrower embedding': { unit: 'word', tie: true, embedding: 7 },
    'adaptive softmax, tables by rows': { unit: 'word', cutoffs: '4,9,30', tableUpdates: 'touched' },
    'sampled softmax, tables by rows': {
      unit: 'word',
      samples: 12,
      tableUpdates: 'touched',
      optimizer: 'rmsprop',
      momentum: 0.5,
    },
    'sampled softmax, tied to a narrower embedding, tables by rows': {
      unit: 'word',
      softmax: 'sampled',
      samples: 20,
      tie: true,
      embedding: 12,
      tableUpdates: 'touched',
    },
    'sgd from uniform weights': { optimizer: 'sgd', lr: 0.5, init: 'uniform:0.1', schedule: 'step:0.5:1:1' },
  }
  for (const [name, options] of Object.entries(kinds)) {
    test(`${name}: learns, and its file gives the same model`, async () => {
      const { model, fit, valid } = await trainLanguageModel(text, { ...tinyModel, ...options, engine })
      const [first, last] = [fit!.history[0]!.scores, fit!.history.at(-1)!.scores]
      assert.ok(last.loss! < first.loss!, `the loss falls: ${first.loss} → ${last.loss}`)
      assert.ok(valid!.nats < Math.log(model.network.vocabularySize), 'better than guessing')

      const bytes = bytesOf(model)
      const copy = LanguageModel.fromBytes(engine, bytes)
      assert.deepEqual(await copy.evaluate(text), await model.evaluate(text))
      assert.deepEqual(copy.score('the cat sat.'), model.score('the cat sat.'))
      const generate = { seed: 5, length: 30 }
      assert.equal(await write(copy, 'the', generate), await write(model, 'the', generate))
      sameBytes(bytesOf(copy), bytes, 'saving again gives the same file')

      const report = inspectLanguageModel(copy)
      const projections = model.network.projection ? 1 : 0
      assert.equal(report.layers.length, model.settings.layers + 2 + projections)
      assert.equal(
        report.layers.reduce((sum, { parameters }) => sum + parameters, 0),
        report.parameters,
      )
      assert.ok(report.memory.training.arena > 0)
      model.dispose()
      copy.dispose()
    })

    test(`${name}: evaluating, scoring and stepping agree`, async () => {
      const model = await train({ ...options, epochs: 1 })
      const line = text.slice(0, text.indexOf('\n'))
      const whole = `${line}${model.settings.unit === 'word' ? '\n' : ''}`
      const evaluated = await model.evaluate(whole, { streams: 1 })
      const scored = model.score(line)
      assert.equal(scored.tokens.length, evaluated.tokens)
      close(scored.nats, evaluated.nats * evaluated.tokens, 1e-3 * evaluated.tokens, 'score')
      const state = model.start()
      let nats = 0
      for (const id of model.tokenizer.encodeLine(line)) {
        nats -= state.logProbabilities()[id]!
        model.step(state, id)
      }
      close(nats, scored.nats, 1e-6, 'steps')
      assert.equal(state.tokens, scored.tokens.length)
      model.dispose()
    })
  }
})

describe('evaluation', () => {
  let model: LanguageModel
  before(async () => {
    model = await train({ unit: 'word', epochs: 1 })
  })

  test('counts every word and one line end a line, once', async () => {
    const words = text.trim().split(/\s+/).length
    const lines = text.trim().split('\n').length
    for (const streams of [1, 2, 3, 16]) {
      assert.equal((await model.evaluate(text, { streams })).tokens, words + lines)
    }
    const open = await model.evaluate('the cat')
    assert.deepEqual([open.tokens, open.outOfVocabulary], [3, 0])
    const unknown = await model.evaluate('the zork sat\nquux on\n')
    assert.deepEqual([unknown.tokens, unknown.outOfVocabulary], [7, 2])
  })

  test('reading in streams gives what one state from beginning to end gives', async () => {
    const long = exampleText(500, 11)
    const one = await model.evaluate(long, { streams: 1 })
    for (const streams of [2, 7]) {
      const several = await model.evaluate(long, { streams })
      assert.equal(several.tokens, one.tokens)
      close(several.nats, one.nats, 2e-5, `${streams} streams`)
    }
    close(one.perplexity, Math.exp(one.nats), 1e-9, 'perplexity')
    close(one.bitsPerToken, one.nats / Math.LN2, 1e-9, 'bits')
    close(one.bitsPerCharacter, (one.bitsPerToken * one.tokens) / long.length, 1e-9, 'bits per character')
  })

  test('refuses what cannot be scored, and can be stopped', async () => {
    await assert.rejects(model.evaluate(''), { code: 'empty-text' })
    await assert.rejects(model.evaluate('quux zork'), { code: 'all-unknown' })
    await assert.rejects(model.evaluate(text, { signal: AbortSignal.abort() }), { name: 'AbortError' })
    const single = await train(
      { epochs: 1, batch: 1, bptt: 8 },
      'a text without any line end, but long enough',
    )
    await assert.rejects(single.evaluate('a'), { code: 'too-short' })
    assert.equal((await single.evaluate('at')).tokens, 1)
    single.dispose()
  })
})

describe('state', () => {
  let model: LanguageModel
  before(async () => {
    model = await train({ layers: 2 })
  })

  test('a clone goes its own way', () => {
    const state = model.start()
    model.step(state, 'the c')
    const fork = state.clone()
    const before = state.logits.slice()
    model.step(fork, 'ow jumps')
    assert.deepEqual(state.logits, before)
    assert.deepEqual([state.tokens, fork.tokens], [5, 13])
    model.step(state, 'ow jumps')
    assert.deepEqual(state, fork)
  })

  test('comes back from JSON bit for bit', () => {
    const state = model.start()
    model.step(state, 'the cat')
    const restored = model.restoreState(JSON.parse(JSON.stringify(state)))
    assert.deepEqual(restored, state)
    model.step(state, ' sat')
    model.step(restored, ' sat')
    assert.deepEqual(restored, state)
  })

  test('of another model is refused', async () => {
    const other = await train({ epochs: 1 })
    const state = other.start()
    assert.throws(() => model.restoreState(state.toJSON()), { code: 'state' })
    assert.throws(() => model.step(state, 'a'), { code: 'state' })
    for (const json of [null, {}, 7, { values: [], logits: [], tokens: 0 }]) {
      assert.throws(() => model.restoreState(json), { code: 'state' })
    }
    assert.throws(() => model.step(model.start(), 9999), { code: 'id-out-of-range' })
    other.dispose()
  })
})

describe('generating', () => {
  let model: LanguageModel
  before(async () => {
    model = await train({ epochs: 6, lr: 0.02 })
  })

  test('the same seed gives the same text, another one another', async () => {
    const sample = (seed: number) => write(model, 'the ', { seed, length: 60 })
    assert.equal(await sample(3), await sample(3))
    assert.notEqual(await sample(3), await sample(4))
    assert.equal((await sample(3)).length, 60)
  })

  test('the prompt is read once, and the text can be gone on with', async () => {
    const greedy = { temperature: 0 }
    const state = model.start()
    const first = await write(model, 'the cat', { ...greedy, length: 15, state })
    assert.equal(state.tokens, 7 + 15)
    const second = await write(model, '', { ...greedy, length: 10, state })
    assert.equal(state.tokens, 7 + 15 + 10)
    assert.equal(first + second, await write(model, 'the cat', { ...greedy, length: 25 }))
  })

  test('stop strings end the text and are not part of it', async () => {
    const free = await write(model, 'the ', { seed: 3, length: 200 })
    const stop = free.slice(20, 23)
    const stopped = await write(model, 'the ', { seed: 3, length: 200, stop: [stop] })
    assert.equal(stopped, free.slice(0, free.indexOf(stop)))
  })

  test('unknown characters of a prompt are read as unknown and never written', async () => {
    assert.deepEqual(model.count('thé ß'), { tokens: 5, unknown: 2 })
    const written = await write(model, 'thé ß', { seed: 1, length: 300, temperature: 3 })
    assert.equal(written.length, 300)
    assert.ok(!written.includes('\ufffd'))
  })

  test('tells of every token, and can be stopped', async () => {
    let tokens = 0
    await write(model, '', { length: 12, onToken: () => tokens++ })
    assert.equal(tokens, 12)
    await assert.rejects(write(model, '', { signal: AbortSignal.abort() }), { name: 'AbortError' })
    await assert.rejects(write(model, '', { temperature: -1 }), { code: 'option' })
  })

  test('words follow an open prompt with one space', async () => {
    const words = await train({ unit: 'word', epochs: 12, lr: 0.03 })
    const options = { temperature: 0, length: 5 }
    const tight = await write(words, 'the cat', options)
    assert.match(tight, /^ \w/)
    assert.equal(await write(words, 'the cat ', options), tight.slice(1))
    words.dispose()
  })
})

describe('making models', () => {
  test('takes a string, bytes or lines', async () => {
    const lines = text.trimEnd().split('\n')
    const options = { ...tinyModel, epochs: 1, engine }
    const models = [
      await LanguageModel.train(text, options),
      await LanguageModel.train(new TextEncoder().encode(text), options),
      await LanguageModel.train(lines, options),
    ]
    const [first, ...others] = models.map(bytesOf)
    for (const other of others) sameBytes(other, first!, 'the same text gives the same model')
    for (const model of models) model.dispose()
  })

  test('a training that diverges or is aborted gives no model', async () => {
    await assert.rejects(train({ lr: 1e30 }), { code: 'diverged', message: /layer .*"\w+".*Try `lr`/ })
    const signal = AbortSignal.abort()
    await assert.rejects(LanguageModel.train(text, { ...tinyModel, engine, signal }), { name: 'AbortError' })
    let steps = 0
    const controller = new AbortController()
    const onStep = () => {
      if (++steps === 3) controller.abort()
    }
    const running = { ...tinyModel, engine, signal: controller.signal, callbacks: [{ onStep }] }
    await assert.rejects(LanguageModel.train(text, running), { name: 'AbortError' })
    assert.equal(steps, 3)
  })

  test('a model that cannot fit into memory is refused, naming what to make smaller', async () => {
    const options = { ...tinyModel, units: 512, memoryLimit: 1e6, engine }
    await assert.rejects(LanguageModel.train(text, options), { code: 'out-of-memory', message: /`units`/ })
  })
})

describe('model files', () => {
  let bytes: Buffer
  before(async () => {
    const model = await train({ epochs: 1 })
    bytes = bytesOf(model)
    model.dispose()
  })
  const load = (file: Uint8Array) => LanguageModel.fromBytes(engine, file, 'x.safetensors')

  test('hold nothing of time and machine', () => {
    const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()
    const { settings, training } = JSON.parse(JSON.parse(header).__metadata__.description)
    assert.deepEqual(Object.keys(training).sort(), [
      'best',
      'epochs',
      'history',
      'steps',
      'trainTokens',
      'valid',
    ])
    assert.ok(!('threads' in settings) && !('engine' in settings))
    assert.ok(!header.includes(process.cwd()) && !header.includes(new Date().getFullYear().toString()))
  })

  test('cut short anywhere are refused', () => {
    for (let length = 0; length < bytes.length; length += 97) {
      assert.throws(
        () => load(bytes.subarray(0, length)),
        (error) =>
          error instanceof RepriseError &&
          ['not-a-model', 'damaged-file'].includes(error.code) &&
          error.message.includes('x.safetensors'),
      )
    }
  })

  test('with any byte changed give a model or a clear error', () => {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const broken = Buffer.from(bytes)
        for (const [at, value] of changes) broken[at] = value
        try {
          load(broken).dispose()
        } catch (error) {
          assert.ok(error instanceof RepriseError, String(error))
          assert.ok(!/unknown-name|option/.test(error.code), `${error.code}: ${error.message}`)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('whose description was tampered with are refused', () => {
    const put = (record: Record<string, unknown>, [name = '', ...rest]: string[], value: unknown): void => {
      if (rest.length > 0) put(record[name] as Record<string, unknown>, rest, value)
      else if (value === undefined) delete record[name]
      else record[name] = value
    }
    const tamper = (path: string, value: unknown) => {
      const length = Number(bytes.readBigUInt64LE(0))
      const header = JSON.parse(bytes.subarray(8, 8 + length).toString())
      const description = JSON.parse(header.__metadata__.description)
      put(description, path.split('.'), value)
      header.__metadata__.description = JSON.stringify(description)
      const json = Buffer.from(JSON.stringify(header))
      const size = Buffer.alloc(8)
      size.writeBigUInt64LE(BigInt(json.length))
      return Buffer.concat([size, json, bytes.subarray(8 + length)])
    }
    load(tamper('settings.dropout', 0)).dispose()
    const damaged: [string, unknown][] = [
      ['settings', undefined],
      ['settings.units', undefined],
      ['settings.units', 1e9],
      ['settings.units', 17],
      ['settings.cell', 'transformer'],
      ['settings.schedule', 'never'],
      ['tokenizer.kind', 'wrod'],
      ['tokenizer.vocabulary.tokens', ['<unk>', 'a']],
      ['training', null],
      ['training.epochs', 'many'],
      ['training.valid', 3],
    ]
    for (const [path, value] of damaged) {
      assert.throws(() => load(tamper(path, value)), { code: 'damaged-file' }, `${path} = ${value}`)
    }
    assert.throws(() => load(tamper('settings.attention', true)), { code: 'newer-version' })
  })
})
