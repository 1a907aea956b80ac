import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { sameText } from '../seen-texts.js'
import { type ClassifierExample, splitExamples } from './examples.js'

const example = (text: string, ...labels: string[]): ClassifierExample => ({ text, labels })
const some = (count: number, label: string) =>
  Array.from({ length: count }, (_, k) => example(`${label} text ${k}`, label))

describe('splitExamples', () => {
  const drawn = fc.array(
    fc.record({
      text: fc.constantFrom('a', 'b', 'c d', 'c  d', 'e', 'f g', 'h', ''),
      label: fc.constantFrom('x', 'y', 'z'),
    }),
    { minLength: 3, maxLength: 40 },
  )

  test('gives every example that is not empty to one part, copies of a text to the same one', () => {
    fc.assert(
      fc.property(
        drawn,
        fc.integer({ min: 0, max: 99 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (rows, seed, validSplit) => {
          const examples = rows.map(({ text, label }) => example(text, label))
          const filled = examples.filter(({ text }) => text !== '')
          fc.pre(new Set(filled.map(({ labels }) => labels[0])).size > 1)
          let split: ReturnType<typeof splitExamples>
          try {
            split = splitExamples(examples, undefined, { validSplit, seed })
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'one-label')
            return
          }
          const { train, valid, counts } = split
          assert.equal(train.length + valid.length + counts.unseenLabels, filled.length)
          assert.equal(counts.empty, examples.length - filled.length)
          const inTrain = new Set(train.map(({ text }) => sameText(text)))
          assert.ok(valid.every(({ text }) => !inTrain.has(sameText(text))))
          assert.deepEqual(splitExamples(examples, undefined, { validSplit, seed }), split)
        },
      ),
    )
  })

  test('holds out the same share of every label, and never the last text of one', () => {
    const examples = [...some(200, 'a'), ...some(50, 'b'), ...some(1, 'c')]
    const { train, valid, labels, counts } = splitExamples(examples, undefined, { validSplit: 0.2, seed: 3 })
    const count = (list: readonly ClassifierExample[], label: string) =>
      list.filter((item) => item.labels[0] === label).length
    assert.deepEqual([count(valid, 'a'), count(valid, 'b'), count(valid, 'c')], [40, 10, 0])
    assert.equal(train.length, 201)
    assert.deepEqual(labels, ['a', 'b', 'c'])
    assert.deepEqual(counts.single, ['c'])
    const other = splitExamples(examples, undefined, { validSplit: 0.2, seed: 4 })
    assert.notDeepEqual(other.valid, valid)
  })

  test('counts copies, contradictions, texts of both parts and labels training never shows', () => {
    const train = [
      example('same  text', 'a'),
      example('same text', 'b'),
      example('other', 'b'),
      example(' ', 'a'),
    ]
    const valid = [example('other', 'a'), example('new', 'b'), example('newer', 'z')]
    const { counts, valid: kept } = splitExamples(train, valid, { seed: 1 })
    assert.equal(kept.length, 2)
    const { duplicates, conflicting, shared, unseenLabels, empty } = counts
    assert.deepEqual([duplicates, conflicting, shared, unseenLabels, empty], [1, 1, 1, 1, 1])
  })
})

test('refuses what has nothing to tell apart', () => {
  const code = (run: () => unknown) => {
    try {
      run()
    } catch (error) {
      return (error as { code: string }).code
    }
    return undefined
  }
  assert.equal(
    code(() => splitExamples(some(5, 'a'), undefined, { seed: 1 })),
    'one-label',
  )
  assert.equal(
    code(() => splitExamples([example('', 'a')], undefined, { seed: 1 })),
    'empty-data',
  )
  assert.equal(
    code(() =>
      splitExamples([example('t', 'a', 'b'), example('u', 'c')], undefined, { seed: 1, multiLabel: false }),
    ),
    'labels',
  )
  assert.equal(splitExamples([example('t', 'a', 'b'), example('u')], undefined, { seed: 1 }).multiLabel, true)
})
