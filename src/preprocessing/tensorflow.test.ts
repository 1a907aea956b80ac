import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { NdArray } from '../nd-array.js'
import {
  type Texts,
  TextVectorization,
  type TextVectorizationOptions,
  type TimeseriesOptions,
  timeseriesDatasetFromArray,
} from './index.js'

// What Keras computes with TensorFlow; conformance/text_vectorization.py made the file.

interface Numbers {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}
interface Vectorize {
  readonly kind: 'vectorize'
  readonly options: TextVectorizationOptions
  readonly texts: readonly (string | readonly string[])[]
  readonly vocabulary: readonly string[]
  readonly plain: readonly string[]
  readonly calls: readonly (readonly [Texts, Numbers])[]
}
interface Timeseries {
  readonly kind: 'timeseries'
  readonly data: Numbers
  readonly targets: Numbers | null
  readonly options: TimeseriesOptions
  readonly batches: readonly (readonly Numbers[])[]
}

const file = new URL('../../conformance/golden/text-vectorization.jsonl', import.meta.url)
const cases = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => JSON.parse(line) as Vectorize | Timeseries)

function assertEqual(actual: NdArray, expected: Numbers, what: string): void {
  assert.deepEqual(actual.shape, expected.shape, what)
  expected.values.forEach((value, e) => {
    const difference = Math.abs(actual.data[e]! - value)
    assert.ok(
      difference <= 2e-6 * (1 + Math.abs(value)),
      `${what}: value ${e} is ${actual.data[e]}, Keras gives ${value}`,
    )
  })
}

test('TextVectorization: vocabulary and every output as Keras', () => {
  let calls = 0
  for (const golden of cases) {
    if (golden.kind !== 'vectorize') continue
    const layer = new TextVectorization(golden.options)
    if (!golden.options.vocabulary) layer.adapt(golden.texts)
    const what = JSON.stringify(golden.options)
    for (const one of [layer, new TextVectorization(layer.getConfig())]) {
      assert.deepEqual(one.getVocabulary(), golden.vocabulary, what)
      assert.deepEqual(one.getVocabulary(false), golden.plain, what)
      assert.equal(one.vocabularySize, golden.vocabulary.length)
      for (const [texts, expected] of golden.calls) {
        assertEqual(one.call(texts), expected, `${what} of ${JSON.stringify(texts)}`)
        calls++
      }
    }
  }
  assert.ok(calls > 200)
})

test('timeseriesDatasetFromArray: every batch as Keras', () => {
  let batches = 0
  const nd = ({ shape, values }: Numbers) => new NdArray(Float32Array.from(values), shape)
  for (const golden of cases) {
    if (golden.kind !== 'timeseries') continue
    const what = JSON.stringify(golden.options)
    const own = golden.targets
      ? [...timeseriesDatasetFromArray(nd(golden.data), nd(golden.targets), golden.options)]
      : [...timeseriesDatasetFromArray(nd(golden.data), null, golden.options)].map((x) => [x])
    assert.equal(own.length, golden.batches.length, what)
    for (const [k, parts] of golden.batches.entries()) {
      assert.equal(own[k]!.length, parts.length)
      for (const [p, part] of parts.entries()) assertEqual(own[k]![p]!, part, `${what} batch ${k}`)
      batches++
    }
  }
  assert.ok(batches > 30)
})
