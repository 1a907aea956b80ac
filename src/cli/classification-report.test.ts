import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classificationReport } from '../tasks/classifier/report.js'
import { rememberExamples } from '../tasks/classifier/seen-examples.js'
import { SeenTexts } from '../tasks/seen-texts.js'
import {
  describeExplanation,
  describeLabels,
  describeMistakes,
  describeScores,
  describeSeen,
  oneLine,
} from './classification-report.js'
import { confusionTable, describeConfusion, largestConfusions } from './confusion-report.js'
import { shorten } from './terminal.js'

const read = { tokens: 10, unknown: 1, seen: undefined }

/** A report on `count` texts over `labels`, every third one wrong. */
function reportOf(labels: readonly string[], count: number) {
  const examples = Array.from({ length: count }, (_, i) => ({
    text: `text number ${i}\nwith\ta tab\u001b[2J and ${'many words '.repeat(30)}`,
    labels: [labels[i % labels.length]!],
    place: `data.csv:${i + 2}`,
  }))
  const joint = examples.map((_, i) => {
    const row = new Float32Array(labels.length).fill(0.1 / labels.length)
    row[(i % 3 === 0 ? i + 1 : i) % labels.length]! += 0.9 - i * 1e-4
    return row
  })
  const baseline = { name: 'TF-IDF + logistic regression', rows: joint.map((row) => row.slice().fill(0.2)) }
  const probabilities = { joint, baseline, network: joint }
  return { examples, report: classificationReport(examples, labels, false, probabilities, read) }
}

test('no line is wider than the terminal, whatever the number and length of labels', () => {
  for (const width of [80, 100, 120]) {
    for (const [count, length] of [
      [2, 4],
      [5, 10],
      [12, 40],
      [26, 3],
      [200, 25],
    ] as const) {
      const labels = Array.from({ length: count }, (_, k) => `${k} ${'x'.repeat(length)}`)
      const { examples, report } = reportOf(labels, 300)
      const explanation = {
        label: labels[0]!,
        probability: 0.9,
        words: Array.from({ length: 40 }, (_, k) => ({ word: `word${k}`.repeat(k), contribution: k - 20 })),
      }
      const lines = describeScores(report, examples, { width, explanations: [explanation] })
      for (const line of lines) assert.ok(line.length <= width, `${line.length}: ${line}`)
      for (const line of lines) assert.ok(!/\p{Cc}/u.test(line), JSON.stringify(line))
    }
  }
})

test('the report has the model beside its baseline, the labels and the matrix', () => {
  const { examples, report } = reportOf(['ham', 'spam'], 9)
  const lines = describeScores(report, examples)
  assert.match(lines[0]!, /^9 texts +accuracy +macro F1 +log loss$/)
  assert.match(lines[1]!, /^baseline: TF-IDF \+ logistic regression +55\.56 % /)
  assert.match(lines[3]!, /^both, as the model predicts +66\.67 % /)
  assert.ok(lines.some((line) => /^ham +0\.7500 +0\.6000 +0\.6667 +5$/.test(line)))
  const matrix = lines.findIndex((line) => line.startsWith('has \\ given'))
  assert.deepEqual(
    lines.slice(matrix + 1, matrix + 3).map((line) => line.split(/ {2,}/)),
    [
      ['ham', '3', '2'],
      ['spam', '1', '3'],
    ],
  )
  assert.ok(lines.some((line) => /^ {2}data\.csv:2: spam 95\.00 %, is ham$/.test(line)))
})

test('texts the model was trained on are counted, and scored apart', () => {
  const { examples, report } = reportOf(['ham', 'spam'], 9)
  assert.deepEqual(describeSeen(report), [])
  const probabilities = { joint: examples.map((_, i) => Float32Array.of(i < 4 ? 0.1 : 0.9, 0.5)) }
  const trained = [...examples.slice(0, 3), { ...examples[3]!, labels: ['ham'] }]
  const seen = rememberExamples(trained, [{ text: 'elsewhere', labels: ['ham'] }])
  const reportWith = (given: SeenTexts, some = examples) =>
    classificationReport(
      some,
      ['ham', 'spam'],
      false,
      { joint: probabilities.joint.slice(0, some.length) },
      { ...read, seen: given },
    )
  const found = reportWith(seen)
  // ham 0, 2 taken for spam, spam 1, 3 right; of the others ham 4, 6, 8 are right, spam 5, 7 wrong
  const { logLoss, ...others } = found.seen!.without!
  assert.deepEqual(found.seen, {
    texts: 4,
    otherLabels: 1,
    without: { logLoss, ...others },
    trained: 5,
    remembered: 5,
  })
  assert.deepEqual(others, { examples: 5, accuracy: 0.6, macroF1: 0.375 })
  assert.deepEqual(describeSeen(found), [
    '4 of the 9 texts are in the training data too, 1 of them with other labels there; scores of such texts flatter',
  ])
  assert.match(describeScores(found, examples)[2]!, /^the 5 texts new to it +60\.00 % +0\.3750 /)
  assert.equal(reportWith(seen, examples.slice(0, 4)).seen!.without, null)
  const few = SeenTexts.of(
    trained.map(({ text }) => ({ text, answer: '' })),
    2,
  )
  assert.match(describeSeen(reportWith(few)).at(-1)!, /remembers 2 of the 4 texts/)
})

