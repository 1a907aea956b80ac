import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '../../engine/engine.js'
import { loadEngine } from '../../engine/load.js'
import { nameExamples, speechExamples, tinyTagger } from '../../testing/tagged-examples.js'
import { readTaggerCheckpoint, taggerCheckpointPieces } from './checkpoint.js'
import type { TaggerOptions } from './settings.js'
import {
  type PreparedTagger,
  type TaggerCheckpoint,
  type TaggerTrainingOptions,
  trainTagger,
} from './train.js'
import type { TaggerExample } from './vocabulary.js'

const speech = speechExamples(80)
const names = nameExamples(80)
const run = { data: ['a.conllu'], out: 'a.safetensors' }

let engine: Engine
before(async () => {
  engine = await loadEngine({ threads: 1 })
})
after(() => engine.dispose())

const train = (examples: readonly TaggerExample[], options: Partial<TaggerTrainingOptions> = {}) =>
  trainTagger(examples, { ...(!options.resume && tinyTagger), ...options, engine })

/** SHA-256 of the model file of a training. */
async function fileOf(
  examples: readonly TaggerExample[],
  options: Partial<TaggerTrainingOptions> = {},
): Promise<string> {
  const { model } = await train(examples, options)
  const hash = createHash('sha256')
  for (const piece of model.toPieces()) hash.update(piece)
  model.dispose()
  return hash.digest('hex')
}

/** What a file would hold: the checkpoint written and read again. */
const throughFile = (checkpoint: TaggerCheckpoint): TaggerCheckpoint =>
  readTaggerCheckpoint(Buffer.concat(taggerCheckpointPieces(checkpoint, run)), 'a.ckpt.safetensors')
    .checkpoint

describe('a tagger learns', () => {
  test('parts of speech, of unknown words too by how they end', async () => {
    const { model, valid } = await train(speech, { valid: speechExamples(40, 9) })
    const { accuracy, seen, unseen, f1, perType } = valid!
    assert.ok(accuracy > 0.97, `accuracy ${accuracy}`)
    assert.ok(unseen.tokens > 20 && unseen.accuracy! > 0.9, `unseen ${JSON.stringify(unseen)}`)
    assert.ok(seen.accuracy! > 0.97)
    assert.equal(f1, undefined)
    assert.deepEqual(Object.keys(perType), ['ADJ', 'DET', 'NOUN', 'PUNCT', 'VERB'])
    assert.equal(model.settings.decoder, 'softmax')
    model.dispose()
  })

  test('spans in IOB1, as BIOES with a CRF, and gives IOB1 back', async () => {
    const { model, valid } = await train(nameExamples(160), { valid: nameExamples(40, 9) })
    assert.ok(valid!.f1! > 0.95, `F1 ${valid!.f1}`)
    assert.deepEqual(Object.keys(valid!.perType), ['LOC', 'PER'])
    assert.equal(model.settings.decoder, 'crf')
    assert.equal(model.settings.scheme, 'bioes')
    const [found] = await model.predict(['Ada Ames sees Eva Rome .'.split(' ')])
    assert.deepEqual(found!.tags, ['I-PER', 'I-PER', 'O', 'I-PER', 'I-LOC', 'O'])
    assert.deepEqual(found!.spans, [
      { type: 'PER', begin: 0, end: 2, text: 'Ada Ames' },
      { type: 'PER', begin: 3, end: 4, text: 'Eva' },
      { type: 'LOC', begin: 4, end: 5, text: 'Rome' },
    ])
    model.dispose()
  })

  test('with the character LSTM, two GRU layers, the softmax for spans, and without most features', async () => {
    const kinds: TaggerOptions[] = [
      { characters: 'lstm', decoder: 'softmax', scheme: 'bio' },
      {
        characters: 'none',
        affixes: 0,
        casing: 0,
        layers: 2,
        cell: 'gru',
        lowercase: true,
        optimizer: 'adamw',
        weightDecay: 0.01,
      },
    ]
    for (const kind of kinds) {
      const { model, valid } = await train(names, { ...kind, valid: nameExamples(20, 9) })
      assert.ok(valid!.f1! > 0.9, `${JSON.stringify(kind)}: F1 ${valid!.f1}`)
      model.dispose()
    }
  })
})

