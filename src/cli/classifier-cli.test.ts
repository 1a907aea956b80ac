import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { forAll, reprise } from '../testing/command-line.js'

let cwd: string
const write = (name: string, content: string | Uint8Array) => writeFileSync(join(cwd, name), content)
const run = (line: string, input?: string) =>
  reprise(line.split(' ').filter(Boolean), input === undefined ? { cwd } : { cwd, input })
/** A recurrent network that takes a moment. */
const tiny = '--units 4 --embedding 4 --pairs 0 --subwords 0 --epochs 1 --threads 1'
const noStack = /\n\s+at |Error:|defect/

const subjects = { billing: ['invoice', 'refund', 'charge'], crash: ['error', 'frozen', 'restart'] }
/** Lines `body,team` about two subjects, all different. */
function tickets(count: number, first = 0): string[] {
  const teams = Object.keys(subjects) as (keyof typeof subjects)[]
  return Array.from({ length: count }, (_, k) => {
    const number = k + first
    const team = teams[number % 2]!
    const words = subjects[team]
    return `my ${words[number % 3]} and ${words[(number + 1) % 3]} number ${number},${team}`
  })
}
const csv = (rows: readonly string[]) => `body,team\n${rows.join('\n')}\n`

before(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'reprise-classifier-cli-'))
  write('tickets.csv', csv(tickets(60)))
  write('new.csv', csv(tickets(20, 100)))
  write(
    'known.csv',
    csv([...tickets(20, 100), ...tickets(5), tickets(6).at(-1)!.replace('crash', 'billing')]),
  )
  write('one.csv', csv(tickets(30).map((row) => row.replace(/,\w+$/, ',billing'))))
  write('blank.csv', csv(Array.from({ length: 12 }, (_, k) => ` ,${k % 2 ? 'billing' : 'crash'}`)))
  write('single.csv', csv([...tickets(40), 'a lonely parcel,shipping', ',crash', '" ",billing']))
  write('shared.csv', csv([...tickets(6), ...tickets(6, 200)]))
  write('unseen.csv', csv([...tickets(6, 100), 'where is my parcel,shipping', 'parcel again,shipping']))
  write('copies.csv', csv([...tickets(40), ...tickets(3), tickets(6).at(-1)!.replace('crash', 'billing')]))
  write('header.csv', 'body,team\n')
  for (const [k, row] of tickets(8).entries()) {
    const [text, team] = row.split(',') as [string, string]
    mkdirSync(join(cwd, 'above', 'inner', team), { recursive: true })
    write(join('above', 'inner', team, `${k}.txt`), text)
  }
  write('quotes.csv', csv([...tickets(30), '"an invoice that never ends,billing', ...tickets(10, 40)]))
  write(
    'mixed.csv',
    Buffer.concat([
      Buffer.from(csv(tickets(30))),
      Buffer.from('caf\u00e9 invoice,billing\n', 'latin1'),
      Buffer.from('caf\u00e9 error,crash\n'),
    ]),
  )
  write('line.csv', `body,team\n${'invoice '.repeat(400_000)},billing\n${tickets(30).join('\n')}\n`)
  write('multi.jsonl', multiLabelLines())
  const made = await run(
    'train classifier --baseline-only --data tickets.csv --text body --label team --out b.safetensors --quiet',
  )
  assert.equal(made.code, 0, made.stderr)
  const trained = await run(`train classifier --data tickets.csv --out r.safetensors --quiet --json ${tiny}`)
  assert.equal(trained.code, 0, trained.stderr)
})

after(() => rmSync(cwd, { recursive: true }))

function multiLabelLines(): string {
  const lines = Array.from({ length: 60 }, (_, k) => {
    const label = [...(k % 2 ? ['billing'] : []), ...(k % 3 ? ['crash'] : [])]
    const words = label.map((name) => subjects[name as keyof typeof subjects][k % 3])
    return JSON.stringify({ text: `ticket ${k} ${words.join(' and ')}`, label })
  })
  return `${lines.join('\n')}\n`
}

