import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '../../engine/engine.js'
import { loadEngine } from '../../engine/load.js'
import { readModelFile, writeModelFile } from '../../formats/model-file.js'
import { RandomStream } from '../../random.js'
import { loadClassifier } from './any-classifier.js'
import {
  type ClassifierCheckpoint,
  classifierCheckpointPieces,
  readClassifierCheckpoint,
} from './checkpoint-file.js'
import { Classifier } from './classifier.js'
import type { ClassifierExample } from './examples.js'
import { inspectClassifier } from './inspect.js'
import type { ClassifierOptions } from './settings.js'
import { type ClassifierTrainingOptions, trainClassifier } from './train.js'
import { isAboveZero } from './validation-scorer.js'

const fillers = ['so', 'we', 'went', 'there', 'and', 'it', 'was', 'on', 'a', 'Tuesday', ',', 'again', '!']
const told = { good: ['lovely', 'superb'], bad: ['dull', 'awful'], odd: ['weird', 'strange'] } as const
type Label = keyof typeof told
const labelNames = Object.keys(told) as Label[]

/** Texts whose label one word among others tells. */
function texts(count: number, labels: readonly Label[], seed = 1, longest = 12): ClassifierExample[] {
  const random = new RandomStream(seed, 'texts')
  const one = <Item>(list: readonly Item[]) => list[random.integer(list.length)]!
  return Array.from({ length: count }, (_, k) => {
    const label = labels[k % labels.length]!
    const words = Array.from({ length: 1 + random.integer(longest) }, () => one(fillers))
    words.splice(random.integer(words.length + 1), 0, one(told[label]))
    return { text: `${words.join(' ')} ${k}`, labels: [label] }
  })
}

const tiny = {
  units: 6,
  embedding: 8,
  pairEmbedding: 4,
  subwords: 50,
  batch: 8,
  epochs: 6,
  lr: 0.02,
  dropout: 0.1,
  embeddingDropout: 0.1,
  baseline: 'none',
} as const satisfies ClassifierOptions
const three = texts(150, ['good', 'bad', 'odd'])
const run = { data: ['a.csv'], out: 'a.safetensors' }

let engine: Engine
before(async () => {
  engine = await loadEngine({ threads: 1 })
})
after(() => engine.dispose())

const train = (examples: readonly ClassifierExample[], options: Partial<ClassifierTrainingOptions> = {}) =>
  trainClassifier(examples, { ...(!options.resume && tiny), ...options, engine })

function hashOf(model: Classifier): string {
  const hash = createHash('sha256')
  for (const piece of model.toPieces()) hash.update(piece)
  return hash.digest('hex')
}

const bytesOf = (model: Classifier) => new Uint8Array(Buffer.concat(model.toPieces()))

/** Accuracy on new texts. */
async function accuracyOf(model: Classifier, labels: readonly Label[]): Promise<number> {
  return (await model.evaluate(texts(90, labels, 77))).accuracy
}

describe('learns to tell texts apart', () => {
  const kinds: Record<string, ClassifierOptions> = {
    'LSTM both ways': {},
    GRU: { cell: 'gru', bidirectional: false },
    'two layers, attention': { layers: 2, pooling: 'attention' },
    'last state': { pooling: 'last', pairs: 0, pairEmbedding: undefined, subwords: 0 },
    characters: {
      unit: 'char',
      pairs: 0,
      pairEmbedding: undefined,
      subwords: 0,
      units: 16,
      epochs: 20,
      batch: 16,
    },
    'balanced, smoothed': { classWeights: 'balanced', labelSmoothing: 0.1, wordDropout: 0.05 },
  }
  for (const [kind, options] of Object.entries(kinds)) {
    test(kind, async () => {
      const { model, valid } = await train(three, options)
      assert.ok(valid!.accuracy >= 0.8, `held out ${valid!.accuracy}`)
      assert.ok((await accuracyOf(model, ['good', 'bad', 'odd'])) >= 0.8)
      model.dispose()
    })
  }

  test('several labels a text, or none', async () => {
    const examples = texts(160, ['good', 'bad']).map(({ text }, k) => {
      const labels = [...(k % 2 ? ['odd'] : []), ...(k % 3 ? ['good'] : [])]
      return { text: `${text} ${k % 2 ? 'weird' : ''} ${k % 3 ? 'superb lovely' : ''}`, labels }
    })
    const { model } = await train(examples, { epochs: 10 })
    assert.deepEqual(model.labels, ['good', 'odd'])
    const [both, none] = await model.predict(['a weird and superb lovely day', 'it was on a Tuesday'])
    assert.deepEqual([...both!.labels!].sort(), ['good', 'odd'])
    assert.deepEqual(none!.labels, [])
    assert.ok((await model.evaluate(examples)).accuracy > 0.9)
    model.dispose()
  })
})

