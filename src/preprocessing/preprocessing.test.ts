import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { NdArray } from '../nd-array.js'
import { compareCodePoints } from './code-point-order.js'
import {
  hashingTrick,
  makeSamplingTable,
  NumpyRandom,
  normalize,
  oneHot,
  padSequences,
  skipgrams,
  slidingWindows,
  TextVectorization,
  Tokenizer,
  textToWordSequence,
  timeseriesDatasetFromArray,
  toCategorical,
  tokenizerFromJson,
} from './index.js'
import { md5 } from './md5.js'
import { pythonJson, readFlatObject } from './python-json.js'

const code = (wanted: string) => (error: unknown) => error instanceof RepriseError && error.code === wanted
/** For values that no typed caller would pass. */
const wrong = (value: unknown) => value as never

const words = fc.array(fc.constantFrom('a', 'b', 'the', 'Tür', '7', '😀', '__proto__', 'constructor', "it's"))
const sentences = fc.array(words.map((list) => list.join(' ')))

test('Tokenizer: known words come back, ranks fall with frequency, JSON keeps everything', () => {
  fc.assert(
    fc.property(sentences, fc.boolean(), (texts, lower) => {
      const tokenizer = new Tokenizer({ lower })
      tokenizer.fitOnTexts(texts)
      const counts = [...tokenizer.wordIndex.keys()].map((word) => tokenizer.wordCounts.get(word)!)
      assert.ok(counts.every((count, k) => k === 0 || count <= counts[k - 1]!))
      const sequences = tokenizer.textsToSequences(texts)
      const shown = texts.map((text) => (lower ? text.toLowerCase() : text))
      const kept = shown.map((text) => textToWordSequence(text, { lower: false }).join(' '))
      assert.deepEqual(tokenizer.sequencesToTexts(sequences), kept)
      const again = tokenizerFromJson(tokenizer.toJson())
      assert.equal(again.toJson(), tokenizer.toJson())
      again.fitOnTexts(['new the a'])
      tokenizer.fitOnTexts(['new the a'])
      assert.equal(again.toJson(), tokenizer.toJson())
    }),
    { seed: 1 },
  )
})

test('Tokenizer: numWords and oovToken only replace or drop', () => {
  fc.assert(
    fc.property(sentences, fc.integer({ min: 2, max: 6 }), (texts, numWords) => {
      const plain = new Tokenizer()
      const limited = new Tokenizer({ numWords })
      const marked = new Tokenizer({ numWords, oovToken: '<unk>' })
      for (const tokenizer of [plain, limited, marked]) tokenizer.fitOnTexts(texts)
      const dropped = plain.textsToSequences(texts).map((row) => row.filter((index) => index < numWords))
      assert.deepEqual(limited.textsToSequences(texts), dropped)
      const replaced = plain
        .textsToSequences(texts)
        .map((row) => row.map((index) => (index + 1 < numWords ? index + 1 : 1)))
      assert.deepEqual(marked.textsToSequences(texts), replaced)
    }),
    { seed: 2 },
  )
})

test('Tokenizer: an analyzer cuts texts, and is not asked about tokens', () => {
  const tokenizer = new Tokenizer({ analyzer: (text) => text.split('|') })
  tokenizer.fitOnTexts(['a|b', ['c', 'A']])
  assert.deepEqual(
    [...tokenizer.wordIndex.keys()],
    ['a', 'b', 'c'].sort((x, y) => tokenizer.wordIndex.get(x)! - tokenizer.wordIndex.get(y)!),
  )
  assert.equal(tokenizer.wordCounts.get('a'), 2)
})