describe('results', () => {
  test('both kinds of classifier have the promised scores in JSON, and one value on stdout', async () => {
    await forAll(['b', 'r'], async (name) => {
      const { code, stdout, stderr } = await run(
        `evaluate ${name}.safetensors --data new.csv --json --explain --mistakes 2 --threads 1`,
      )
      assert.equal(code, 0, stderr)
      const scores = JSON.parse(stdout)
      for (const field of ['examples', 'accuracy', 'macroF1', 'logLoss', 'perLabel', 'confusion', 'baseline'])
        assert.ok(field in scores, field)
      assert.equal(scores.task, 'classifier')
      assert.equal(scores.examples, 20)
      assert.equal(
        scores.confusion.flat().reduce((a: number, b: number) => a + b),
        20,
      )
      for (const { explanation, text, truth } of scores.mistakes)
        assert.ok(explanation.words.length > 0 && text !== '' && truth.length === 1)
      if (name === 'b') assert.ok(scores.accuracy > 0.95)
    })
  })

  test('texts that are in the training data are counted and scored apart', async () => {
    await forAll(['b', 'r'], async (name) => {
      const { code, stdout, stderr } = await run(
        `evaluate ${name}.safetensors --data known.csv --json --threads 1`,
      )
      assert.equal(code, 0, stderr)
      assert.match(
        stderr,
        /6 of the 26 texts are in the training data too, 1 of them with other labels there/,
      )
      const { seen } = JSON.parse(stdout)
      assert.deepEqual([seen.texts, seen.otherLabels, seen.without.examples], [6, 1, 20])
      const alone = await run(`evaluate ${name}.safetensors --data new.csv --json --threads 1`)
      assert.equal(JSON.parse(alone.stdout).accuracy, seen.without.accuracy)
      assert.equal(JSON.parse(alone.stdout).seen.without, null)
    })
  })

  test('predictions keep the order and say which words moved them', async () => {
    await forAll(['b', 'r'], async (name) => {
      const { code, stdout, stderr } = await run(
        `predict ${name}.safetensors - --json --explain --threads 1`,
        'the invoice refund\nan error and restart\n',
      )
      assert.equal(code, 0, stderr)
      const found = JSON.parse(stdout)
      assert.deepEqual(
        found.map(({ text }: { text: string }) => text),
        ['the invoice refund', 'an error and restart'],
      )
      for (const { label, probability, scores, explanation } of found) {
        assert.equal(scores[label], probability)
        assert.deepEqual(Object.keys(scores), ['billing', 'crash'])
        assert.equal(explanation.label, label)
      }
      if (name === 'b') {
        assert.deepEqual(
          found.map(({ label }: { label: string }) => label),
          ['billing', 'crash'],
        )
        const [strongest] = [...found[1].explanation.words].sort((a, b) => b.contribution - a.contribution)
        assert.ok(['error', 'restart'].includes(strongest.word))
      }
    })
  })

  test('the report for people fits 80 columns', async () => {
    const { stdout } = await run('evaluate r.safetensors --data new.csv --explain --quiet --threads 1')
    assert.match(stdout, /^20 texts +accuracy +macro F1 +log loss$/m)
    assert.match(stdout, /^baseline: TF-IDF \+ logistic regression +\d/m)
    assert.match(stdout, /^has \\ given +billing +crash$/m)
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line)
  })

  test('several labels a text: trained, scored and predicted as such', async () => {
    const trained = await run(
      'train classifier --baseline-only --data multi.jsonl --out m.safetensors --json',
    )
    assert.equal(trained.code, 0, trained.stderr)
    const { code, stdout } = await run('evaluate m.safetensors --data multi.jsonl --json')
    assert.equal(code, 0)
    const { subsetAccuracy, accuracy, microF1, confusion } = JSON.parse(stdout)
    assert.ok(subsetAccuracy === accuracy && microF1 > 0.9 && confusion.length === 2)
    const [both, none] = JSON.parse(
      (await run('predict m.safetensors - --json', 'refund and restart\nticket\n')).stdout,
    )
    assert.deepEqual([both.labels.length, none.labels.length], [2, 0])
  })

  test('inspect knows the baseline; the same data and seed give the same file', async () => {
    const report = JSON.parse((await run('inspect b.safetensors --json')).stdout)
    for (const field of ['task', 'layers', 'parameters', 'vocabulary', 'bytes']) assert.ok(field in report)
    assert.equal(report.strongest[1].label, 'crash')
    await run('train classifier --baseline-only --data tickets.csv --out b2.safetensors --quiet')
    assert.deepEqual(readFileSync(join(cwd, 'b2.safetensors')), readFileSync(join(cwd, 'b.safetensors')))
  })
})

