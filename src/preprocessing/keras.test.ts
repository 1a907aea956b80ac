import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  hashingTrick,
  type MatrixMode,
  makeSamplingTable,
  NumpyRandom,
  normalize,
  padSequences,
  type SkipgramsOptions,
  skipgrams,
  Tokenizer,
  textToWordSequence,
  toCategorical,
  tokenizerFromJson,
} from './index.js'

// What Keras and NumPy compute; conformance/preprocessing.py made the file.

interface Numbers {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}
interface Case {
  readonly kind: string
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own form
  readonly given: any
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own form
  readonly expected: any
}

const file = new URL('../../conformance/golden/preprocessing.jsonl', import.meta.url)
const [, ...cases] = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line)) as [unknown, ...Case[]]

function assertEqual(actual: { data: ArrayLike<number>; shape: readonly number[] }, expected: Numbers): void {
  assert.deepEqual(actual.shape, expected.shape)
  assert.equal(actual.data.length, expected.values.length)
  expected.values.forEach((value, e) => {
    const difference = Math.abs(actual.data[e]! - value)
    assert.ok(
      difference <= 1e-6 * (1 + Math.abs(value)),
      `value ${e} is ${actual.data[e]}, Keras gives ${value}`,
    )
  })
}

const checks: Record<string, (golden: Case) => void> = {
  words({ given: [texts, options], expected }) {
    assert.deepEqual(
      texts.map((text: string) => textToWordSequence(text, options)),
      expected,
    )
  },
  hashing({ given: [texts, size, options], expected }) {
    assert.deepEqual(
      texts.map((text: string) => hashingTrick(text, size, options)),
      expected,
    )
  },
  tokenizer({ given: [options, fitted, unseen, short], expected }) {
    const tokenizer = new Tokenizer(options)
    const half = Math.floor(fitted.length / 2)
    tokenizer.fitOnTexts(fitted.slice(0, half))
    tokenizer.fitOnTexts(fitted.slice(half))
    for (const one of [tokenizer, tokenizerFromJson(expected.json), tokenizerFromJson(tokenizer.toJson())]) {
      const sequences = one.textsToSequences([...unseen, ...fitted])
      assert.deepEqual(sequences, expected.sequences)
      assert.deepEqual(one.sequencesToTexts([...sequences, [0, 1, 2, 1000, 3]]), expected.texts)
      for (const [mode, { shape, nonzero }] of Object.entries(expected.matrices as Record<string, never>)) {
        const { shape: own, data } = one.sequencesToMatrix(short, mode as MatrixMode)
        assert.deepEqual(own, shape)
        const values = new Array(data.length).fill(0)
        for (const [row, column, value] of nonzero as number[][]) values[row! * shape[1] + column!] = value
        assertEqual({ data, shape }, { shape, values })
      }
      one.indexDocs = new Map([...one.indexDocs].sort(([a], [b]) => a - b))
      assert.equal(one.toJson(), expected.json)
    }
  },
  fitOnSequences({ given: [options, fitted, sequences], expected }) {
    const tokenizer = new Tokenizer(options)
    tokenizer.fitOnSequences(fitted)
    assertEqual(tokenizer.sequencesToMatrix(sequences, 'tfidf'), expected)
  },
  pad({ given: [sequences, options], expected }) {
    assertEqual(padSequences(sequences, options), expected)
  },
  categorical({ given: [classes, count], expected }) {
    assertEqual(toCategorical(classes, count), expected)
  },
  normalize({ given: [values, axis, order], expected }) {
    assertEqual(normalize(values, axis, Number(order)), expected)
  },
  skipgrams({ given: [words, size, options], expected }) {
    assert.deepEqual(
      skipgrams(words, size, { seed: 0, ...(options as SkipgramsOptions), categorical: false }).couples,
      expected.couples,
    )
    assert.deepEqual(skipgrams(words, size, { seed: 0, ...options }).labels, expected.labels)
  },
  samplingTable({ given: [size, factor], expected }) {
    const data = makeSamplingTable(size, factor)
    assertEqual({ data, shape: [size] }, expected)
  },
  shuffle({ given: [seed, count], expected: [first, second] }) {
    const random = new NumpyRandom(seed)
    assert.deepEqual([...random.permutation(count)], first)
    assert.deepEqual(random.shuffle(Array.from({ length: count }, (_, i) => i)), second)
  },
  longShuffle({ given: [seed, count], expected: [first, last] }) {
    const order = new NumpyRandom(seed).permutation(count)
    assert.deepEqual([...order.subarray(0, 20)], first)
    assert.deepEqual([...order.subarray(-20)], last)
  },
}

for (const kind of new Set(cases.map((golden) => golden.kind))) {
  const own = cases.filter((golden) => golden.kind === kind)
  test(`${kind}: ${own.length} cases as Keras`, () => {
    for (const golden of own) {
      try {
        checks[kind]!(golden)
      } catch (error) {
        ;(error as Error).message += `\nin ${JSON.stringify(golden.given).slice(0, 300)}`
        throw error
      }
    }
  })
}

test('every check has cases', () => {
  assert.deepEqual([...new Set(cases.map((golden) => golden.kind))].sort(), Object.keys(checks).sort())
})