test('Tokenizer: wrong use is refused', () => {
  assert.throws(() => new Tokenizer(wrong({ numWord: 3 })), code('unknown-name'))
  assert.throws(() => new Tokenizer({ numWords: 2.5 }), code('option'))
  assert.throws(() => new Tokenizer({ split: '' }), code('option'))
  const tokenizer = new Tokenizer()
  assert.throws(() => tokenizer.fitOnTexts('one text'), code('bad-input'))
  assert.throws(() => tokenizer.fitOnTexts(wrong(['a', 5])), code('bad-input'))
  assert.throws(() => tokenizer.fitOnTexts(wrong([['a', null]])), code('bad-input'))
  assert.throws(() => tokenizer.textsToMatrix(['a']), code('not-fitted'))
  tokenizer.fitOnTexts(['a b'])
  assert.throws(() => tokenizer.sequencesToMatrix([[1, -1]]), code('id-out-of-range'))
  assert.throws(() => tokenizer.sequencesToMatrix([[Number.NaN]]), code('id-out-of-range'))
  assert.throws(() => tokenizer.sequencesToMatrix([[1]], wrong('tf-idf')), code('unknown-name'))
  assert.throws(() => new Tokenizer({ numWords: 5 }).sequencesToMatrix([[1]], 'tfidf'), code('not-fitted'))
})

test('tokenizerFromJson: anything else is refused', () => {
  const sound = new Tokenizer()
  sound.fitOnTexts(['a "quoted" \\ b'])
  const json = sound.toJson()
  assert.equal(tokenizerFromJson(json).toJson(), json)
  const broken = [
    '',
    '{}',
    'null',
    '[]',
    '{"class_name":"Tokenizer"}',
    json.replace('"num_words": null', '"num_words": "x"'),
  ]
  broken.push(json.replace('"word_index"', '"word_indices"'), json.replace('{\\"a\\": 1', '{\\"a\\": -1'))
  broken.push(json.replace('{\\"a\\": 1', '{\\"a\\" 1'), json.replace('{\\"a\\": 1', '{\\"a\\": {}'))
  for (const one of broken) {
    assert.notEqual(one, json)
    assert.throws(() => tokenizerFromJson(one), code('bad-input'), one.slice(0, 80))
  }
})

test('a flat JSON object keeps the order of its text', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.nat().map(String)), fc.integer()),
      ),
      (entries) => {
        const map = new Map(entries)
        assert.deepEqual(readFlatObject(pythonJson(map)), [...map])
        assert.match(pythonJson(map), /^[\x20-\x7e]*$/)
      },
    ),
    { seed: 3 },
  )
  assert.equal(readFlatObject('{"a": 1,}'), undefined)
  assert.equal(readFlatObject('{"a": 1} x'), undefined)
})

test('padSequences: what was kept is there, the rest is the value', () => {
  const side = fc.constantFrom('pre' as const, 'post' as const)
  const sequences = fc.array(fc.array(fc.integer({ min: -999, max: 999 }), { maxLength: 7 }))
  fc.assert(
    fc.property(
      sequences,
      side,
      side,
      fc.option(fc.integer({ min: 1, max: 9 })),
      (rows, padding, truncating, maxlen) => {
        const padded = padSequences(rows, { padding, truncating, maxlen, value: 1000 })
        const width = maxlen ?? Math.max(0, ...rows.map((row) => row.length))
        assert.deepEqual(padded.shape, [rows.length, width])
        for (const [k, row] of rows.entries()) {
          const kept =
            row.length <= width
              ? row
              : truncating === 'pre'
                ? row.slice(row.length - width)
                : row.slice(0, width)
          const fill = new Array(width - kept.length).fill(1000)
          assert.deepEqual(
            [...padded.row(k).data],
            padding === 'pre' ? [...fill, ...kept] : [...kept, ...fill],
          )
        }
      },
    ),
    { seed: 4 },
  )
})