test('where a text may have several labels each begins as likely as it is', async () => {
  const examples = texts(100, ['good', 'bad']).map(({ text }, k) => ({
    text,
    labels: [...(k > 1 ? ['frequent'] : []), ...(k % 50 === 9 ? ['rare'] : [])],
  }))
  const { model } = await train(examples, { epochs: 1, lr: 1e-9, validSplit: 0 })
  for (const [frequent, rare] of await model.probabilities(examples.map(({ text }) => text)))
    assert.ok(frequent! > 0.8 && rare! < 0.2, `${frequent} ${rare}`)
  model.dispose()
})

describe('a trained model', () => {
  let model: Classifier
  before(async () => {
    model = (await train(three, { baseline: 'join' })).model
  })
  after(() => model.dispose())

  test('is the same after saving and loading, baseline included', async () => {
    const again = Classifier.fromBytes(engine, bytesOf(model))
    const some = three.slice(0, 20).map(({ text }) => text)
    assert.deepEqual(await again.predict(some), await model.predict(some))
    assert.equal(hashOf(again), hashOf(model))
    assert.equal((await again.report(three)).baseline?.name, model.baseline?.name)
    const any = await loadClassifier(engine, bytesOf(model))
    assert.equal(any.kind, 'recurrent')
    again.dispose()
    any.dispose()
  })

  test('knows which texts it was trained on, also from its file and where the file is of an older version', async () => {
    const fresh = { text: 'something quite new', labels: ['good'] }
    const examples = [...three.slice(0, 6), { ...three[6]!, labels: ['elsewhere'] }, fresh]
    const { seen } = await model.report(examples)
    assert.deepEqual([seen!.texts, seen!.otherLabels, seen!.without!.examples], [7, 1, 1])
    const again = Classifier.fromBytes(engine, bytesOf(model))
    assert.deepEqual((await again.report(examples)).seen, seen)
    const { metadata, weights } = readModelFile(bytesOf(model), 'model')
    assert.ok(!('seen' in (metadata.baseline as object)))
    const { seen: _, ...older } = metadata
    const pieces = writeModelFile({ task: 'classifier', metadata: older, weights })
    const before = Classifier.fromBytes(engine, new Uint8Array(Buffer.concat(pieces)))
    assert.equal((await before.report(examples)).seen, null)
    again.dispose()
    before.dispose()
  })

  test('keeps the order, whatever is read together', async () => {
    const mixed = texts(60, ['good', 'bad', 'odd'], 5, 60).map(({ text }) => text)
    const together = await model.predict(mixed)
    assert.deepEqual(
      together.map(({ text }) => text),
      mixed,
    )
    for (const [k, text] of mixed.entries()) {
      const [alone] = await model.predict([text])
      assert.equal(alone!.label, together[k]!.label)
      assert.ok(Math.abs(alone!.probability - together[k]!.probability) < 1e-5)
    }
    assert.deepEqual(await model.predict([]), [])
  })

  test('may be asked again before it has answered', async () => {
    const parts = [three.slice(0, 30), three.slice(30, 35), three.slice(35, 90)].map((part) =>
      part.map(({ text }) => text),
    )
    const atOnce = await Promise.all(parts.map((part) => model.predict(part)))
    for (const [k, part] of parts.entries()) assert.deepEqual(atOnce[k], await model.predict(part))
  })

  test('answers a stream as it comes', async () => {
    const some = three.slice(0, 25).map(({ text }) => text)
    async function* stream() {
      for (const text of some) yield text
    }
    const found = []
    for await (const prediction of model.predict(stream())) found.push(prediction)
    assert.deepEqual(
      found.map(({ text, label }) => [text, label]),
      (await model.predict(some)).map(({ text, label }) => [text, label]),
    )
  })

  test('probabilities are such, and fit the labels they are of', async () => {
    for (const { label, probability, scores } of await model.predict(['', 'zork', 'lovely'])) {
      const total = Object.values(scores).reduce((sum, p) => sum + p, 0)
      assert.ok(Math.abs(total - 1) < 1e-5)
      assert.equal(probability, scores[label])
    }
    const controller = new AbortController()
    controller.abort()
    await assert.rejects(model.predict(['a'], { signal: controller.signal }), { name: 'AbortError' })
  })

  test('counts labels it has never seen as mistakes, and texts without a word', async () => {
    const report = await model.evaluate([
      ...three.slice(0, 3),
      { text: 'lovely', labels: ['new'] },
      { text: ' ', labels: ['good'] },
    ])
    assert.equal(report.examples, 5)
    assert.deepEqual(report.unseen, [{ label: 'new', count: 1 }])
    assert.equal(report.empty, 1)
    assert.ok(report.accuracy <= 0.8)
    assert.ok(report.baseline && report.baseline.accuracy <= 0.8)
  })

  test('can be inspected', () => {
    const { layers, parameters, labels, vocabulary } = inspectClassifier(model)
    assert.equal(
      layers.reduce((sum, layer) => sum + layer.parameters, 0),
      parameters,
    )
    assert.ok(layers.filter(({ kind }) => kind === 'lstm').every(({ runs }) => runs === 'fused sequence'))
    assert.deepEqual(labels, ['bad', 'good', 'odd'])
    assert.equal(vocabulary.first[0], '<unk>')
  })

  test('a file that is damaged says so', () => {
    const bytes = bytesOf(model)
    assert.throws(() => Classifier.fromBytes(engine, bytes.subarray(0, bytes.length - 8)), {
      code: 'damaged-file',
    })
  })
})

