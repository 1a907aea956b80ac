import assert from 'node:assert/strict'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { listInstructionSets, loadEngine } from '../engine/load.js'
import { writeModelFile } from '../formats/model-file.js'
import * as layers from '../layers/index.js'
import { sequential } from '../models/index.js'
import {
  classifierCheckpointPieces,
  languageCheckpointPieces,
  Tagger,
  trainClassifier,
  trainLanguageModel,
} from '../tasks/index.js'
import { forAll, reprise, shell } from '../testing/command-line.js'
import { exampleText, tinyModel } from '../testing/example-text.js'
import { exampleTickets, ticketsFile, tinyClassifier } from '../testing/example-tickets.js'
import { goldenUrl } from '../testing/golden.js'
import { conlluFile, speechExamples, tinyTagger } from '../testing/tagged-examples.js'

const verbs = [
  'train lm',
  'train classifier',
  'predict',
  'evaluate',
  'generate',
  'score',
  'inspect',
  'convert',
  'engine',
]
const book = exampleText(25)
let cwd: string
const path = (name: string) => join(cwd, name)
const run = (line: string, input?: string) =>
  reprise(line.split(' ').filter(Boolean), input === undefined ? { cwd } : { cwd, input })
/** Flags of a training that takes a moment. */
const tiny = '--units 16 --embedding 8 --batch 4 --bptt 16 --epochs 1'
const noStack = /\n\s+at |Error:/

before(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'reprise-cli-'))
  const write = (name: string, content: string | Uint8Array) => writeFileSync(path(name), content)
  for (const name of ['book.txt', 'train.txt']) write(name, book)
  for (const name of ['valid.txt', 'other-book.txt']) write(name, exampleText(9, 3))
  write('book.txt.gz', gzipSync(book))
  write('empty.txt', '')
  write('one-line.txt', book.replaceAll('\n', ' '))
  write(
    'binary.txt',
    Uint8Array.from({ length: 400 }, (_, k) => (k * 37) % 256),
  )
  write('latin1.txt', Buffer.from('caf\u00e9 au lait, '.repeat(30), 'latin1'))
  write('foreign.txt', 'zork quux\nblorb\n')
  mkdirSync(path('folder'))

  const engine = await loadEngine({ threads: 1 })
  const files = { data: ['book.txt'], out: 'book.safetensors' }
  let checkpoint: Uint8Array | undefined
  for (const unit of ['word', 'char'] as const) {
    const { model } = await trainLanguageModel(book, {
      ...tinyModel,
      unit,
      engine,
      checkpoint: {
        every: { steps: 4 },
        write(state) {
          checkpoint = Buffer.concat(languageCheckpointPieces(state, files))
        },
      },
    })
    await model.save(path(unit === 'word' ? 'words.safetensors' : 'book.safetensors'))
    model.dispose()
  }
  write('book.ckpt.safetensors', checkpoint!)
  write('tickets.csv', ticketsFile(exampleTickets(60)))
  write('new-tickets.csv', ticketsFile(exampleTickets(30, 2)))
  const tickets = exampleTickets(60).map(({ body, team }, k) => ({
    text: body,
    labels: [team],
    place: `tickets.csv:${k + 2}`,
  }))
  const reading = { text: 'body', label: 'team' }
  const { model: teams } = await trainClassifier(tickets, {
    ...tinyClassifier,
    engine,
    checkpoint: {
      every: { steps: 4 },
      write(state) {
        checkpoint = Buffer.concat(
          classifierCheckpointPieces(state, { data: ['tickets.csv'], out: 'tickets.safetensors', reading }),
        )
      },
    },
  })
  await teams.save(path('tickets.safetensors'))
  teams.dispose()
  write('tickets.ckpt.safetensors', checkpoint!)
  write('test.conllu', conlluFile(speechExamples(10, 2)))
  const tagger = await Tagger.train(speechExamples(30), { ...tinyTagger, epochs: 1, engine })
  await tagger.save(path('pos.safetensors'))
  copyFileSync(path('pos.safetensors'), path('names.safetensors'))
  tagger.dispose()
  engine.dispose()

  write('torch-lm.safetensors', readFileSync(goldenUrl('torch/language-model.safetensors')))
  const reviews = sequential([
    layers.embedding(9, 4, { maskZero: true, inputLength: 5 }),
    layers.lstm(3),
    layers.dense(1, { activation: 'sigmoid' }),
  ])
  await reviews.save(path('reviews.keras'))

  const model = readFileSync(path('book.safetensors'))
  write('cut.safetensors', model.subarray(0, model.length - 100))
  write(
    'newer.safetensors',
    Buffer.from(model.toString('latin1').replace('format\\":1', 'format\\":9'), 'latin1'),
  )
  write(
    'other.safetensors',
    Buffer.concat(writeModelFile({ task: 'tagger', metadata: {}, weights: new Map() })),
  )
})
after(() => rmSync(cwd, { recursive: true, force: true }))

