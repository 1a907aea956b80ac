import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '../../engine/engine.js'
import { loadEngine } from '../../engine/load.js'
import { exampleText, tinyModel } from '../../testing/example-text.js'
import { inspectLanguageModel } from './inspect.js'
import { LanguageModel } from './language-model.js'
import { quantizeLanguageModel } from './quantize.js'
import type { LanguageModelOptions } from './settings.js'

const text = exampleText(60)
let engine: Engine
before(async () => {
  engine = await loadEngine({ threads: 2 })
})
after(() => engine.dispose())

const bytesOf = (model: LanguageModel) => Buffer.concat(model.toPieces())
const train = (options: LanguageModelOptions) =>
  LanguageModel.train(text, { ...tinyModel, ...options, engine })
async function write(model: LanguageModel, options = {}): Promise<string> {
  let written = ''
  for await (const piece of model.generate('the', { seed: 5, length: 40, ...options })) written += piece
  return written
}

describe('a model with weights in fewer bits', () => {
  const kinds: Record<string, LanguageModelOptions> = {
    lstm: { layers: 2, units: 20 },
    gru: { cell: 'gru', unit: 'word' },
    'simple cell': { cell: 'simple', unit: 'byte', lr: 0.003 },
    'tied lstm': { unit: 'word', tie: true, embedding: 16 },
  }
  for (const [name, options] of Object.entries(kinds)) {
    for (const weights of ['bf16', 'int8'] as const) {
      test(`${name}, ${weights}: its file gives the same model, near the original, at every pace`, async () => {
        const original = await train(options)
        const { model, report } = await quantizeLanguageModel(original, weights, { engine, text })
        const bytes = bytesOf(model)
        const copy = await LanguageModel.load(bytes, { engine })
        assert.deepEqual([model.weights, copy.weights], [weights, weights])
        assert.ok(bytesOf(copy).equals(bytes), 'saving again gives the same file')
        assert.equal(await write(copy), await write(model))
        assert.deepEqual(await copy.evaluate(text), report.after)

        assert.ok(report.bytes.after < report.bytes.before * 0.9)
        assert.ok(bytes.length < bytesOf(original).length)
        const loss = Math.abs(report.after!.nats - report.before!.nats)
        assert.ok(loss > 0 && loss < 0.01, `${loss} nats more a token`)
        assert.ok(report.largestChange.change > 0 && report.largestChange.change < 0.02)

        // Steps round activations to fifteen bits, sequences do not.
        const line = text.slice(0, text.indexOf('\n'))
        const whole = `${line}${model.settings.unit === 'word' ? '\n' : ''}`
        const evaluated = await model.evaluate(whole, { streams: 1 })
        const scored = model.score(line)
        const difference = Math.abs(scored.nats / scored.tokens.length - evaluated.nats)
        assert.ok(difference < 1e-4, `steps and sequence differ by ${difference} nats a token`)
        for (const each of [original, model, copy]) each.dispose()
      })
    }
  }
})

test('weights are chosen at load, whatever the file has; the report and inspect say so', async () => {
  const original = await train({})
  const file = bytesOf(original)
  const small = await LanguageModel.load(file, { engine, weights: 'int8' })
  assert.equal(small.weights, 'int8')
  const saved = bytesOf(small)
  const wide = await LanguageModel.load(saved, { engine, weights: 'float32' })
  assert.equal(wide.weights, 'float32')
  assert.ok(bytesOf(await LanguageModel.load(bytesOf(wide), { engine, weights: 'int8' })).equals(saved))
  const { weights, bytes, parameters } = inspectLanguageModel(small)
  assert.equal(weights, 'int8')
  assert.ok(bytes < parameters * 4)
  assert.equal(inspectLanguageModel(wide).bytes, parameters * 4)
  const wrong = { engine, weights: 'int4' as 'int8' }
  await assert.rejects(LanguageModel.load(file, wrong), { code: 'option', message: /float32, bf16, int8/ })
})

test('one and two threads write the same text and the same state, in every format', async () => {
  const options = { layers: 1, units: 200, embedding: 100, epochs: 1, timeLimit: 1 }
  const file = bytesOf(await LanguageModel.train(text, { ...tinyModel, ...options, engine }))
  const one = await loadEngine({ threads: 1 })
  for (const weights of ['float32', 'bf16', 'int8'] as const) {
    const [alone, together] = await Promise.all(
      [one, engine].map((each) => LanguageModel.load(file, { engine: each, weights })),
    )
    assert.equal(await write(alone!), await write(together!), weights)
    const states = [alone!, together!].map((model) => {
      const state = model.start()
      model.step(state, 'the cat')
      return state
    })
    assert.deepEqual(states[0]!.values, states[1]!.values, weights)
    assert.deepEqual(states[0]!.logits, states[1]!.logits, weights)
  }
  one.dispose()
})
