import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { speechExamples } from '../../testing/tagged-examples.js'
import { type LabelledBatch, roundedLength, SentenceEncoder, TaggerBatches } from './batches.js'
import { chooseTaggerSettings } from './choose.js'
import { buildTaggerCorpus, prepareTaggerData } from './dataset.js'
import { affixesOf, casingClasses, casingOf, foldWord } from './word-shape.js'

const settings = chooseTaggerSettings(
  { batch: 8, wordDropout: 3 },
  { tokens: 600, scheme: 'none', vectors: false },
)
const data = prepareTaggerData(speechExamples(90), undefined, { ...settings, validSplit: 0.1 })
const corpus = buildTaggerCorpus(data, settings)
const batches = () =>
  new TaggerBatches(corpus.train, new SentenceEncoder(corpus.vocabulary, settings), settings, corpus.counts)

function epochOf(source: TaggerBatches, epoch: number): LabelledBatch[] {
  source.startEpoch(epoch)
  const found: LabelledBatch[] = []
  for (let batch = source.next(); batch; batch = source.next()) found.push(batch)
  return found
}

test('an epoch has every sentence once, in rows as long as the batch says, in another order each time', () => {
  const source = batches()
  const orders = [0, 1].map((epoch) => {
    const found = epochOf(source, epoch)
    assert.equal(found.length, source.stepsPerEpoch)
    for (const { N, T, W, sentences, places, lengths, targets, tokens } of found) {
      assert.equal(N, 8)
      assert.ok(sentences.length <= N && W <= N * T && T % 4 === 0)
      let count = 0
      for (let row = 0; row < N; row++) {
        const sentence = corpus.train[sentences[row] ?? -1]
        const length = sentence?.tokens.length ?? 0
        assert.equal(lengths[row], length)
        assert.deepEqual([...targets.subarray(row * T, row * T + length)], [...(sentence?.labels ?? [])])
        for (let at = 0; at < T; at++) {
          assert.equal(places[row * T + at]! >= 0, at < length)
          assert.equal(targets[row * T + at]! >= 0, at < length)
        }
        count += length
      }
      assert.equal(tokens, count)
    }
    return found.flatMap(({ sentences }) => sentences)
  })
  const all = [...corpus.train.keys()]
  for (const order of orders)
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      all,
    )
  assert.notDeepEqual(orders[0], orders[1])
})

test('a batch depends on its place alone, so that training can begin anywhere', () => {
  const whole = epochOf(batches(), 3)
  const source = batches()
  source.startEpoch(3)
  source.next()
  source.next()
  const position = source.position()
  const other = batches()
  other.startEpoch(3)
  other.seek(position)
  assert.deepEqual(other.next(), whole[2])
})

test('words are hidden the more often the rarer they are', () => {
  const { words } = corpus.vocabulary
  const [common, rare] = [words.get('the')!, words.get([...words.keys()].at(-1)!)!]
  assert.ok(corpus.counts[common]! > 20 && corpus.counts[rare] === 1)
  let hidden = 0
  let seen = 0
  for (let epoch = 0; epoch < 60; epoch++) {
    for (const batch of epochOf(batches(), epoch)) {
      if (batch.words.includes(rare)) seen++
      hidden += [...batch.words].filter((word) => word === 0).length
    }
  }
  // One sentence has it, and with w = 3 it is hidden in 3 of 4 epochs.
  assert.ok(seen > 5 && seen < 28, `seen ${seen} times in 60 epochs`)
  assert.ok(hidden > 0)
})

test('lengths are rounded up to few values', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), (length) => {
      const rounded = roundedLength(length)
      assert.ok(rounded >= length && rounded <= length + 31 && roundedLength(rounded) === rounded)
    }),
  )
  assert.ok(new Set(Array.from({ length: 200 }, (_, k) => roundedLength(k + 1))).size <= 20)
})

test('casing, folding and affixes of words', () => {
  const classes = Object.entries({
    '...': 0,
    '1,000.5': 1,
    '3rd': 2,
    '-5%': 2,
    cat: 3,
    'x-ray': 3,
    I: 4,
    Ada: 5,
    "O'Neil": 7,
    NASA: 6,
    'U.S.': 6,
    iPhone: 7,
    Ünal: 5,
  })
  for (const [word, expected] of classes)
    assert.equal(casingClasses[casingOf(word)], casingClasses[expected], word)
  assert.equal(foldWord('B2B', { lowercase: true, keepDigits: false }), 'b0b')
  assert.equal(foldWord('B2B', { lowercase: false, keepDigits: true }), 'B2B')
  assert.deepEqual(affixesOf('Run9'), ['r', 'ru', 'run', '0', 'n0', 'un0', 'run0'])
  assert.deepEqual(affixesOf('𝔘b'), ['𝔘', '𝔘b', '', 'b', '𝔘b', '', ''])
})

test('of a long word the beginning and the end are read', () => {
  const characters = (word: string) => [...corpus.vocabulary.entry(word).characters]
  const letters = 'abcdefghi'
  const word = `${letters}${'z'.repeat(5000)}${letters}`
  assert.deepEqual(characters(word), characters(`${letters}${letters}`))
  assert.equal(corpus.vocabulary.entry(word).letters, settings.maxCharacters)
  assert.equal(corpus.vocabulary.entry('ab').characters.indexOf(-1), 4)
})

test('settings are chosen for tags or spans, and given ones kept', () => {
  const choose = (
    given: Parameters<typeof chooseTaggerSettings>[0],
    scheme: 'none' | 'iob1',
    vectors: boolean,
  ) => chooseTaggerSettings(given, { tokens: 200_000, scheme, vectors })
  assert.deepEqual([choose({}, 'none', false).decoder, choose({}, 'none', false).scheme], ['softmax', 'none'])
  assert.deepEqual([choose({}, 'iob1', true).decoder, choose({}, 'iob1', true).scheme], ['crf', 'bioes'])
  assert.deepEqual(
    [choose({ scheme: 'none' }, 'iob1', true).decoder, choose({ decoder: 'crf' }, 'none', true).decoder],
    ['softmax', 'crf'],
  )
  assert.deepEqual(
    [choose({ units: 7 }, 'iob1', false).units, choose({ dropout: 0 }, 'iob1', false).dropout],
    [7, 0],
  )
  // Beside vectors more words are hidden than alone, and whoever sets it is heard.
  const hidden = (scheme: 'none' | 'iob1', vectors: boolean) => choose({}, scheme, vectors).wordDropout
  assert.ok(hidden('none', true) > hidden('none', false) && hidden('iob1', true) > hidden('iob1', false))
  assert.equal(choose({ wordDropout: 0 }, 'iob1', true).wordDropout, 0)
  assert.throws(() => choose({ unts: 7 } as object, 'none', false), { code: 'unknown-name' })
})