describe('help', () => {
  test('of every verb has its flags and examples', async () => {
    await forAll(verbs, async (verb) => {
      const { code, stdout, stderr } = await run(`${verb} --help`)
      assert.equal(code, 0)
      assert.equal(stderr, '')
      for (const flag of ['--json', '--quiet', '--seed', '--engine', '--threads'])
        assert.ok(stdout.includes(flag), flag)
      assert.match(stdout, new RegExp(`Examples?:\n {2}reprise ${verb}`))
    })
  })

  test('of train lm has every flag that is promised', async () => {
    const { stdout } = await run('train lm --help')
    const flags =
      'data out valid valid-split epochs batch lr optimizer patience time-limit resume checkpoint-every precision unit cell layers units embedding dropout tie bptt'
    for (const flag of flags.split(' ')) assert.match(stdout, new RegExp(`--${flag}\\b`), flag)
    assert.ok(stdout.includes('(default: 5m)'))
  })

  test('gives examples that work', async () => {
    const wasm = (await listInstructionSets()).some(({ engine }) => engine === 'wasm')
    const lines: string[] = []
    await forAll(['', ...verbs], async (verb) => {
      const { stdout } = await run(`${verb} --help`)
      for (const [, line] of stdout.matchAll(/^ {2}((?:REPRISE_\S+ )?reprise .*)$/gm)) lines.push(line!)
    })
    assert.ok(lines.length >= verbs.length)
    await forAll(lines, async (line) => {
      if (line.includes('wasm') && !wasm) return
      const sandbox = mkdtempSync(join(tmpdir(), 'reprise-help-'))
      for (const name of readdirSync(cwd)) {
        if (/\.(txt|csv|conllu|safetensors|keras)$/.test(name)) copyFileSync(path(name), join(sandbox, name))
      }
      const { code, stderr } = await shell(line, { cwd: sandbox })
      assert.equal(code, 0, `${line}\n${stderr}`)
      rmSync(sandbox, { recursive: true })
    })
  })

  test('is what no verb and an unknown verb lead to', async () => {
    assert.equal((await run('')).code, 2)
    assert.equal((await run('train')).code, 2)
    const { code, stderr } = await run('trian lm')
    assert.equal(code, 2)
    assert.equal(stderr, "reprise: unknown command 'trian' (Did you mean train?); see reprise --help\n")
  })
})