test('a matrix that does not fit becomes columns by number, then a list', () => {
  const matrixOf = (size: number) =>
    Array.from({ length: size }, (_, own) =>
      Array.from({ length: size }, (_, given) => (own === given ? 90 : own + 1 === given ? own : 0)),
    )
  const names = (size: number) => Array.from({ length: size }, (_, k) => `a label named ${k}`)
  assert.match(confusionTable(matrixOf(3), names(3), 80)![0]!, /a label named 2$/)
  assert.match(confusionTable(matrixOf(12), names(12), 80)![0]!, / 11 {2}12$/)
  assert.equal(confusionTable(matrixOf(40), names(40), 80), undefined)
  const list = describeConfusion(matrixOf(40), names(40), 80)
  assert.match(list[1]!, /^a label named 38 +a label named 39 +38 +29\.7 %$/)
  assert.match(list.at(-1)!, /^… and \d+ more texts/)
})

test('the list of confusions adds up', () => {
  const matrix = [
    [5, 2, 0],
    [1, 7, 4],
    [0, 0, 9],
  ]
  const lines = largestConfusions(matrix, ['a', 'b', 'c'], 2)
  assert.deepEqual(
    lines.slice(1, 3).map((line) => line.split(/ {2,}/).slice(0, 3)),
    [
      ['b', 'c', '4'],
      ['a', 'b', '2'],
    ],
  )
  assert.match(lines[3]!, /1 more/)
  assert.deepEqual(largestConfusions([[3]], ['a']), ['no text was given a wrong label'])
})

test('of many labels the most frequent are shown, and the rest counted', () => {
  const labels = Array.from({ length: 35 }, (_, k) => `l${k}`)
  const { report } = reportOf(labels, 36)
  const lines = describeLabels(report)
  assert.equal(lines.length, 32)
  assert.match(lines[1]!, /^l0 /)
  assert.match(lines.at(-1)!, /^… and 5 rarer labels/)
})

test('several labels a text have no matrix, and mistakes may be labels withheld', () => {
  const examples = [
    { text: 'one', labels: ['a', 'b'] },
    { text: 'two', labels: [] },
  ]
  const joint = [Float32Array.of(0.9, 0.2), Float32Array.of(0.7, 0.1)]
  const report = classificationReport(examples, ['a', 'b'], true, { joint }, read)
  const lines = describeScores(report, examples)
  assert.match(lines[0]!, /^2 texts +all labels right/)
  assert.ok(!lines.some((line) => line.startsWith('has')))
  assert.ok(lines.includes('  text 1: not b 80.00 %, is a, b'))
  assert.ok(lines.includes('  text 2: a 70.00 %, is none of them'))
  assert.deepEqual(describeMistakes(report, examples, { mistakes: 0 }), [])
})

test('an explanation names the strongest words with their sign, as many as fit', () => {
  const words = [
    { word: 'free', contribution: 1.234 },
    { word: 'hello', contribution: -0.5 },
    { word: 'the', contribution: 0.001 },
  ]
  const explanation = { label: 'spam', probability: 1, words }
  assert.equal(describeExplanation(explanation), 'spam: free +1.23, hello −0.50, the +0.00')
  assert.equal(describeExplanation(explanation, 20), 'spam: free +1.23')
  assert.equal(describeExplanation({ ...explanation, words: [] }), 'spam: no word counts')
})

test('texts are put on one line and cut between characters', () => {
  assert.equal(oneLine(' a\n\n b\u0000c\t', 20), 'a b c')
  assert.equal(oneLine('abcdef', 4), 'abc…')
  assert.equal(shorten('ab😀d', 4), 'ab…')
  assert.equal(oneLine('x'.repeat(1e7), 50).length, 50)
})
