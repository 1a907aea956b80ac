import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { TaggedText, TaggerExample } from '../tasks/index.js'
import { forAll, reprise, start } from '../testing/command-line.js'
import { conlluFile, nameExamples, speechExamples } from '../testing/tagged-examples.js'

let cwd: string
const path = (name: string) => join(cwd, name)
const run = (line: string, input?: string) =>
  reprise(line.split(' ').filter(Boolean), input === undefined ? { cwd } : { cwd, input })
/** Flags of a training that takes a moment. */
const tiny =
  '--units 16 --embedding 12 --character-embedding 8 --character-units 12 --affixes 4 --batch 8 --lr 0.02 --threads 1'

/** Words, a column that is of no use, tags. */
const columns = (examples: readonly TaggerExample[]) =>
  examples.map(({ tokens, tags }) => tokens.map((token, k) => `${token} x ${tags[k]}\n`).join('')).join('\n')

before(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'reprise-tagger-'))
  const write = (name: string, content: string) => writeFileSync(path(name), content)
  write('speech.conllu', conlluFile(speechExamples(80)))
  write('names.txt', columns(nameExamples(100)))
  write('test.txt', columns(nameExamples(20, 7)))
  write('vectors.txt', ['Ada', 'Rome', 'sees'].map((word, k) => `${word} 0.${k} 1 0.5\n`).join(''))
  write('bare.txt', 'Ada\nsees\nRome\n.\n')
  write('empty.txt', '')
  const { code, stderr } = await run(
    `train tagger --data names.txt --vectors vectors.txt --epochs 12 --out names.safetensors ${tiny}`,
  )
  assert.equal(code, 0, stderr)
})
after(() => rmSync(cwd, { recursive: true, force: true }))

describe('train tagger, evaluate, predict, inspect', () => {
  test('say in JSON what the page promises', async () => {
    const { stdout, code, stderr } = await run(
      `train tagger --data speech.conllu --field upos --epochs 3 --out pos.safetensors --json ${tiny}`,
    )
    assert.equal(code, 0, stderr)
    const trained = JSON.parse(stdout)
    assert.deepEqual([trained.task, trained.model, trained.epochs], ['tagger', 'pos.safetensors', 3])
    for (const key of ['parameters', 'seconds', 'tokensPerSecond', 'valid', 'engine'])
      assert.ok(trained[key], key)
    assert.match(stderr, /CoNLL-U, tags from upos; 80 sentences, .* 5 tags/)
    const scores = JSON.parse((await run('evaluate names.safetensors --data test.txt --json')).stdout)
    assert.equal(scores.task, 'tagger')
    assert.ok(scores.accuracy > 0.9 && scores.f1 > 0.8, JSON.stringify(scores))
    for (const key of ['tokens', 'accuracy', 'precision', 'recall', 'f1', 'perType'])
      assert.ok(scores[key], key)
    const found: TaggedText[] = JSON.parse(
      (await run('predict names.safetensors --json --data bare.txt')).stdout,
    )
    assert.deepEqual(found[0]!.tokens, ['Ada', 'sees', 'Rome', '.'])
    assert.deepEqual(Object.keys(found[0]!), ['tokens', 'tags', 'spans'])
    const report = JSON.parse((await run('inspect names.safetensors --json')).stdout)
    assert.deepEqual([report.task, report.scheme, report.vocabulary.vectors], ['tagger', 'iob1', 3])
  })

  test('and in words', async () => {
    const lines = await run(
      'predict names.safetensors -',
      'Ada Ames sees the cat in Rome.\n\nthe dog sees Bob.\n',
    )
    assert.equal(
      lines.stdout,
      '[Ada Ames PER] sees the cat in [Rome LOC] .\nthe dog sees [Bob PER] .\n',
      lines.stderr,
    )
    const scores = await run('evaluate names.safetensors --data test.txt')
    assert.match(scores.stdout, /span F1 +\d+\.\d\d %/)
    assert.match(scores.stdout, /unseen words/)
    assert.match((await run('inspect names.safetensors')).stdout, /tagger \(spans in IOB1\)/)
  })
})