describe('--json prints one JSON value with the fields that are promised', () => {
  const cases: [line: string, fields: string][] = [
    [
      `train lm --data book.txt --out json.safetensors ${tiny}`,
      'task model parameters epochs seconds tokensPerSecond valid.nats valid.perplexity engine.name engine.isa engine.threads',
    ],
    [
      'train classifier --data tickets.csv --text body --label team --out json-teams.safetensors --epochs 1 --units 4',
      'task model parameters epochs seconds tokensPerSecond valid.accuracy valid.macroF1 valid.logLoss baseline.name baseline.accuracy labels examples.train engine.name engine.isa engine.threads',
    ],
    [
      'train classifier --data tickets.csv --text body --label team --out only.safetensors --baseline-only',
      'task model parameters seconds',
    ],
    [
      'evaluate tickets.safetensors --data new-tickets.csv --text body --label team',
      'task examples accuracy macroF1 logLoss perLabel.0.f1 confusion.0.0 baseline.name baseline.accuracy baseline.macroF1 tokensPerSecond',
    ],
    [
      'evaluate only.safetensors --data new-tickets.csv --text body --label team',
      'task accuracy macroF1 logLoss',
    ],
    ['predict tickets.safetensors invoice', '0.text 0.label 0.probability 0.scores.billing'],
    ['predict tickets.safetensors --data new-tickets.csv --text body', '29.text 29.label 29.probability'],
    ['inspect tickets.safetensors', 'task layers.0.name parameters vocabulary.size bytes labels'],
    [
      'evaluate book.safetensors --data other-book.txt',
      'tokens nats perplexity bitsPerToken bitsPerCharacter outOfVocabulary',
    ],
    ['generate book.safetensors the --length 9', 'prompt text tokens tokensPerSecond'],
    ['score book.safetensors cat', '0.text 0.nats 0.perplexity 0.tokens.0.token 0.tokens.0.nats'],
    ['inspect book.safetensors', 'task layers.0.name parameters vocabulary.size bytes memory.training.arena'],
    ['inspect reviews.keras', 'task layers.0.name layers.1.runs parameters bytes'],
    ['convert reviews.keras reviews.h5', 'from to layers maxDifference'],
    [
      'convert book.safetensors book-int8.safetensors --quantize int8 --data other-book.txt',
      'from to weights bytes.before bytes.after largestChange.change before.perplexity after.perplexity perplexityLoss',
    ],
    [
      'convert reviews.keras reviews-bf16.safetensors --quantize bf16',
      'from to layers weights bytes.after maxDifference',
    ],
    ['generate book.safetensors the --length 9 --weights bf16', 'text'],
    ['engine', 'engine.name engine.isa engine.threads available.0'],
  ]
  for (const [line, fields] of cases) {
    test(line, async () => {
      const { code, stdout, stderr } = await run(`${line} --json`)
      assert.equal(code, 0, stderr)
      assert.equal(stdout.indexOf('\n'), stdout.length - 1, 'one line')
      const value = JSON.parse(stdout)
      for (const field of fields.split(' ')) {
        const found = field.split('.').reduce((part, name) => part?.[name], value)
        assert.ok(found !== undefined && found !== null, `${field} of ${stdout}`)
      }
    })
  }

  test('and --quiet leaves standard error empty', async () => {
    const { stderr } = await run(`train lm --data book.txt --out quiet.safetensors ${tiny} --json --quiet`)
    assert.equal(stderr, '')
  })
})