describe('resumed from a checkpoint file, training ends with the same bytes', () => {
  const kinds: Record<string, readonly [readonly TaggerExample[], TaggerOptions]> = {
    'parts of speech': [speech, { epochs: 3 }],
    'spans, CRF, patience': [names, { epochs: 3, recurrentDropout: 0.1, patience: 2 }],
  }
  for (const [name, [examples, options]] of Object.entries(kinds)) {
    test(name, async () => {
      const checkpoints: TaggerCheckpoint[] = []
      const write = (checkpoint: TaggerCheckpoint) => void checkpoints.push(throughFile(checkpoint))
      const whole = await fileOf(examples, { ...options, checkpoint: { every: { steps: 1 }, write } })
      assert.ok(checkpoints.length >= 20)
      for (const at of [0, 4, 12, checkpoints.length - 1]) {
        assert.equal(await fileOf(examples, { resume: checkpoints[at]! }), whole, `after ${at + 1} steps`)
      }
    })
  }

  test('and not with other data or settings', async () => {
    let last: TaggerCheckpoint | undefined
    const { model } = await train(speech, {
      epochs: 1,
      checkpoint: {
        every: { steps: 1 },
        write: (state) => {
          last = state
        },
      },
    })
    model.dispose()
    await assert.rejects(train(speechExamples(81), { resume: last! }), { code: 'checkpoint' })
    await assert.rejects(train(speech, { resume: last!, units: 17 }), {
      code: 'checkpoint',
      message: /`units` 16, now it is 17/,
    })
  })
})

test('the same seed gives the same file, another one another', async () => {
  const [first, again, other] = [
    await fileOf(names, { epochs: 1 }),
    await fileOf(names, { epochs: 1 }),
    await fileOf(names, { epochs: 1, seed: 2 }),
  ]
  assert.equal(first, again)
  assert.notEqual(first, other)
})

test('pre-trained vectors stay as they are unless they are trained, and help words that are not in the data', async () => {
  const vectors = new Map<string, Float32Array>()
  for (const [k, word] of ['cat', 'dog', 'river', 'stone', 'lamp', 'house', 'unheard'].entries()) {
    vectors.set(word, Float32Array.of(1, 0, 0.01 * k))
  }
  for (const [k, word] of ['sees', 'likes', 'holds', 'finds'].entries())
    vectors.set(word, Float32Array.of(0, 1, 0.01 * k))
  const source = { dimension: 3, lookup: (word: string) => vectors.get(word), words: () => vectors.keys() }
  for (const vectorTraining of ['fixed', 'tuned'] as const) {
    const { model } = await train(speech, {
      vectors: source,
      vectorTraining,
      affixes: 0,
      characters: 'none',
      wordDropout: 4,
    })
    const table = model.network.parameters.get('vectors/embeddings')!
    const values = model.session.readParameter(table)
    const { words } = model.vocabulary.json.vectors!
    assert.ok(words.includes('unheard'))
    const same = words.every((word, row) =>
      vectors.get(word)!.every((value, k) => values[row * 3 + k] === Math.fround(value)),
    )
    assert.equal(same, vectorTraining === 'fixed')
    const [found] = await model.predict([['the', 'UNHEARD', 'sees', 'the', 'unheard', '.']])
    assert.equal(found!.tags[4], 'NOUN')
    model.dispose()
  }
})

test('further columns are features, and are asked for when predicting', async () => {
  // The tag is the value of the column; the word says nothing.
  const examples = speech.map(({ tokens, tags }) => ({
    tokens: tokens.map(() => 'word'),
    tags,
    features: [tags.map((tag) => tag.toLowerCase())],
  }))
  const { model, valid } = await train(examples, { features: [2], valid: examples })
  assert.equal(valid!.accuracy, 1)
  await assert.rejects(model.predict([['word']]), {
    code: 'option',
    message: /1 further columns \(features 2\)/,
  })
  const [found] = await model.predict([{ tokens: ['word', 'word'], features: [['verb', 'never seen']] }])
  assert.equal(found!.tags[0], 'VERB')
  model.dispose()
})

