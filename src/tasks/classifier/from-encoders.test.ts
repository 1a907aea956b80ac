import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '../../engine/engine.js'
import { loadEngine } from '../../engine/load.js'
import { exampleText, tinyModel } from '../../testing/example-text.js'
import { LanguageModel } from '../language-model/language-model.js'
import type { LanguageModelOptions } from '../language-model/settings.js'
import { type PretrainedEncoder, readPretrainedEncoder } from '../pretrained-encoder.js'
import type { ClassifierCheckpoint } from './checkpoint-file.js'
import { Classifier } from './classifier.js'
import { type ClassifierTrainingOptions, trainClassifier } from './train.js'

let engine: Engine
let forward: PretrainedEncoder
let backward: PretrainedEncoder
before(async () => {
  engine = await loadEngine({ threads: 2 })
  forward = await languageModel({}, 'forward.safetensors')
  backward = await languageModel({ reverse: true }, 'backward.safetensors')
})
after(() => engine.dispose())

async function languageModel(options: LanguageModelOptions, name: string): Promise<PretrainedEncoder> {
  const text = exampleText(60)
  const given = { ...tinyModel, unit: 'word', splitPunctuation: true, lowercase: true, ...options } as const
  const model = await LanguageModel.train(text, { ...given, engine })
  const encoder = readPretrainedEncoder(Buffer.concat(model.toPieces()), name)
  model.dispose()
  return encoder
}

const examples = exampleText(60, 3)
  .trim()
  .split('\n')
  .map((text, k) => ({ text: `${text} ${k}`, labels: [/cat|dogs/.test(text) ? 'pets' : 'others'] }))

const train = (options: Omit<ClassifierTrainingOptions, 'engine'>) =>
  trainClassifier(examples, { epochs: 2, pairs: 0, batch: 8, seed: 2, ...options, engine })

/** Names of the weights that are, bit for bit, those of the language model. */
function unchanged({ session, network }: Classifier, { weights }: PretrainedEncoder, prefix = ''): string[] {
  return [...weights]
    .filter(([name, { values }]) => {
      const own = [...session.readParameter(network.parameters.get(prefix + name)!)]
      return own.every((value, k) => value === values[k])
    })
    .map(([name]) => name)
}

describe('a classifier that begins with language models', () => {
  test('has their vocabulary, shape and weights', async () => {
    const { model } = await train({ from: [backward, forward], unfreeze: 5 })
    const { settings, features } = model
    assert.deepEqual(features.words, forward.tokenizer.vocabulary.tokens)
    const { units, embedding, cell, layers, bidirectional, directions, schedule, layerDecay } = settings
    assert.deepEqual(
      { units, embedding, cell, layers, bidirectional, directions, schedule, layerDecay },
      {
        ...{ units: 16, embedding: 8, cell: 'lstm', layers: 1, bidirectional: true },
        ...{ directions: 'apart', schedule: 'slanted', layerDecay: 1 },
      },
    )
    // Two epochs, and the layer below the output thaws after five.
    assert.deepEqual(unchanged(model, forward), [...forward.weights.keys()])
    assert.deepEqual(unchanged(model, backward, 'backward_'), [...backward.weights.keys()])
    assert.deepEqual(features.encode('The cat SAT.').words, forward.tokenizer.encodePrompt('the cat sat.'))
    model.dispose()
  })

  test('thaws layer by layer', async () => {
    const { model } = await train({ from: [forward], unfreeze: 1, epochs: 2 })
    assert.equal(model.settings.bidirectional, false)
    assert.deepEqual(unchanged(model, forward), ['embedding/embeddings'])
    const { model: thawed } = await train({ from: [forward], unfreeze: 0, epochs: 1 })
    assert.deepEqual(unchanged(thawed, forward), [])
    model.dispose()
    thawed.dispose()
  })

  test('predicts the same from its file, with pairs of words and case beside', async () => {
    const { model } = await train({ from: [forward, backward], pairs: 30, caseInput: true })
    const copy = Classifier.fromBytes(engine, Buffer.concat(model.toPieces()))
    const texts = ['the cat sat', 'dogs ran over green hills.', '', 'Unheard OF']
    const probabilities = async (own: Classifier) => (await own.probabilities(texts)).map((row) => [...row])
    assert.deepEqual(await probabilities(copy), await probabilities(model))
    model.dispose()
    copy.dispose()
  })

  test('resumed it ends with the same bytes', async () => {
    const options = { from: [forward], epochs: 3, unfreeze: 1, dropout: 0.2 }
    const straight = await train(options)
    const states: ClassifierCheckpoint[] = []
    const write = (state: ClassifierCheckpoint) => {
      states.push(structuredClone(state))
    }
    const whole = await train({ ...options, checkpoint: { every: { steps: 5 }, write } })
    const bytes = ({ model }: { model: Classifier }) => Buffer.concat(model.toPieces())
    assert.ok(bytes(whole).equals(bytes(straight)))
    assert.ok(states.length >= 3)
    for (const resume of states) {
      const { epochs: _, ...rest } = options
      const resumed = await trainClassifier(examples, { from: rest.from, resume, engine })
      assert.ok(bytes(resumed).equals(bytes(straight)))
      resumed.model.dispose()
    }
  })

  test('what does not fit is refused', async () => {
    const refuse = (options: Omit<ClassifierTrainingOptions, 'engine'>, code: string, message: RegExp) =>
      assert.rejects(train(options), { code, message })
    await refuse({ from: [backward] }, 'wrong-encoder', /backward.safetensors reads backward/)
    await refuse({ from: [forward, forward] }, 'wrong-encoder', /both read forward/)
    await refuse({ from: [forward], units: 32 }, 'option', /`units` is 32, and forward.safetensors brings 16/)
    await refuse({ from: [forward], unit: 'char' }, 'option', /`unit`/)
    const simple = await languageModel({ cell: 'simple' }, 'simple')
    await refuse({ from: [simple] }, 'wrong-encoder', /simple recurrent cells/)
    const wide = await languageModel({ reverse: true, units: 20 }, 'wide')
    await refuse({ from: [forward, wide] }, 'wrong-encoder', /`units` 16, wide 20/)
  })
})

test('layers may learn at their own rates without a language model', async () => {
  const { model } = await train({ unfreeze: 2, layerDecay: 2 })
  const start = model.network.embedding.embeddings
  assert.deepEqual([...model.session.readParameter(start)], [...start.initializer(start.shape)])
  model.dispose()
})