describe('training', () => {
  test('needs nothing but a text, says what it picked, and leaves only the model', async () => {
    mkdirSync(path('alone'))
    const { code, stdout, stderr } = await reprise(
      ['train', 'lm', '--data', '../book.txt', '--epochs', '1'],
      {
        cwd: path('alone'),
      },
    )
    assert.equal(code, 0, stderr)
    assert.match(stderr, /text: .* characters to train on, .* held out, vocabulary/)
    assert.match(stderr, /model: embedding .*parameters/)
    assert.match(stderr, /training: 1 epochs/)
    assert.match(stdout, /saved book\.safetensors.*\ntry: {2}reprise generate book\.safetensors/s)
    assert.deepEqual(readdirSync(path('alone')), ['book.safetensors'])
  })

  test('reads standard input, gzipped files and several files', async () => {
    const outputs = ['stdin', 'gzip', 'several']
    await Promise.all([
      run(`train lm --data - --out stdin.safetensors ${tiny}`, book),
      run(`train lm --data book.txt.gz --out gzip.safetensors ${tiny}`),
      run(`train lm --data book.txt --data other-book.txt --out several.safetensors ${tiny}`),
      run(`train lm --data book.txt --out plain.safetensors ${tiny}`),
    ])
    const [stdin, gzip, several] = outputs.map((name) => readFileSync(path(`${name}.safetensors`)))
    const plain = readFileSync(path('plain.safetensors'))
    assert.ok(stdin!.equals(plain) && gzip!.equals(plain), 'the same text gives the same model')
    assert.ok(!several!.equals(plain))
  })

  test('gives the same bytes with 1 and 2 threads, and stops at a time limit', async () => {
    const flags = '--data book.txt --epochs 2 --units 48 --dropout 0.2'
    const [one, two, limited] = await Promise.all([
      run(`train lm ${flags} --out one.safetensors --threads 1`),
      run(`train lm ${flags} --out two.safetensors --threads 2`),
      run(
        `train lm --data book.txt --out limited.safetensors --epochs 100000 --units 16 --time-limit 200ms --json`,
      ),
    ])
    for (const { code, stderr } of [one, two, limited]) assert.equal(code, 0, stderr)
    assert.ok(readFileSync(path('one.safetensors')).equals(readFileSync(path('two.safetensors'))))
    assert.equal(JSON.parse(limited.stdout).stopped, 'time-limit')
    assert.deepEqual(
      readdirSync(cwd).filter((name) => name.startsWith('limited') || name.endsWith('.partial')),
      ['limited.safetensors'],
    )
  })
})

describe('generating', () => {
  test('streams the prompt and the text; the seed decides', async () => {
    const [first, second, json] = await Promise.all([
      run('generate book.safetensors the --length 40 --seed 7'),
      run('generate book.safetensors the --length 40 --seed 7'),
      run('generate book.safetensors the --length 40 --seed 7 --json'),
    ])
    assert.equal(first.stderr, '')
    assert.equal(first.stdout, second.stdout)
    assert.equal(`the${JSON.parse(json.stdout).text}\n`, first.stdout)
    assert.equal(JSON.parse(json.stdout).tokens, 40)
  })

  test('takes the prompt from standard input and stops at a line end', async () => {
    const { stdout } = await run('generate book.safetensors - --length 2000 --seed 1 --stop \\n', 'the cat')
    assert.match(stdout, /^the cat.*\n$/)
  })

  test('warns about characters the model has never seen', async () => {
    const { code, stderr } = await run('generate book.safetensors thé --length 5')
    assert.equal(code, 0)
    assert.match(stderr, /^reprise: the model has seen only 2 of 3 .*read as unknown\n$/)
  })
})

