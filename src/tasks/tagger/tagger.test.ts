import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Engine } from '../../engine/engine.js'
import { loadEngine } from '../../engine/load.js'
import { nameExamples, speechExamples, tinyTagger } from '../../testing/tagged-examples.js'
import { Tagger } from './tagger.js'
import { splitTokens } from './tokens.js'

let engine: Engine
let names: Tagger
let speech: Tagger
before(async () => {
  engine = await loadEngine({ threads: 1 })
  names = await Tagger.train(nameExamples(80), { ...tinyTagger, epochs: 3, engine })
  speech = await Tagger.train(speechExamples(80), { ...tinyTagger, epochs: 2, engine })
})
after(() => engine.dispose())

const inputs = nameExamples(60, 5).map(({ tokens }, k) =>
  k % 7 === 0 ? [...tokens, ...tokens, ...tokens] : tokens,
)

describe('predict', () => {
  test('gives the tags of each sentence in the order of the inputs, as one by one', async () => {
    const together = await names.predict(inputs)
    assert.equal(together.length, inputs.length)
    for (const [k, tokens] of inputs.entries()) {
      assert.deepEqual(together[k]!.tokens, tokens)
      assert.deepEqual(together[k], (await names.predict([tokens]))[0], `sentence ${k}`)
    }
  })

  test('calls may overlap', async () => {
    const expected = await names.predict(inputs)
    const calls = await Promise.all([0, 10, 20, 30].map((from) => names.predict(inputs.slice(from))))
    for (const [k, from] of [0, 10, 20, 30].entries()) assert.deepEqual(calls[k], expected.slice(from))
  })

  test('a stream gives a stream', async () => {
    const found = []
    async function* lines() {
      for (let round = 0; round < 6; round++) yield* inputs
    }
    for await (const sentence of names.predict(lines())) found.push(sentence)
    const expected = await names.predict(inputs)
    assert.deepEqual(found, Array.from({ length: 6 }, () => expected).flat())
  })

  test('texts are split into tokens', async () => {
    const [found] = await names.predict(['Ada Ames sees the cat in Rome.'])
    assert.deepEqual(found!.tokens, ['Ada', 'Ames', 'sees', 'the', 'cat', 'in', 'Rome', '.'])
    assert.deepEqual(splitTokens("Don't say (Ada's) 3.14!", true), [
      'Do',
      "n't",
      'say',
      '(',
      'Ada',
      "'s",
      ')',
      '3.14',
      '!',
    ])
    assert.deepEqual(splitTokens(' well-known\tU.S. 𝔘𝔫𝔦 '), ['well-known', 'U.S', '.', '𝔘𝔫𝔦'])
  })

  test('nothing, an empty text, a token of a million letters', async () => {
    assert.deepEqual(await names.predict([]), [])
    assert.deepEqual(await names.predict(['', []]), [
      { tokens: [], tags: [], spans: [] },
      { tokens: [], tags: [], spans: [] },
    ])
    const [found] = await speech.predict([['x'.repeat(1_000_000), '𝔘'.repeat(500)]])
    assert.equal(found!.tags.length, 2)
  })

  test('a sentence of 20,000 tokens is read in pieces that know what is around them', async () => {
    const tokens = Array.from(
      { length: 20_000 },
      (_, k) => ['Ada', 'Ames', 'sees', 'the', 'cat', '.'][k % 6]!,
    )
    const [found] = await names.predict([tokens])
    assert.equal(found!.tags.length, 20_000)
    const middle = found!.tags.slice(600, 18_000)
    for (let k = 6; k < middle.length; k++) assert.equal(middle[k], middle[k - 6], `token ${600 + k}`)
  })

  test('stops when the signal says so', async () => {
    await assert.rejects(names.predict(inputs, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  })
})

describe('evaluate', () => {
  test('counts tokens, seen and unseen words, and tags training never saw', async () => {
    const scores = await speech.evaluate([
      { tokens: ['the', 'zzzing', 'cat'], tags: ['DET', 'ADJ', 'NEW'] },
      { tokens: ['.'], tags: ['PUNCT'] },
    ])
    assert.deepEqual(
      [scores.sentences, scores.tokens, scores.seen.tokens, scores.unseen.tokens],
      [2, 4, 3, 1],
    )
    assert.deepEqual(scores.unknownTags, { NEW: 1 })
    assert.equal(scores.perType.NEW!.recall, 0)
    assert.ok(scores.accuracy <= 0.75)
  })

  test('where there is nothing to measure the share is null', async () => {
    const known = await speech.evaluate([{ tokens: ['the', 'cat'], tags: ['DET', 'NOUN'] }])
    assert.deepEqual(known.unseen, { tokens: 0, accuracy: null })
    const strange = await speech.evaluate([{ tokens: ['zzz'], tags: ['NEW'] }])
    assert.deepEqual(
      [strange.seen, strange.unseen],
      [
        { tokens: 0, accuracy: null },
        { tokens: 1, accuracy: 0 },
      ],
    )
    assert.equal(strange.accuracy, 0)
  })

  test('notes what is odd about the sentences', async () => {
    const long = (length: number) => ({ tokens: Array(length).fill('the'), tags: Array(length).fill('O') })
    const odd = { tokens: ['Ada', 'sees'], tags: ['B-PER', 'O'], place: 'f:3' }
    const plain = nameExamples(5, 6)
    assert.deepEqual((await names.evaluate([...plain, long(352)])).notes, [])
    const asked = [...plain, odd, odd, { tokens: [], tags: [] }, { ...long(353), place: 'f:9' }]
    assert.deepEqual((await names.evaluate(asked)).notes, [
      { what: 'sentences without tokens, left out', count: 1 },
      {
        what: 'illegal IOB1 transitions, read as conlleval reads them',
        count: 2,
        example: '"B-PER" of "Ada" after the beginning in the sentence at f:3',
      },
      { what: 'sentences of more than 352 tokens, read in pieces of 256', count: 1, example: 'f:9' },
    ])
    // Parts of speech have no transitions that are illegal.
    assert.deepEqual((await speech.evaluate([odd])).notes, [])
  })

  test('compares tags in the scheme of the data, spans in any', async () => {
    const iob1 = nameExamples(20, 4)
    const own = await names.evaluate(iob1)
    const bio = iob1.map(({ tokens, tags }) => ({
      tokens,
      tags: tags.map((tag, k) => (tag !== 'O' && tags[k - 1] !== tag ? tag.replace('I-', 'B-') : tag)),
    }))
    const other = await names.evaluate(bio)
    assert.equal(other.f1, own.f1)
    assert.ok(other.accuracy >= own.accuracy - 0.05)
  })

  test('says which sentences it was trained on, also from its file and in another scheme, and scores the others apart', async () => {
    const long = (name: string, tag: string) => ({
      tokens: [...'the cat sees the dog in'.split(' '), name, '.'],
      tags: [...Array<string>(6).fill('O'), tag, 'O'],
    })
    const short = { tokens: ['Ada', '.'], tags: ['I-PER', 'O'] }
    const data = [...nameExamples(40), long('Rome', 'I-LOC'), long('Oslo', 'I-LOC'), short]
    const tagger = await Tagger.train(data, { ...tinyTagger, epochs: 1, engine })
    const valid = [long('Bern', 'I-LOC')]
    const asked = [long('Rome', 'I-LOC'), long('Oslo', 'I-PER'), ...valid, short]
    const own = await tagger.evaluate(asked)
    const { without, ...counts } = own.repeated!
    const telling = new Set(
      data.filter(({ tokens }) => tokens.length >= 8).map(({ tokens }) => tokens.join(' ')),
    )
    const of = telling.size
    assert.deepEqual(counts, { sentences: 2, otherTags: 1, trained: of, remembered: of })
    const { sentences, tokens, accuracy, precision, recall, f1 } = await tagger.score([...valid, short])
    assert.deepEqual(without, { sentences, tokens, accuracy, precision, recall, f1 })
    assert.equal((await tagger.evaluate(valid)).repeated!.without, null)
    const again = await Tagger.load(Buffer.concat(tagger.toPieces()), { engine })
    const bio = asked.map((one) => ({ ...one, tags: one.tags.map((tag) => tag.replace('I-', 'B-')) }))
    assert.deepEqual((await again.evaluate(bio)).repeated, own.repeated)
    tagger.dispose()
    again.dispose()
  })

  test('a separate validation part is not training data', async () => {
    const valid = nameExamples(12, 3)
    const tagger = await Tagger.train(nameExamples(20), { ...tinyTagger, epochs: 1, valid, engine })
    assert.equal((await tagger.evaluate(valid)).repeated!.sentences, 0)
    tagger.dispose()
  })

  test('refuses nothing to evaluate on', async () => {
    await assert.rejects(names.evaluate([]), { code: 'empty-data' })
  })
})

describe('files', () => {
  test('a model is the same after it was saved and read, in a page too', async () => {
    const bytes = Buffer.concat(names.toPieces())
    const loaded = await Tagger.load(bytes, { engine })
    assert.deepEqual(await loaded.predict(inputs), await names.predict(inputs))
    assert.deepEqual(Buffer.concat(loaded.toPieces()), bytes)
    loaded.dispose()
    const page = await Tagger.load(bytes, { engine: await loadEngine({ engine: 'wasm' }) })
    const found = await page.predict(inputs)
    assert.deepEqual(found, await names.predict(inputs))
    page.dispose()
    page.engine.dispose()
  })

  test('weights may be kept in fewer bits', async () => {
    const bytes = Buffer.concat(names.toPieces())
    const loaded = await Tagger.load(bytes, { engine, weights: 'bf16' })
    const same = (await loaded.predict(inputs)).filter((found, k) => found.tags.length === inputs[k]!.length)
    assert.equal(same.length, inputs.length)
    loaded.dispose()
  })

  test('damaged and foreign files are refused', async () => {
    await assert.rejects(Tagger.load(new Uint8Array(10), { engine }), { code: /damaged-file|not-a-model/ })
    const bytes = Buffer.concat(names.toPieces())
    const text = bytes.toString('latin1')
    const broken = (from: string, to: string) =>
      Buffer.from(text.replace(from, to.padEnd(from.length)), 'latin1')
    await assert.rejects(
      Tagger.load(broken('\\"scheme\\":\\"iob1\\"', '\\"scheme\\":\\"what\\"'), { engine }),
      { code: 'damaged-file' },
    )
    await assert.rejects(Tagger.load(broken('\\"words\\":[', '\\"wards\\":['), { engine }), {
      code: 'damaged-file',
    })
  })
})