test('a text is read alike whatever its padding and its neighbours', async () => {
  for (const pooling of ['max', 'mean', 'last', 'attention', 'embeddings']) {
    const { model } = await train(three.slice(0, 30), { epochs: 1, pooling })
    const [alone] = await model.probabilities(['a lovely day'])
    const [beside] = await model.probabilities(['a lovely day', 'so we went there and '.repeat(30)])
    for (const [k, p] of alone!.entries()) assert.ok(Math.abs(p - beside![k]!) < 1e-6, pooling)
    model.dispose()
  }
})

test('the last weights are kept unless earlier ones do better by more than chance', async () => {
  assert.ok(isAboveZero([1, 1.1, 0.9, 1.05]) && !isAboveZero([1, -1, 0.5, 0.2]) && !isAboveZero([1]))
  const valid = texts(40, ['good', 'bad', 'odd'], 9)
  const lot = new RandomStream(5, 'lot')
  // Labels drawn by lot: whatever epoch is best there is so by chance.
  const chance = texts(60, ['good', 'bad', 'odd'], 5).map(({ text }) => ({
    text,
    labels: [labelNames[lot.integer(3)]!],
  }))
  let found = 0
  for (const seed of [1, 2, 3]) {
    const { model } = await train(chance, { valid, seed, epochs: 5, baseline: 'none' })
    const { kept, best, history, valid: scores } = model.training
    const epoch = kept ?? best!.epoch
    if (kept !== undefined) found++
    assert.ok(kept === undefined || (kept === 5 && best!.epoch < 5))
    assert.ok(Math.abs(history[epoch - 1]!.scores.valLoss! - scores!.logLoss) < 1e-6)
    model.dispose()
  }
  assert.ok(found > 0)
})

