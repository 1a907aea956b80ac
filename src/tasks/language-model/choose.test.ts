import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { resolve } from '../../options.js'
import { checkSettings, chooseSettings } from './choose.js'
import { type LanguageModelOptions, languageModelFields } from './settings.js'

const units = ['char', 'word', 'byte'] as const
const optionError = { code: 'option' }

test('settings are chosen for every size of text and unit, and are themselves valid settings', () => {
  for (const unit of units) {
    let before = 0
    for (const tokens of [20, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]) {
      const settings = chooseSettings({ unit }, { tokens })
      assert.deepEqual(chooseSettings(settings, { tokens }), settings, 'choosing again changes nothing')
      assert.ok(settings.batch * settings.bptt <= tokens, 'a step is not longer than the text')
      const size = settings.layers * settings.units
      assert.ok(size >= before, `a larger text gets no smaller network (${unit}, ${tokens})`)
      before = size
    }
  }
})

test('what is given is kept', () => {
  const given = fc.record(
    {
      unit: fc.constantFrom(...units),
      cell: fc.constantFrom('simple', 'gru', 'lstm'),
      layers: fc.integer({ min: 1, max: 4 }),
      units: fc.integer({ min: 1, max: 2000 }),
      embedding: fc.integer({ min: 1, max: 2000 }),
      dropout: fc.double({ min: 0, max: 0.9, noNaN: true }),
      bptt: fc.integer({ min: 1, max: 50 }),
      batch: fc.integer({ min: 1, max: 50 }),
      epochs: fc.integer({ min: 1, max: 50 }),
      optimizer: fc.constantFrom('sgd', 'rmsprop', 'adam', 'adamw'),
      lr: fc.double({ min: 1e-6, max: 10, noNaN: true }),
      clip: fc.double({ min: 0, max: 10, noNaN: true }),
      schedule: fc.constantFrom('constant', 'cosine:0.1', 'step:0.5:1:4', 'plateau:0.5'),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<LanguageModelOptions>
  fc.assert(
    fc.property(given, fc.integer({ min: 50, max: 1e8 }), (options, tokens) => {
      const settings: Record<string, unknown> = { ...chooseSettings(options, { tokens }) }
      for (const [name, value] of Object.entries(options)) assert.equal(settings[name], value, name)
    }),
  )
})

test('a tied output takes the width of whichever of the two is given', () => {
  const size = { tokens: 1e5 }
  assert.equal(chooseSettings({ tie: true, embedding: 24 }, size).units, 24)
  assert.equal(chooseSettings({ tie: true, units: 24 }, size).embedding, 24)
  const both = chooseSettings({ tie: true }, size)
  assert.equal(both.units, both.embedding)
})

test('settings that contradict each other or would do nothing are refused, naming them', () => {
  const cases: [LanguageModelOptions, boolean, RegExp][] = [
    [{ unit: 'word', tie: true, softmax: 'adaptive' }, true, /`tie` cannot.*`softmax` sampled/],
    [{ unit: 'word', tie: true, cutoffs: '5' }, true, /`tie` cannot/],
    [{ unit: 'word', cutoffs: '5', samples: 4 }, true, /Give one of them/],
    [{ unit: 'word', cutoffs: '5', softmax: 'full' }, true, /`cutoffs`.*`softmax` is full/],
    [{ unit: 'word', samples: 5, softmax: 'adaptive' }, true, /`samples`.*`softmax` is adaptive/],
    [{ softmax: 'adaptive' }, true, /sorted by how frequent.*`unit` word/],
    [{ unit: 'word', softmax: 'sampled', labelSmoothing: 0.1 }, true, /`labelSmoothing`/],
    [{ unit: 'word', tie: true, softmax: 'full', tableUpdates: 'touched' }, true, /`tableUpdates`/],
    [{ splitPunctuation: true }, true, /`splitPunctuation`.*word/],
    [{ unit: 'byte', minCount: 2 }, true, /`minCount`/],
    [{ unit: 'byte', maxVocabulary: 20 }, true, /`maxVocabulary`/],
    [{ momentum: 0.9 }, true, /`momentum`.*adamw/],
    [{ momentum: 0.9, optimizer: 'adam' }, true, /`momentum`.*adam/],
    [{ patience: 3, validSplit: 0 }, false, /`patience`.*`validSplit`/],
  ]
  for (const [options, hasValidation, message] of cases) {
    const resolved = resolve('test', languageModelFields, options)
    assert.throws(() => checkSettings(resolved, hasValidation), { ...optionError, message })
  }
  const fine: LanguageModelOptions[] = [
    { unit: 'word', splitPunctuation: true, minCount: 2 },
    { momentum: 0.9, optimizer: 'sgd' },
    { tie: true, units: 8, embedding: 8, patience: 2 },
    { unit: 'word', tie: true, units: 8, embedding: 4, softmax: 'sampled', samples: 3 },
  ]
  for (const options of fine) checkSettings(resolve('test', languageModelFields, options), false)
})

test('the output is chosen from the vocabulary, and cut-offs lie within it', () => {
  const choose = (options: LanguageModelOptions, vocabulary: number) => {
    const settings = chooseSettings({ unit: 'word', ...options }, { tokens: 1e6, vocabulary })
    assert.deepEqual(chooseSettings(settings, { tokens: 1e6, vocabulary }), settings)
    const { softmax, cutoffs, samples, tableUpdates } = settings
    return [softmax, cutoffs ?? samples, tableUpdates]
  }
  assert.deepEqual(choose({}, 20_000), ['full', undefined, 'all'])
  assert.deepEqual(choose({}, 33_278), ['adaptive', '2000,10000', 'touched'])
  assert.deepEqual(choose({}, 250_000), ['adaptive', '2000,10000,50000', 'touched'])
  assert.deepEqual(choose({ tie: true }, 33_278), ['full', undefined, 'all'])
  assert.deepEqual(choose({ tie: true }, 250_000), ['sampled', 4096, 'touched'])
  assert.deepEqual(choose({ cutoffs: '10,20' }, 100), ['adaptive', '10,20', 'all'])
  assert.deepEqual(choose({ samples: 7 }, 100), ['sampled', 7, 'all'])
  assert.deepEqual(choose({ softmax: 'adaptive' }, 100), ['adaptive', undefined, 'all'])
  assert.deepEqual(choose({ softmax: 'full' }, 250_000), ['full', undefined, 'touched'])
  assert.deepEqual(choose({ labelSmoothing: 0.1 }, 250_000), ['full', undefined, 'touched'])
  assert.throws(() => choose({ cutoffs: '10,100' }, 100), { ...optionError, message: /ends at 100/ })
  for (const cutoffs of ['', '5,4', '0', 'a', '5,,6', '-1']) {
    assert.throws(() => choose({ cutoffs }, 100), optionError, cutoffs)
  }
})

test('more streams or steps than the text has tokens are refused', () => {
  assert.throws(() => chooseSettings({ batch: 101 }, { tokens: 100 }), {
    ...optionError,
    message: /`batch` is 101/,
  })
  assert.throws(() => chooseSettings({ bptt: 101 }, { tokens: 100 }), {
    ...optionError,
    message: /`bptt` is 101/,
  })
})

test('schedules and initial weights are checked where they are given', () => {
  const check = (options: Record<string, unknown>) => resolve('test', languageModelFields, options)
  for (const schedule of [
    'one-cycle',
    'one-cycle:0.2:0.01',
    'cosine:0.1:0.05',
    'exponential:0.9',
    'constant',
  ])
    assert.equal(check({ schedule }).schedule, schedule)
  for (const schedule of [
    '',
    'onecycle',
    'step:2',
    'step:0.5:1:4:9',
    'cosine:x',
    'cosine:',
    'constructor',
    7,
  ])
    assert.throws(() => check({ schedule }), optionError, String(schedule))
  for (const init of ['keras', 'uniform:0.1', 'uniform:.05', 'uniform:1e-2'])
    assert.equal(check({ init }).init, init)
  for (const init of ['', 'uniform', 'uniform:', 'uniform:0', 'uniform:-1', 'normal:1', 3])
    assert.throws(() => check({ init }), optionError, String(init))
})