describe('data that will not do', () => {
  const rejects = (
    examples: readonly TaggerExample[],
    options: Partial<TaggerTrainingOptions>,
    code: string,
    message: RegExp,
  ) => assert.rejects(train(examples, options), { code, message })

  test('is refused with what to do', async () => {
    const one = { tokens: ['a', 'b'], tags: ['X', 'Y'], place: 'a.txt:1' }
    await rejects([], {}, 'empty-data', /no sentences/)
    await rejects([{ tokens: [], tags: [] }], {}, 'empty-data', /no sentences/)
    await rejects(
      [
        { tokens: ['a'], tags: ['X'] },
        { tokens: ['b'], tags: ['X'] },
      ],
      {},
      'one-label',
      /the tag "X"/,
    )
    await rejects([one, { ...one, tags: ['X'] }], {}, 'shape', /a\.txt:1.* has 2 tokens and 1 tags/)
    await rejects([one], {}, 'too-short', /validSplit/)
    await rejects([one, one], { features: [2] }, 'missing-column', /0 further columns/)
    await rejects([one, one], { valid: [] }, 'empty-data', /validation data/)
  })

  test('settings that contradict each other are refused', async () => {
    await rejects(speech, { column: 2, field: 'upos' }, 'option', /`column`.*`field`/)
    await rejects(speech, { scheme: 'bio' }, 'option', /`scheme` bio is for tags of spans/)
    await rejects(speech, { momentum: 0.9 }, 'option', /`momentum` is for sgd/)
    await rejects(names, { labelSmoothing: 0.1 }, 'option', /softmax/)
    await rejects(speech, { patience: 2, validSplit: 0 }, 'option', /`patience`/)
  })

  test('what is odd is counted: illegal transitions, empty and long sentences, shared ones', async () => {
    const long = { tokens: Array<string>(450).fill('the'), tags: Array<string>(450).fill('O') }
    const odd = { tokens: ['Ada', 'sees', 'Rome'], tags: ['I-PER', 'B-PER', 'B-LOC'], place: 'names.txt:12' }
    const shared = { tokens: 'a b c d e f g h'.split(' '), tags: Array<string>(8).fill('O') }
    let prepared: PreparedTagger | undefined
    const { model } = await train([...names, long, odd, shared, { tokens: [], tags: [] }], {
      epochs: 1,
      valid: [...nameExamples(5, 3), shared],
      onPrepared: (found) => {
        prepared = found
      },
    })
    const notes = prepared!.notes.map(({ what, count }) => `${count} ${what}`)
    assert.deepEqual(notes, [
      '1 sentences of the training data without tokens, left out',
      '1 illegal IOB1 transitions, read as conlleval reads them',
      '1 validation sentences that are in the training part too',
      '1 sentences of more than 200 tokens, cut for training',
    ])
    assert.match(
      prepared!.notes[1]!.example!,
      /"B-LOC" of "Rome" after "B-PER" in the sentence at names.txt:12/,
    )
    assert.equal(prepared!.corpus.train.length, names.length + 5)
    model.dispose()
  })
})

test('a training that is stopped by its signal says so, and one that diverges how to go on', async () => {
  const controller = new AbortController()
  const stopped = await train(speech, {
    signal: controller.signal,
    callbacks: [{ onStep: ({ step }) => void (step === 3 && controller.abort()) }],
  })
  assert.equal(stopped.fit!.stopped, 'aborted')
  assert.equal(stopped.fit!.steps, 3)
  stopped.model.dispose()
  await assert.rejects(train(speech, { lr: 1e30, clip: 0, optimizer: 'sgd' }), {
    code: 'diverged',
    message: /Try `lr`/,
  })
})
