import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readModelFile, writeModelFile } from '../../../formats/model-file.js'
import { RandomStream } from '../../../random.js'
import { goldenLines } from '../../../testing/golden.js'
import { BagOfWords } from './bag-of-words.js'
import { PairTable } from './pair-table.js'
import { TextBaseline } from './text-baseline.js'

const topics = {
  sea: ['ship', 'wave', 'harbour', 'sail', 'deep water'],
  sky: ['cloud', 'bird', 'wing', 'storm', 'high wind'],
  soil: ['root', 'worm', 'field', 'plough', 'wet clay'],
} as const
type Topic = keyof typeof topics

/** Sentences about one topic or several, with common words between. */
function sentences(count: number, seed: number, most = 1, names: readonly Topic[] = ['sea', 'sky', 'soil']) {
  const random = new RandomStream(seed, 'sentences')
  const pick = <Item>(list: readonly Item[]) => list[random.integer(list.length)]!
  return Array.from({ length: count }, () => {
    const labels = [...random.permutation(names.length)]
      .slice(0, most === 1 ? 1 : random.integer(most + 1))
      .map((k) => names[k]!)
    const words = Array.from({ length: 10 }, () =>
      labels.length === 0 || random.uniform() < 0.5
        ? pick(['the', 'a', 'old', 'new', 'we', 'saw'])
        : pick(topics[pick(labels)]),
    )
    return { text: words.join(' '), labels: labels as string[] }
  })
}

const joined = (model: TextBaseline) => Buffer.concat(model.toPieces())

test('one label of three, two labels and several labels are learnt', async () => {
  const three = await TextBaseline.train(sentences(150, 1))
  assert.ok((await three.evaluate(sentences(100, 2))).accuracy > 0.95)
  const two = await TextBaseline.train(sentences(100, 1, 1, ['sea', 'sky']))
  assert.ok((await two.evaluate(sentences(100, 2, 1, ['sea', 'sky']))).accuracy > 0.95)
  const several = await TextBaseline.train(sentences(300, 1, 2))
  assert.ok(several.multiLabel)
  const scores = await several.evaluate(sentences(200, 2, 2))
  assert.ok(scores.microF1 > 0.9 && scores.accuracy > 0.8, `${scores.microF1} ${scores.accuracy}`)
})

test('the same examples give the same bytes, and another seed another validation part', async () => {
  const examples = sentences(60, 1)
  const [a, b, c] = [
    await TextBaseline.train(examples, { seed: 7 }),
    await TextBaseline.train(examples, { seed: 7 }),
    await TextBaseline.train(examples, { seed: 8 }),
  ]
  assert.ok(joined(a).equals(joined(b)))
  assert.notDeepEqual(a.training.tried, c.training.tried)
})