describe('training can be stopped and resumed with the same bytes', () => {
  const kinds: Record<string, ClassifierOptions> = {
    'dropout, words dropped': { wordDropout: 0.2, dropout: 0.4, recurrentDropout: 0.1, epochs: 2 },
    'several labels, passages': { multiLabel: true, passage: 5, cell: 'gru', epochs: 2, batch: 16 },
  }
  for (const [kind, options] of Object.entries(kinds)) {
    test(kind, async () => {
      const examples = three.slice(0, 60)
      const checkpoints: ClassifierCheckpoint[] = []
      const write = (checkpoint: ClassifierCheckpoint) => {
        const bytes = new Uint8Array(Buffer.concat(classifierCheckpointPieces(checkpoint, run)))
        checkpoints.push(readClassifierCheckpoint(bytes, 'a.ckpt.safetensors').checkpoint)
      }
      const { model } = await train(examples, { ...options, checkpoint: { every: { steps: 1 }, write } })
      const whole = hashOf(model)
      model.dispose()
      assert.ok(checkpoints.length > 3)
      for (const resume of checkpoints.filter((_, k) => k % 3 === 0)) {
        const { model: resumed } = await train(examples, { resume })
        assert.equal(hashOf(resumed), whole)
        resumed.dispose()
      }
      await assert.rejects(train(examples.slice(1), { resume: checkpoints[0]! }), { code: 'checkpoint' })
    })
  }

  test('an interrupted training gives a checkpoint and the model of the moment', async () => {
    const controller = new AbortController()
    let saved: ClassifierCheckpoint | undefined
    const { model, fit } = await train(three, {
      signal: controller.signal,
      callbacks: [{ onStep: ({ step }) => (step === 3 ? controller.abort() : undefined) }],
      checkpoint: {
        write: (state) => {
          saved = state
        },
      },
    })
    assert.equal(fit!.stopped, 'aborted')
    assert.ok(saved)
    model.dispose()
  })
})

test('the same examples, options and seed give the same file; another seed another one', async () => {
  const hash = async (seed: number) => {
    const { model } = await train(three.slice(0, 40), { epochs: 1, seed })
    const found = hashOf(model)
    model.dispose()
    return found
  }
  assert.equal(await hash(1), await hash(1))
  assert.notEqual(await hash(1), await hash(2))
})

describe('odd data', () => {
  test('classes of one text, empty and repeated texts are counted and trained on as far as they go', async () => {
    const examples = [
      ...three.slice(0, 40),
      { text: 'weird', labels: ['lonely'] },
      { text: '', labels: ['good'] },
      three[0]!,
    ]
    const { model, prepared } = await train(examples, { epochs: 1 })
    const { single, empty, duplicates } = prepared.counts
    assert.deepEqual([single, empty, duplicates], [['lonely'], 1, 1])
    assert.deepEqual(model.labels, ['bad', 'good', 'lonely', 'odd'])
    model.dispose()
  })

  test('two texts are enough to train on; nothing is held out then', async () => {
    const { model, valid } = await train([
      { text: 'lovely', labels: ['good'] },
      { text: 'dull', labels: ['bad'] },
    ])
    assert.equal(valid, undefined)
    assert.equal((await model.predict(['dull']))[0]!.label, 'bad')
    model.dispose()
  })

  test('mistakes are found before training', async () => {
    const code = (examples: readonly ClassifierExample[], options: ClassifierOptions) =>
      train(examples, options).then(
        () => 'none',
        (error: { code?: string }) => error.code,
      )
    assert.equal(await code(texts(9, ['good']), {}), 'one-label')
    assert.equal(await code(three, { classWeights: 'wonderful=2' }), 'option')
    assert.equal(await code(three, { unit: 'char', pairs: 10 }), 'option')
    assert.equal(await code(three, { validSplit: 0, patience: 2 }), 'option')
    assert.equal(await code(three, { momentum: 0.9 }), 'option')
    assert.equal(await code([{ text: 'a', labels: ['x', 'y'] }, ...three], { multiLabel: false }), 'labels')
  })

  test('a weight for a label moves predictions to it', async () => {
    const vague = texts(60, ['good', 'bad']).map(({ labels }, k) => ({ text: `it was ${k % 7}`, labels }))
    const share = async (classWeights: string) => {
      const { model } = await train(vague, { classWeights, epochs: 4, validSplit: 0 })
      const rows = await model.probabilities(vague.map(({ text }) => text))
      model.dispose()
      return rows.reduce((sum, row) => sum + row[1]!, 0) / rows.length
    }
    assert.ok((await share('good=5,bad=1')) > (await share('good=1,bad=5')) + 0.3)
  })
})