test('evaluate says what it read, and what it left out', async () => {
  const broken = `${columns(nameExamples(4))}\nAda x\nsees x O\n\n${'cat x O\n'.repeat(400)}\nAda x I-PER\nBob x B-LOC\n`
  writeFileSync(path('broken.txt'), broken)
  const { stdout, stderr, code } = await run('evaluate names.safetensors --data broken.txt')
  assert.equal(code, 0, stderr)
  assert.match(
    stderr,
    /^broken\.txt: CoNLL, tags from the last column of 3; 6 sentences, \d+ tokens, 4 tags \(O /m,
  )
  assert.match(stderr, /note: 1 × lines without a tag in the last column; first: broken\.txt:\d+\n/)
  assert.match(stderr, /note: 1 × sentences with such lines, left out; first: broken\.txt:/)
  assert.match(stderr, /note: 1 × illegal IOB1 transitions.*"B-LOC" of "Bob"/)
  assert.match(stderr, /note: 1 × sentences of more than 352 tokens, read in pieces of 256/)
  assert.match(stdout, /unseen words \(0\) +–\n/)
  const found = JSON.parse((await run('evaluate names.safetensors --data broken.txt --json')).stdout)
  assert.deepEqual([found.sentences, found.unseen.accuracy], [6, null])
  assert.deepEqual(
    found.notes.map(({ count }: { count: number }) => count),
    [1, 1, 1, 1],
  )
  const trained = await run(`train tagger --data broken.txt --epochs 1 --out broken.safetensors ${tiny}`)
  assert.equal(trained.code, 0, trained.stderr)
  assert.match(trained.stderr, /note: 1 × sentences with such lines, left out; first: broken\.txt:/)
})

test('one of a thing is not several', async () => {
  writeFileSync(path('one.txt'), 'Ada x I-PER\n')
  const scored = await run('evaluate names.safetensors --data one.txt')
  assert.match(scored.stderr, /; 1 sentence, 1 token, 1 tag \(I-PER 1\)/)
  const refused = await run(`train tagger --data one.txt --out one.safetensors`)
  assert.match(refused.stderr, /; 1 sentence, 1 token, 1 tag \(/)
  assert.match(refused.stderr, /all tokens of the training data have the tag "I-PER"/)
})

test('sentences that are in the training data are counted, and the others scored apart', async () => {
  const long = (k: number) =>
    `${'the cat sees the dog in Rome'.split(' ').join(` x O\n`)} x I-LOC\n${k} x O\n`
  writeFileSync(path('long.txt'), `${columns(nameExamples(40))}\n${long(1)}\n${long(2)}`)
  writeFileSync(path('known.txt'), `${columns(nameExamples(5, 8).slice(0, 3))}\n${long(2)}`)
  const trained = await run(`train tagger --data long.txt --epochs 1 --out long-one.safetensors ${tiny}`)
  assert.equal(trained.code, 0, trained.stderr)
  const { stdout, stderr } = await run('evaluate long-one.safetensors --data known.txt')
  assert.match(stderr, /1 of the 4 sentences is in the training data too; scores of such sentences flatter/)
  assert.match(stdout, /the 3 sentences new to it: accuracy .*span F1/)
  const { repeated } = JSON.parse((await run('evaluate long-one.safetensors --data known.txt --json')).stdout)
  assert.deepEqual([repeated.sentences, repeated.otherTags, repeated.without.sentences], [1, 0, 3])
})

test('mistakes are told in one line, with what to do', async () => {
  const cases: [string, number, RegExp][] = [
    ['train tagger', 2, /reprise train tagger --data train\.conllu --field upos/],
    ['train tagger --data speech.conllu --field upps', 2, /Did you mean "upos"/],
    ['train tagger --data names.txt --column 7', 1, /names\.txt:1: .*column 7.* 3 columns/],
    ['train tagger --data names.txt --column 2', 1, /all tokens .* have the tag "x"/],
    ['train tagger --data empty.txt', 1, /empty\.txt/],
    ['train tagger --data names.txt --unts 5', 2, /Did you mean --units/],
    ['train tagger --data names.txt --out names.txt', 2, /would overwrite names\.txt/],
    ['evaluate names.safetensors --data bare.txt --column 3', 1, /bare\.txt:1/],
    ['predict names.safetensors', 2, /predict needs a text/],
  ]
  await forAll(cases, async ([line, code, message]) => {
    const found = await run(line)
    assert.equal(found.code, code, `${line}: ${found.stderr}`)
    assert.match(found.stderr.trim().split('\n').at(-1)!, message, line)
    assert.doesNotMatch(found.stderr, /\n\s+at /)
  })
})

test('further columns come with the sentences, from standard input too', async () => {
  const trained = await run(
    `train tagger --data - --features 2 --epochs 2 --out columns.safetensors ${tiny}`,
    columns(nameExamples(40)),
  )
  assert.equal(trained.code, 0, trained.stderr)
  const found = await run('predict columns.safetensors --json --data -', 'Ada x\nsees y\n\nRome x\n')
  assert.equal(found.code, 0, found.stderr)
  assert.deepEqual(
    (JSON.parse(found.stdout) as TaggedText[]).map(({ tokens }) => tokens),
    [['Ada', 'sees'], ['Rome']],
  )
  for (const line of ['predict columns.safetensors -', 'predict columns.safetensors Ada']) {
    const { code, stderr } = await run(line, 'Ada sees Rome.\n')
    assert.equal(code, 2)
    assert.match(stderr, /--features 2.*one token a line.*--data FILE.*--data -/)
  }
  const lacking = await run('predict columns.safetensors --data -', 'Ada\nsees\n')
  assert.equal(lacking.code, 1)
  assert.match(lacking.stderr, /:1: expected a value in column 2/)
})

test('begins with language models, and says so', async () => {
  const text = nameExamples(150, 3)
    .map(({ tokens }) => `${tokens.join(' ')}\n`)
    .join('')
  writeFileSync(path('text.txt'), text)
  const small = '--units 12 --embedding 8 --layers 1 --batch 4 --bptt 16 --epochs 1 --threads 1'
  for (const way of ['lm', 'backward --reverse']) {
    const [name, flag = ''] = way.split(' ')
    const made = await run(`train lm --unit word --data text.txt --out ${name}.safetensors ${flag} ${small}`)
    assert.equal(made.code, 0, made.stderr)
  }
  const { code, stderr } = await run(
    `train tagger --data names.txt --from lm.safetensors --from backward.safetensors --epochs 1 --out from.safetensors ${tiny}`,
  )
  assert.equal(code, 0, stderr)
  assert.match(
    stderr,
    /language model 8 \+ LSTM 12 forward \+ language model 8 \+ LSTM 12 backward.*\n.*slanted/,
  )
  const shown = await run('inspect from.safetensors')
  assert.match(shown.stdout, /began with language model 8 .* of \d+ words/)
  assert.match(shown.stdout, /lm_backward_lstm_1 +lstm +\[N, S, 12\]/)
  const twice = await run(
    'train tagger --data names.txt --from lm.safetensors --from lm.safetensors --out twice.safetensors',
  )
  assert.equal(twice.code, 1)
  assert.match(twice.stderr, /both read forward/)
})

test('an interrupted training goes on from its checkpoint, in another folder too', async () => {
  const running = start(
    `train tagger --data names.txt --vectors vectors.txt --epochs 400 --out long.safetensors ${tiny}`.split(
      ' ',
    ),
    { cwd },
  )
  await running.until('epoch 2')
  running.child.kill('SIGINT')
  const { code, stderr } = await running.finished
  assert.equal(code, 130, stderr)
  assert.match(stderr, /reprise train tagger --resume long\.ckpt\.safetensors/)
  const other = path('elsewhere')
  mkdirSync(other)
  const line = `train tagger --resume ${path('long.ckpt.safetensors')} --time-limit 0.3s --threads 1`
  const resumed = await reprise(line.split(' '), { cwd: other })
  assert.equal(resumed.code, 0, resumed.stderr)
  assert.match(resumed.stderr, /vectors\.txt: 3 vectors/)
  assert.ok(existsSync(path('long.safetensors')) && !existsSync(path('long.ckpt.safetensors')))
})