test('a saved model predicts the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reprise-baseline-'))
  try {
    for (const most of [1, 2]) {
      const model = await TextBaseline.train(sentences(80, 1, most), { classWeights: 'balanced' })
      const path = join(folder, 'm.safetensors')
      await model.save(path)
      const loaded = await TextBaseline.load(path)
      const texts = sentences(20, 3).map(({ text }) => text)
      const [before, after] = [await model.predict(texts), await loaded.predict(texts)]
      for (const [i, { label, probability }] of before.entries()) {
        assert.equal(after[i]!.label, label)
        assert.ok(Math.abs(after[i]!.probability - probability) < 1e-6)
      }
      assert.ok(joined(loaded).equals(joined(model)))
      assert.deepEqual([loaded.labels, loaded.multiLabel, loaded.name], [model.labels, most > 1, model.name])
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('features and values are scikit-learn’s', async () => {
  interface Case {
    readonly kind: string
    readonly texts: readonly string[]
    readonly sublinear: boolean
    readonly minimum: number
    readonly expected: readonly Readonly<Record<string, number>>[]
  }
  const cases = goldenLines<Case>('classification.jsonl').filter(
    ({ kind, sublinear }) => kind === 'tfidf' && sublinear,
  )
  assert.equal(cases.length, 2)
  for (const { texts, minimum, expected } of cases) {
    const settings = {
      weighting: 'tfidf',
      bigrams: true,
      lowercase: true,
      punctuation: true,
      numberShapes: true,
      minDocuments: minimum,
      maxFeatures: 1000,
      letters: 0,
    } as const
    const bag = await BagOfWords.learn(texts, settings, async () => {})
    for (const [i, text] of texts.entries()) {
      const { columns, values } = bag.row(text)
      const row = Object.fromEntries([...columns].map((d, k) => [bag.nameOf(d), values[k]!]))
      assert.deepEqual(Object.keys(row).sort(), Object.keys(expected[i]!).sort())
      for (const [name, value] of Object.entries(expected[i]!))
        assert.ok(Math.abs(row[name]! - value) < 1e-6, `${name}: ${row[name]} ${value}`)
    }
  }
})

test('every setting changes what is learnt', async () => {
  const examples = sentences(60, 1).map(({ text, labels }, i) => ({
    text: i % 2 === 0 ? `${text}! ${12345 + (i % 4)}` : text.toUpperCase(),
    labels,
  }))
  const bytes = async (options: object) =>
    joined(await TextBaseline.train(examples, options)).toString('latin1')
  const plain = await bytes({})
  for (const options of [
    { weighting: 'counts' },
    { weighting: 'presence' },
    { bigrams: false },
    { letters: 0 },
    { letters: 3 },
    { lowercase: false },
    { punctuation: false },
    { numberShapes: false },
    { minDocuments: 9 },
    { maxFeatures: 12 },
    { c: 0.7 },
    { classWeights: 'balanced' },
    { refit: false },
    { validSplit: 0.5 },
  ]) {
    // Settings are in the file: only the tensors behind the header count.
    const tensors = (text: string) => text.slice(text.lastIndexOf('"}'))
    assert.notEqual(tensors(await bytes(options)), tensors(plain), JSON.stringify(options))
  }
})

test('long numbers are known by their length, and explained as they are written', async () => {
  const examples = sentences(40, 1, 1, ['sea', 'sky']).map(({ text, labels }, i) => ({
    text: labels[0] === 'sea' ? `${text} ${80_000 + i}` : `${text} ${800 + i}`,
    labels,
  }))
  const model = await TextBaseline.train(examples)
  const { label, words } = await model.explain('99999')
  assert.equal(label, 'sea')
  assert.ok(words[0]!.word === '99999' && words[0]!.contribution > 0)
})

test('at most so many features are kept, those in most texts', async () => {
  const model = await TextBaseline.train(sentences(60, 1), { maxFeatures: 8 })
  assert.ok(model.features <= 8 && model.features > 0)
})

test('any text can be classified: empty, unknown words, NUL, half a character, very long', async () => {
  const model = await TextBaseline.train(sentences(60, 1))
  const texts = [
    '',
    ' \n ',
    'zzz qqq',
    'ship\0wave',
    '\ud800 ship',
    'ship '.repeat(20_000),
    '😀',
    '<unk> <eos>',
  ]
  const found = await model.predict(texts)
  assert.equal(found.length, texts.length)
  for (const { probability, scores } of found) {
    assert.ok(probability > 0 && probability <= 1)
    const sum = Object.values(scores).reduce((a, b) => a + b)
    assert.ok(Math.abs(sum - 1) < 1e-5)
  }
  assert.deepEqual(found[0]!.scores, found[1]!.scores)
  assert.equal(found[3]!.label, 'sea')
  assert.equal(found[5]!.label, 'sea')
})

test('texts may come one by one, and calls may overlap', async () => {
  const model = await TextBaseline.train(sentences(60, 1))
  const texts = sentences(30, 5).map(({ text }) => text)
  async function* later() {
    for (const text of texts) yield text
  }
  const streamed: string[] = []
  for await (const { label } of model.predict(later())) streamed.push(label)
  const [a, b] = await Promise.all([model.predict(texts), model.predict([...texts].reverse())])
  assert.deepEqual(
    streamed,
    a.map(({ label }) => label),
  )
  assert.deepEqual(b.reverse(), a)
})

test('contributions and bias add up to the score of the label', async () => {
  for (const most of [1, 2]) {
    const model = await TextBaseline.train(sentences(100, 1, most))
    const { text } = sentences(1, 9)[0]!
    const sum = async (label: string) =>
      (await model.explain(text, label)).words.reduce((s, w) => s + w.contribution, 0)
    const logit = async (given: string, label: string) => {
      const { scores } = (await model.predict([given]))[0]!
      const p = scores[label]!
      if (most > 1) return Math.log(p / (1 - p))
      const logs = model.labels.map((name) => Math.log(scores[name]!))
      const others = logs.reduce((a, b) => a + b) - Math.log(p)
      return Math.log(p) - others / (logs.length - 1)
    }
    for (const label of model.labels) {
      const moved = (await logit(text, label)) - (await logit('', label))
      const explained = await sum(label)
      assert.ok(Math.abs(moved - explained) < 1e-4, `${label}: ${moved} ${explained}`)
    }
  }
})

test('an explanation has the words of the text and favours those of the topic', async () => {
  const model = await TextBaseline.train(sentences(150, 1, 1, ['sea', 'sky']))
  const explained = await model.explain('We saw a SHIP, unheard-of!')
  assert.equal(explained.label, 'sea')
  assert.deepEqual(
    explained.words.map(({ word }) => word),
    ['we', 'saw', 'a', 'ship', ',', 'unheard-of', '!'],
  )
  const strongest = [...explained.words].sort((a, b) => b.contribution - a.contribution)
  assert.equal(strongest[0]!.word, 'ship')
  const against = await model.explain('We saw a SHIP, unheard-of!', 'sky')
  for (const [i, { contribution }] of explained.words.entries())
    assert.equal(against.words[i]!.contribution, -contribution || 0)
  await assert.rejects(model.explain('x', 'se'), { code: 'unknown-name', message: /Did you mean "sea"/ })
})

test('what cannot be learnt from is refused by name', async () => {
  await assert.rejects(TextBaseline.train([{ text: 'a', labels: ['x'] }]), { code: 'one-label' })
  await assert.rejects(TextBaseline.train([]), { code: 'empty-data' })
  await assert.rejects(TextBaseline.train([{ text: ' ', labels: ['x'] }]), { code: 'empty-data' })
  const wrong = { bigram: true } as object
  await assert.rejects(TextBaseline.train(sentences(9, 1), wrong), { code: 'unknown-name' })
  const signal = AbortSignal.abort()
  await assert.rejects(TextBaseline.train(sentences(9, 1), { signal }), { name: 'AbortError' })
})

test('labels of which there is one example, and labels only the validation part has', async () => {
  const examples = [...sentences(40, 1), { text: 'moon crater', labels: ['moon'] }]
  const model = await TextBaseline.train(examples, {
    valid: [...sentences(20, 2), { text: 'red dust', labels: ['mars'] }],
  })
  assert.ok(model.labels.includes('moon') && !model.labels.includes('mars'))
  assert.equal(model.training.validUnseen, 1)
  const scores = await model.evaluate([{ text: 'red dust', labels: ['mars'] }])
  assert.equal(scores.accuracy, 0)
})

test('without examples to choose on a usual strength is taken', async () => {
  const model = await TextBaseline.train([
    { text: 'good good', labels: ['yes'] },
    { text: 'bad bad', labels: ['no'] },
  ])
  assert.equal(model.settings.c, 10)
  assert.equal((await model.predict(['good']))[0]!.label, 'yes')
})

test('damaged files are told, whatever is damaged', async () => {
  const model = await TextBaseline.train(sentences(40, 1))
  const file = readModelFile(joined(model), 'm')
  const read = (change: Partial<typeof file>) => () =>
    TextBaseline.fromBytes(Buffer.concat(writeModelFile({ ...file, ...change })), 'm')
  const code = { code: 'damaged-file' }
  for (const key of ['labels', 'multiLabel', 'temperature', 'settings', 'tokenizer', 'training'])
    assert.throws(read({ metadata: { ...file.metadata, [key]: undefined } }), code, key)
  for (const name of file.weights.keys()) {
    const weights = new Map(file.weights)
    weights.delete(name)
    assert.throws(read({ weights }), code, name)
    const { shape } = file.weights.get(name)!
    const length = shape.reduce((a, b) => a * b, 1)
    const values = new Float32Array(length).fill(Number.NaN)
    if (name !== 'idf')
      assert.throws(read({ weights: new Map(file.weights).set(name, { shape, values }) }), code)
  }
  assert.throws(read({ metadata: { ...file.metadata, kind: 'recurrent' } }), { code: 'wrong-task' })
  assert.throws(read({ task: 'lm' }), { code: 'wrong-task' })
})

test('pairs are numbered in the order in which they come', () => {
  const table = new PairTable()
  const random = new RandomStream(1, 'pairs')
  const known = new Map<string, number>()
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = [random.integer(150), random.integer(150)]
    const key = `${a},${b}`
    assert.equal(table.find(a, b), known.get(key) ?? -1)
    if (!known.has(key)) known.set(key, known.size)
    assert.equal(table.add(a, b), known.get(key))
  }
  for (const [key, number] of known) assert.equal(`${table.first(number)},${table.second(number)}`, key)
})