test('padSequences: takes typed arrays and arrays of vectors, refuses what does not fit', () => {
  assert.deepEqual(padSequences([Int32Array.of(1, 2), [3]]).toArray(), [
    [1, 2],
    [0, 3],
  ])
  const vectors = padSequences(
    [
      NdArray.from([
        [1, 2],
        [3, 4],
      ]),
      [[5, 6]],
    ],
    { dtype: 'float32' },
  )
  assert.deepEqual(
    [vectors.shape, [...vectors.data]],
    [
      [2, 2, 2],
      [1, 2, 3, 4, 0, 0, 5, 6],
    ],
  )
  assert.ok(vectors.data instanceof Float32Array)
  assert.throws(() => padSequences([[[1, 2]], [[1, 2, 3]]]), code('shape'))
  assert.throws(() => padSequences([[[1, 2], [3]]]), code('shape'))
  assert.throws(() => padSequences(wrong([1, 2])), code('shape'))
  assert.throws(() => padSequences(wrong([['a']])), code('shape'))
  assert.throws(() => padSequences([[1, Number.NaN]]), code('bad-value'))
  assert.throws(() => padSequences([[1]], { value: Number.NaN, dtype: 'float32' }), code('bad-value'))
  assert.throws(() => padSequences([[300]], { dtype: 'uint8' }), code('bad-value'))
  assert.throws(() => padSequences([[2 ** 31]]), code('bad-value'))
  assert.throws(() => padSequences([[1]], wrong({ maxLen: 3 })), code('unknown-name'))
  assert.throws(() => padSequences([[1]], { padding: wrong('left') }), code('unknown-name'))
  assert.throws(() => padSequences([[1]], { dtype: wrong('int64') }), code('unknown-name'))
  assert.throws(() => padSequences([[1]], { maxlen: -1 }), code('option'))
})

test('toCategorical: argmax gives the classes back; wrong classes are refused', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { minLength: 1 }), (classes) => {
      const rows = toCategorical(classes, 10)
      assert.deepEqual([...rows.argmax().data], classes)
      assert.equal(
        rows.data.reduce((sum, value) => sum + value, 0),
        classes.length,
      )
    }),
    { seed: 5 },
  )
  assert.throws(() => toCategorical([0, -1]), code('id-out-of-range'))
  assert.throws(() => toCategorical([0, 3], 3), code('id-out-of-range'))
  assert.throws(() => toCategorical([0, Number.NaN]), code('bad-value'))
  assert.throws(() => toCategorical([0, Infinity]), code('bad-value'))
  assert.throws(() => toCategorical([[0], [1, 2]]), code('shape'))
  assert.throws(() => toCategorical([0], 1.5), code('option'))
})

test('normalize: unit norm along the axis', () => {
  const x = normalize(Float64Array.of(3, 4), 0)
  assert.ok(x.data instanceof Float64Array)
  const columns = normalize(
    [
      [3, 0],
      [4, 0],
    ],
    0,
  )
  assert.deepEqual(
    columns.toArray(),
    NdArray.from([
      [0.6, 0],
      [0.8, 0],
    ]).toArray(),
  )
  assert.throws(() => normalize([1], 1), code('shape'))
  assert.throws(() => normalize([1], 0, 0), code('option'))
})

test('hashing: the same in every run, in range, by any function', () => {
  const hex = (text: string) => Buffer.from(md5(new TextEncoder().encode(text))).toString('hex')
  assert.equal(hex(''), 'd41d8cd98f00b204e9800998ecf8427e')
  assert.equal(hex('message digest'), 'f96b697d7cb7938d525a2f31aaf161d0')
  assert.deepEqual(oneHot('a b a', 1000), hashingTrick('a b a', 1000))
  assert.deepEqual(hashingTrick('a b', 10, { hashFunction: () => -1 }), [9, 9])
  assert.deepEqual(hashingTrick('a', 10, { hashFunction: () => 2n ** 70n }), [Number(2n ** 70n % 9n) + 1])
  assert.deepEqual(
    hashingTrick('a-b', 10, { hashFunction: () => 0, analyzer: (text) => text.split('-') }),
    [1, 1],
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 50 }), (text, size) => {
      for (const hashFunction of ['fnv1a', 'md5'] as const) {
        const numbers = hashingTrick(text, size, { hashFunction })
        assert.ok(numbers.every((number) => Number.isInteger(number) && number >= 1 && number < size))
      }
    }),
    { seed: 6 },
  )
  assert.throws(() => hashingTrick('a', 1), code('option'))
  assert.throws(() => hashingTrick('a', 5, { hashFunction: wrong('sha1') }), code('unknown-name'))
  assert.throws(() => hashingTrick('a', 5, { hashFunction: () => 0.5 }), code('option'))
  assert.throws(() => hashingTrick(wrong(5), 5), code('bad-input'))
})