describe('bad input ends with one line and no stack', () => {
  const cases: readonly [line: string, code: number, message: RegExp][] = [
    ['train classifier --data tickets.csv --text bdy --label team', 2, /"?body"?/],
    ['train classifier --data tickets.csv --text body --label taem --baseline-only', 2, /team/],
    ['train classifier --data one.csv', 1, /all \d+ texts have the one label "billing"/],
    ['train classifier --data one.csv --baseline-only', 1, /one label "billing"/],
    [
      'train classifier --data above --baseline-only',
      1,
      /one label "inner".*if these are the labels, give above.inner/,
    ],
    ['train classifier --data header.csv --baseline-only', 1, /1 file with a header and no row below it/],
    ['train classifier --data blank.csv --text body --label team --baseline-only', 1, /empty/],
    [`train classifier --data blank.csv --text body --label team ${tiny}`, 1, /empty/],
    ['train classifier --baseline-only', 2, /--data/],
    ['train classifier --baseline-only --data tickets.csv --units 9', 2, /--units/],
    ['predict b.safetensors', 2, /needs a text/],
    ['evaluate b.safetensors --data tickets.csv --mistakes -1', 2, /whole number/],
    ['evaluate b.safetensors --data missing.csv', 1, /missing\.csv/],
    ['predict tickets.csv hello', 1, /not a model|tickets\.csv/],
    ['generate b.safetensors', 1, /classifier/],
  ]
  test('all of them', async () => {
    await forAll(cases, async ([line, code, message]) => {
      const found = await run(line)
      assert.equal(found.code, code, `${line}: ${found.stderr}`)
      assert.match(found.stderr, message, line)
      assert.doesNotMatch(found.stderr, noStack, line)
      assert.equal(found.stdout, '')
    })
  })
})

describe('odd data is counted, never dropped in silence', () => {
  const cases: readonly [line: string, ...messages: RegExp[]][] = [
    [
      `train classifier --data single.csv --out s.safetensors ${tiny}`,
      /2 texts without a word left out/,
      /1 label with one text only \("shipping"\)/,
    ],
    [
      'train classifier --baseline-only --data single.csv --valid shared.csv --out s2.safetensors',
      /read shared\.csv \(CSV/,
      /texts: 41 to train on, 12 held out/,
      /2 texts without a word left out/,
      /1 label with one text only \("shipping"\)/,
      /6 texts of the validation part in the training part too/,
    ],
    [
      'train classifier --baseline-only --data copies.csv --out s3.safetensors',
      /4 texts there more than once.*; 1 text with different labels among them/,
    ],
    [
      `train classifier --data tickets.csv --valid shared.csv --out v.safetensors ${tiny}`,
      /6 texts of the validation part in the training part too/,
    ],
    [
      `train classifier --data tickets.csv --valid unseen.csv --out u.safetensors ${tiny}`,
      /2 texts of the validation part left out: no training text has their labels/,
    ],
    [
      'train classifier --baseline-only --data tickets.csv --valid unseen.csv --out u2.safetensors',
      /2 texts of the validation part left out: no training text has their labels/,
    ],
    ['train classifier --baseline-only --data quotes.csv --out q.safetensors', /quote/],
    ['train classifier --baseline-only --data mixed.csv --out e.safetensors', /\d .*(utf-8|encod|bytes)/i],
    ['train classifier --baseline-only --data line.csv --out l.safetensors', /31 texts/],
    [
      'evaluate b.safetensors --data unseen.csv',
      /1 label the model has never seen \("shipping" of 2 texts\)/,
    ],
    ['evaluate r.safetensors --data unseen.csv --threads 1 --explain', /never seen/],
    ['predict b.safetensors unseen.csv', /"unseen.csv" is read as a text, .*--data/],
  ]
  test('all of them', async () => {
    await forAll(cases, async ([line, ...messages]) => {
      const { code, stderr } = await run(line)
      assert.equal(code, 0, `${line}: ${stderr}`)
      for (const message of messages) assert.match(stderr, message, line)
      assert.doesNotMatch(stderr, noStack, line)
    })
  })
})
