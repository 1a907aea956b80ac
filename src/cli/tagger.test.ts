import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

test('an interrupted training goes on from its checkpoint', async () => {
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
  const resumed = await run('train tagger --resume long.ckpt.safetensors --time-limit 0.3s --threads 1')
  assert.equal(resumed.code, 0, resumed.stderr)
  assert.ok(existsSync(path('long.safetensors')) && !existsSync(path('long.ckpt.safetensors')))
})