test('skipgrams: pairs lie within the window, negative ones are counted, the seed decides', () => {
  const sequence = Int32Array.from({ length: 60 }, (_, k) => (k * 7) % 11)
  const { couples, labels } = skipgrams(sequence, 11, { windowSize: 2, negativeSamples: 2, seed: 9 })
  const positive = labels.filter((label) => label === 1).length
  assert.equal(couples.length, positive * 3)
  assert.deepEqual(skipgrams(sequence, 11, { windowSize: 2, negativeSamples: 2, seed: 9 }), {
    couples,
    labels,
  })
  assert.notDeepEqual(
    skipgrams(sequence, 11, { windowSize: 2, negativeSamples: 2, seed: 8 }).couples,
    couples,
  )
  const none = skipgrams(sequence, 11, { samplingTable: new Float64Array(11) })
  assert.deepEqual(none.couples, [])
  assert.throws(() => skipgrams([1, 11], 11), code('id-out-of-range'))
  assert.throws(() => skipgrams([1, 0.5], 11), code('id-out-of-range'))
  assert.throws(() => skipgrams([1], 1), code('option'))
  assert.throws(() => skipgrams([1], 5, { samplingTable: [1] }), code('shape'))
  assert.throws(() => skipgrams([1], 5, wrong({ window: 3 })), code('unknown-name'))
  assert.throws(() => makeSamplingTable(0), code('option'))
})

test('slidingWindows: every window stands before its next item', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 6 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      (text, size, step) => {
        const characters = [...text]
        const { windows, next } = slidingWindows(text, { size, step })
        assert.equal(windows.length, Math.ceil((characters.length - size) / step))
        windows.forEach((window, k) => {
          assert.equal(window + next[k], characters.slice(k * step, k * step + size + 1).join(''))
        })
        assert.deepEqual(slidingWindows(characters, { size, step }).next, next)
      },
    ),
    { seed: 7 },
  )
  assert.throws(() => slidingWindows('abc', { size: 3 }), code('too-short'))
  assert.throws(() => slidingWindows('abc', { size: 0 }), code('option'))
  assert.throws(() => slidingWindows('abc', wrong({ size: 1, stride: 2 })), code('unknown-name'))
})

test('timeseriesDatasetFromArray: shuffled passes have all windows, each in a new order', () => {
  const series = Float32Array.from({ length: 50 }, (_, k) => k)
  const make = (seed: number) =>
    timeseriesDatasetFromArray(series, series, { sequenceLength: 3, batchSize: 7, shuffle: true, seed })
  const dataset = make(3)
  assert.deepEqual([dataset.length, dataset.windows], [7, 48])
  const passOf = (from: typeof dataset) => [...from].flatMap(([, y]) => [...y.data])
  const first = passOf(dataset)
  assert.deepEqual(first, [...new NumpyRandom(3).permutation(48)])
  const second = passOf(dataset)
  assert.notDeepEqual(second, first)
  assert.deepEqual(
    second.sort((a, b) => a - b),
    [...series.subarray(0, 48)],
  )
  assert.deepEqual(passOf(make(3)), first)
  for (const [x, y] of dataset) {
    for (let k = 0; k < y.length; k++)
      assert.deepEqual(
        [...x.row(k).data],
        [0, 1, 2].map((s) => y.data[k]! + s),
      )
  }
})

