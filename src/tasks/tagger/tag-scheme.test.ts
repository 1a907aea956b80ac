import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { forbidden, LabelScheme, labelsOf } from './labels.js'
import { detectScheme, illegalTransitions, isLegal, type Span, spansOf, tagsOf } from './tag-scheme.js'

const split = (text: string) => text.split(' ')
const schemes = ['bio', 'iob1', 'bioes', 'bilou'] as const

/** Spans of two types without overlap in a sentence of up to 12 tokens. */
const sentence = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 2 }),
      length: fc.integer({ min: 1, max: 3 }),
      type: fc.constantFrom('A', 'B-c'),
    }),
    { maxLength: 4 },
  )
  .map((parts) => {
    const spans: Span[] = []
    let at = 0
    for (const { gap, length, type } of parts) {
      spans.push({ type, begin: at + gap, end: at + gap + length })
      at += gap + length
    }
    return { spans, length: at + 1 }
  })

test('spans written in any scheme are read back, without an illegal transition', () => {
  fc.assert(
    fc.property(sentence, fc.constantFrom(...schemes), ({ spans, length }, scheme) => {
      const tags = tagsOf(spans, length, scheme)
      assert.deepEqual(spansOf(tags), spans)
      assert.equal(illegalTransitions(scheme, tags).count, 0)
    }),
  )
})

test('one span in each scheme', () => {
  const spans = [
    { type: 'A', begin: 0, end: 2 },
    { type: 'A', begin: 2, end: 3 },
    { type: 'B', begin: 4, end: 7 },
  ]
  const written = Object.fromEntries(schemes.map((scheme) => [scheme, tagsOf(spans, 7, scheme).join(' ')]))
  assert.deepEqual(written, {
    bio: 'B-A I-A B-A O B-B I-B I-B',
    iob1: 'I-A I-A B-A O I-B I-B I-B',
    bioes: 'B-A E-A S-A O B-B I-B E-B',
    bilou: 'B-A L-A U-A O B-B I-B L-B',
  })
})

test('spans whose tags are letters alone', () => {
  const tags = split('B I O B B')
  assert.deepEqual(
    spansOf(tags).map(({ type, begin, end }) => [type, begin, end]),
    [
      ['_', 0, 2],
      ['_', 3, 4],
      ['_', 4, 5],
    ],
  )
  assert.deepEqual(tagsOf(spansOf(tags), 5, 'bio'), tags)
})

test('the scheme of tags is found', () => {
  const cases: [string, string][] = [
    ['B-A I-A O B-B', 'bio'],
    ['I-A I-A O I-B B-B', 'iob1'],
    ['B-A E-A O S-B', 'bioes'],
    ['B-A L-A O U-B', 'bilou'],
    ['B-A I-A O I-B B-A B-B', 'bio'], // one mistake in BIO, two in IOB1
    ['NOUN VERB X PUNCT', 'none'],
    ['B-A I-A NOUN', 'none'],
    ['O O O', 'none'],
    ['-LRB- NN PRP$', 'none'],
  ]
  for (const [tags, scheme] of cases) assert.equal(detectScheme([split(tags)]), scheme, tags)
})

test('illegal transitions are counted, at the ends of a sentence too', () => {
  const count = (scheme: (typeof schemes)[number], tags: string) => illegalTransitions(scheme, split(tags))
  assert.deepEqual(count('bio', 'I-A I-A O I-B B-A I-B'), { count: 3, first: 0 })
  assert.deepEqual(count('iob1', 'I-A B-A B-B O B-A'), { count: 2, first: 2 })
  assert.deepEqual(count('bioes', 'B-A O E-A S-B B-B'), { count: 3, first: 1 })
  assert.deepEqual(count('bioes', 'B-A I-A E-A S-A O'), { count: 0, first: undefined })
})

test('labels follow their scheme whatever the tags of the data are, and lead back to the same spans', () => {
  const tag = fc.constantFrom('O', 'B-A', 'I-A', 'E-A', 'S-A', 'B-B', 'I-B', 'E-B', 'S-B')
  fc.assert(
    fc.property(
      fc.array(tag, { minLength: 1, maxLength: 10 }),
      fc.constantFrom('bio', 'bioes'),
      (tags, network) => {
        const scheme = new LabelScheme('iob1', network)
        const labels = scheme.toLabels(tags)
        assert.equal(illegalTransitions(network, labels).count, 0)
        assert.deepEqual(spansOf(labels), spansOf(tags))
        assert.deepEqual(spansOf(scheme.toTags(labels)), spansOf(tags))
        assert.equal(illegalTransitions('iob1', scheme.toTags(labels)).count, 0)
      },
    ),
  )
})

test('every part of every type is a label, and transitions of the scheme alone are allowed', () => {
  const scheme = new LabelScheme('bio', 'bioes')
  const labels = labelsOf([{ tokens: ['a', 'b'], tags: ['B-X', 'O'] }], scheme)
  assert.deepEqual(labels, ['B-X', 'E-X', 'I-X', 'O', 'S-X'])
  const { transitions, start, end } = scheme.constraints(labels)
  const allowed = labels.flatMap((from, i) =>
    labels.filter((_, j) => transitions[i * 5 + j] === 0).map((to) => `${from} ${to}`),
  )
  assert.deepEqual(allowed.sort(), [
    'B-X E-X',
    'B-X I-X',
    'E-X B-X',
    'E-X O',
    'E-X S-X',
    'I-X E-X',
    'I-X I-X',
    'O B-X',
    'O O',
    'O S-X',
    'S-X B-X',
    'S-X O',
    'S-X S-X',
  ])
  assert.deepEqual([...start], [0, forbidden, forbidden, 0, 0])
  assert.deepEqual([...end], [forbidden, 0, forbidden, 0, 0])
  assert.ok(isLegal('none', 'I-X', 'E-Y'))
})
