import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goldenLines } from '../../testing/golden.js'
import { countSpans, TypeCounter, type TypeScores } from './span-scores.js'
import { spansOf } from './tag-scheme.js'

interface Case {
  readonly name: string
  readonly truth: readonly (readonly string[])[]
  readonly predicted: readonly (readonly string[])[]
  readonly spans: readonly (readonly [number, string, number, number])[]
  readonly total: readonly [number, number, number, number]
  readonly perType: Readonly<Record<string, readonly [number, number, number, number]>>
}

const numbers = ({ precision, recall, f1, support }: TypeScores) => [precision, recall, f1, support]

function assertNear(actual: readonly number[], expected: readonly number[], what: string): void {
  for (const [k, value] of expected.entries()) {
    assert.ok(Math.abs(actual[k]! - value) < 1e-12, `${what}: ${actual.join()} is not ${expected.join()}`)
  }
}

for (const { name, truth, predicted, spans, total, perType } of goldenLines<Case>('span-scores.jsonl')) {
  test(`spans are read and counted as seqeval and conlleval do: ${name}`, () => {
    const found = truth.flatMap((tags, index) =>
      spansOf(tags).map(({ type, begin, end }) => [index, type, begin, end]),
    )
    assert.deepEqual(found, spans)
    const counter = new TypeCounter()
    for (const [index, tags] of truth.entries()) countSpans(counter, tags, predicted[index]!)
    assertNear(numbers(counter.total()), total, 'all types')
    assert.deepEqual(Object.keys(counter.perType()), Object.keys(perType))
    for (const [type, scores] of Object.entries(counter.perType())) {
      assertNear(numbers(scores), perType[type]!, type)
    }
  })
}

test('counts by hand: two of three predicted spans are there, two of four are found', () => {
  const counter = new TypeCounter()
  countSpans(
    counter,
    'B-PER I-PER O B-LOC O B-LOC B-LOC'.split(' '),
    'B-PER I-PER O B-LOC O O I-PER'.split(' '),
  )
  assert.deepEqual(counter.total(), {
    precision: 2 / 3,
    recall: 2 / 4,
    f1: (2 * (2 / 3) * (1 / 2)) / (2 / 3 + 1 / 2),
    support: 4,
    predicted: 3,
    correct: 2,
  })
  assert.deepEqual(
    Object.entries(counter.perType()).map(([type, { correct, predicted, support }]) => [
      type,
      correct,
      predicted,
      support,
    ]),
    [
      ['LOC', 1, 1, 3],
      ['PER', 1, 2, 1],
    ],
  )
})