test('timeseriesDatasetFromArray: wrong options are refused', () => {
  const make =
    (options: object, targets: number[] | null = null) =>
    () =>
      timeseriesDatasetFromArray([1, 2, 3, 4, 5], targets as null, { sequenceLength: 2, ...options })
  assert.throws(make({ sequenceLength: 6 }), code('too-short'))
  assert.throws(make({ samplingRate: 0 }), code('option'))
  assert.throws(make({ samplingRate: 5 }), code('option'))
  assert.throws(make({ sequenceStride: 5 }), code('option'))
  assert.throws(make({ startIndex: 5 }), code('option'))
  assert.throws(make({ startIndex: 3, endIndex: 3 }), code('option'))
  assert.throws(make({ endIndex: 6 }), code('option'))
  assert.throws(make({ batchSize: 0 }), code('option'))
  assert.throws(make({ window: 2 }), code('unknown-name'))
  assert.throws(make({ startIndex: 3 }, [1, 2]), code('shape'))
})

test('TextVectorization: own functions, batches and wrong use', () => {
  const layer = new TextVectorization({
    standardize: (text) => text.toUpperCase(),
    split: (text) => text.split('-'),
  })
  layer.adapt([['a-b', 'b-c'], 'b'])
  assert.deepEqual(layer.getVocabulary(), ['', '[UNK]', 'B', 'C', 'A'])
  assert.deepEqual(layer.call(['b-x', 'a']).toArray(), [
    [2, 1],
    [4, 0],
  ])
  layer.adapt(['z'])
  assert.deepEqual(layer.getVocabulary(false), ['z'.toUpperCase()])
  layer.setVocabulary(['Q'])
  assert.deepEqual(layer.call('q-z').toArray(), [2, 1])
  assert.throws(() => new TextVectorization().call(['a']), code('not-fitted'))
  assert.throws(() => new TextVectorization(wrong({ max_tokens: 3 })), code('unknown-name'))
  assert.throws(() => new TextVectorization({ outputMode: wrong('multi_hot') }), code('unknown-name'))
  assert.throws(() => new TextVectorization({ standardize: wrong('upper') }), code('unknown-name'))
  assert.throws(() => new TextVectorization({ maxTokens: 1 }), code('option'))
  assert.throws(() => new TextVectorization({ padToMaxTokens: true }), code('option'))
  assert.throws(() => new TextVectorization({ ngrams: 0 }), code('option'))
  assert.throws(() => new TextVectorization({ outputMode: 'count', outputSequenceLength: 3 }), code('option'))
  assert.throws(() => new TextVectorization({ vocabulary: ['a'], outputMode: 'tfIdf' }), code('option'))
  assert.throws(() => new TextVectorization({ vocabulary: ['a'], idfWeights: [1] }), code('option'))
  for (const vocabulary of [[], ['a', 'a'], ['a', ''], ['a', 'b', 'c', 'd']]) {
    assert.throws(() => new TextVectorization({ vocabulary, maxTokens: 5 }), code('bad-vocabulary'))
  }
  const fixed = new TextVectorization({ vocabulary: ['a'] })
  assert.throws(() => fixed.adapt(['a']), code('option'))
  assert.throws(() => layer.adapt('one text'), code('bad-input'))
  assert.throws(() => layer.adapt(wrong([3])), code('bad-input'))
  assert.throws(() => layer.call(wrong([3])), code('shape'))
  assert.throws(() => layer.call([['a', 'b']]), code('shape'))
})

test('code points sort as in Python', () => {
  const sorted = ['a', 'aa', 'é', '\uffee', '😀', '\u{1d400}', ''].sort(compareCodePoints)
  assert.deepEqual(sorted, ['', 'a', 'aa', 'é', '\uffee', '\u{1d400}', '😀'])
})

test('NumpyRandom: only seeds NumPy takes', () => {
  for (const seed of [-1, 2 ** 32, 0.5, Number.NaN])
    assert.throws(() => new NumpyRandom(seed), code('option'))
})