describe('bad input gets one clear line, the right exit code and no stack trace', () => {
  const train = `train lm --quiet ${tiny} --out bad.safetensors`
  const cases: [line: string, code: number, message: RegExp][] = [
    // Texts.
    [`${train} --data boook.txt`, 1, /boook\.txt: no such file\. Did you mean book\.txt\?/],
    [`${train} --data nowhere/book.txt`, 1, /no such file.*no folder nowhere/],
    [`${train} --data folder`, 1, /folder is a directory; give the files in it/],
    [`${train} --data empty.txt`, 1, /empty\.txt: there is no text in it/],
    [`${train} --data binary.txt`, 1, /binary\.txt is not text/],
    [`${train} --data latin1.txt`, 1, /latin1\.txt is not UTF-8 text.*iconv/],
    [
      `${train} --data one-line.txt --unit word`,
      1,
      /one-line\.txt: .*too few lines.*--valid.*--valid-split 0/,
    ],
    [`${train} --data foreign.txt`, 1, /foreign\.txt: only \d+ characters/],
    [
      `${train} --data book.txt --valid foreign.txt --unit word`,
      1,
      /foreign\.txt: the model knows none of its 3 words/,
    ],
    [`${train} --data book.txt --valid empty.txt`, 1, /empty\.txt: there is no text/],
    ['evaluate words.safetensors --data foreign.txt', 1, /knows none of its 3 words/],
    ['evaluate book.safetensors --data missing.txt', 1, /missing\.txt: no such file/],
    // Models.
    ['evaluate cut.safetensors --data book.txt', 1, /cut\.safetensors is damaged: it is cut short/],
    ['generate newer.safetensors', 1, /newer\.safetensors was written by a newer version.*Update/],
    ['score other.safetensors cat', 1, /other\.safetensors is a model for "tagger", not a language model/],
    ['inspect book.txt', 1, /book\.txt is not a model/],
    ['inspect empty.txt', 1, /empty\.txt is not a model.*it is empty/],
    ['convert book.txt x.keras', 1, /book\.txt/],
    ['convert absent.keras x.h5', 1, /absent\.keras cannot be read: there is no such file/],
    ['convert reviews.keras x.tflite', 2, /"\.tflite".*Known: /],
    ['convert book.safetensors x.keras --quantize int8', 2, /--quantize writes \.safetensors, not x\.keras/],
    [
      'convert reviews.keras x.safetensors --quantize int8 --data book.txt',
      2,
      /--data measures the perplexity/,
    ],
    ['convert reviews.keras x.h5 --data book.txt', 2, /--data is for --quantize/],
    ['convert book.safetensors x.safetensors --quantize int4', 2, /int8, bf16/],
    ['score book.safetensors cat --weights int4', 2, /float32, bf16, int8/],
    ['convert reviews.keras', 2, /missing required argument 'out'/],
    ['inspect folder', 1, /folder is a directory/],
    ['generate book.ckpt.safetensors', 1, /is a checkpoint.*--resume book\.ckpt\.safetensors/],
    [`${train} --resume book.safetensors`, 1, /book\.safetensors is a finished model, not a checkpoint/],
    [`${train} --resume book.txt`, 1, /book\.txt is not a model/],
    ['train lm --resume book.ckpt.safetensors --data other-book.txt --quiet', 1, /with another text.*--data/],
    ['train lm --resume book.ckpt.safetensors --units 9 --quiet', 1, /--units 16, now it is 9/],
    // Places.
    [
      'train lm --data book.txt --out nowhere/a.safetensors',
      1,
      /cannot write nowhere\/.*no folder nowhere; make it/,
    ],
    ['train lm --data book.txt --out folder', 1, /cannot write folder: it is a directory/],
    [
      'train lm --data book.txt --out book.txt',
      2,
      /would overwrite book\.txt; choose another name with --out/,
    ],
    // Flags.
    ['train lm', 2, /train lm needs a text: reprise train lm --data/],
    ['train lm --data book.txt --units 0', 2, /'--units <number>' argument '0'.*at least 1/],
    ['train lm --data book.txt --units -5', 2, /argument '-5'.*at least 1/],
    ['train lm --data book.txt --batch 0', 2, /'--batch <number>' argument '0'/],
    ['train lm --data book.txt --epochs 1.5', 2, /'--epochs <number>'.*whole number/],
    ['train lm --data book.txt --lr 0', 2, /'--lr <number>'.*above 0/],
    ['train lm --data book.txt --dropout 1', 2, /'--dropout <number>'.*below 1/],
    ['train lm --data book.txt --valid-split 1', 2, /'--valid-split <number>'/],
    ['train lm --data book.txt --time-limit 0', 2, /A duration looks like 90s, 10m/],
    ['train lm --data book.txt --unit wrod', 2, /"wrod"\. Did you mean "word"\?/],
    ['train lm --data book.txt --cell lstn', 2, /Unknown recurrent cell "lstn"\. Did you mean "lstm"\?/],
    ['train lm --data book.txt --optimizer adma', 2, /Unknown optimizer "adma"\. Did you mean "adam"\?/],
    ['train lm --data book.txt --schedule never', 2, /must be one of one-cycle/],
    ['train lm --data book.txt --precision mixt', 2, /Unknown precision "mixt"\. Known: float32, mixed/],
    ['train lm --data book.txt --unts 3', 2, /unknown option '--unts' \(Did you mean --units\?\)/],
    ['train lm --data book.txt --engine natve', 2, /Unknown engine "natve"\. Did you mean "native"\?/],
    ['train lm --data book.txt --threads 0', 2, /from 1 to 256/],
    [`${train} --data book.txt --momentum 0.9`, 2, /--momentum is for sgd and rmsprop/],
    [`${train} --data book.txt --softmax adaptive`, 2, /Add --unit word, or leave --softmax out/],
    [`${train} --data book.txt --cutoffs 9,4`, 2, /rising ranks such as 2000,10000,50000/],
    [`${train} --data book.txt --batch 5000`, 2, /--batch is 5000, and the text has only/],
    ['generate book.safetensors --top-p 0', 2, /'--top-p <number>'.*above 0/],
    ['generate book.safetensors --length 0', 2, /at least 1/],
    ['score book.safetensors', 2, /score needs at least one text/],
    ['evaluate book.safetensors', 2, /required option '--data <file>'/],
    ['inspect', 2, /missing required argument 'model'/],
    // A learning rate that diverges.
    [
      `${train} --data book.txt --lr 1e30`,
      1,
      /training diverged.*layer .*".+"\..*Try --lr 0\.\d+ \(it was 1e\+30\), or a smaller --clip/,
    ],
  ]

  test('whatever it is', async () => {
    await forAll(cases, async ([line, code, message]) => {
      const finished = await run(line)
      const told = `${line}\n${finished.stderr}`
      assert.equal(finished.code, code, told)
      assert.match(finished.stderr, /^reprise: [^\n]+\n$/, told)
      assert.match(finished.stderr, message, told)
      assert.doesNotMatch(finished.stderr, noStack, told)
      assert.equal(finished.stdout, '', told)
    })
    assert.deepEqual(
      readdirSync(cwd).filter((name) => name.startsWith('bad') || name.endsWith('.partial')),
      [],
    )
  })

  test('the stack is there with --debug', async () => {
    assert.match((await run('inspect book.txt --debug')).stderr, /\n\s+at /)
  })

  test('a full disk while saving: the old file survives', {
    skip: process.platform === 'win32',
  }, async () => {
    const old = readFileSync(path('words.safetensors'))
    const limit = 'ulimit -f 4; ' // 4 kB
    const flags = `--data book.txt ${tiny} --quiet --out words.safetensors`
    const { code, stderr } = await shell(`${limit} reprise train lm ${flags}`, { cwd })
    assert.equal(code, 1, stderr)
    assert.match(stderr, /^reprise: cannot write words\.safetensors: [^\n]+\n$/)
    assert.ok(readFileSync(path('words.safetensors')).equals(old))
    assert.deepEqual(
      readdirSync(cwd).filter((name) => name.endsWith('.partial')),
      [],
    )
  })
})

describe('a reader that has seen enough', { skip: process.platform === 'win32' }, () => {
  test('ends the command without a word', async () => {
    const lines = [
      'reprise inspect book.safetensors | head -1',
      'reprise generate book.safetensors the --length 1000000 | head -c 20',
      'reprise train lm --help | head -1',
      'reprise score book.safetensors "the cat" "a mat" | true',
    ]
    await forAll(lines, async (line) => {
      const { code, stderr } = await shell(`set -o pipefail; ${line}`, { cwd })
      assert.deepEqual([code, stderr], [0, ''], line)
    })
  })
})
