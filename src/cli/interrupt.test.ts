import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { RandomStream } from '../random.js'
import { reprise, start } from '../testing/command-line.js'
import { exampleText } from '../testing/example-text.js'

// A training that is interrupted in any way and resumed ends with the same bytes as one that is not.

const flags =
  '--data book.txt --units 24 --embedding 8 --dropout 0.2 --batch 4 --bptt 16 --epochs 24 --checkpoint-every 10ms'
const words = flags.split(' ')
let cwd: string
let straight: string
const path = (name: string) => join(cwd, name)
const hash = (name: string) =>
  createHash('sha256')
    .update(readFileSync(path(name)))
    .digest('hex')
const filesOf = (name: string) => readdirSync(cwd).filter((file) => file.replace(/^\./, '').startsWith(name))

before(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'reprise-interrupt-'))
  writeFileSync(path('book.txt'), exampleText(60))
  const { code, stderr } = await reprise(['train', 'lm', ...words, '--out', 'straight.safetensors'], { cwd })
  assert.equal(code, 0, stderr)
  straight = hash('straight.safetensors')
})
after(() => rmSync(cwd, { recursive: true, force: true }))

/** Waits until a file is written anew, or the process has ended. */
async function nextWrite(file: string, ended: () => boolean): Promise<void> {
  const written = () => (existsSync(file) ? statSync(file).mtimeMs : 0)
  const last = written()
  while (!ended() && written() === last) await pause(2)
}

for (const threads of [1, 2]) {
  test(`killed again and again (${threads} threads)`, async () => {
    const random = new RandomStream(threads, 'kills')
    const name = `killed${threads}`
    const checkpoint = `${name}.ckpt.safetensors`
    let kills = 0
    for (let round = 0; ; round++) {
      const source = existsSync(path(checkpoint))
        ? ['--resume', checkpoint, '--checkpoint-every', '10ms']
        : [...words, '--out', `${name}.safetensors`]
      const { child, finished } = start(['train', 'lm', ...source, '--threads', `${threads}`, '--quiet'], {
        cwd,
      })
      let ended = false
      finished.then(() => {
        ended = true
      })
      if (round < 4) {
        await nextWrite(path(checkpoint), () => ended)
        await pause(random.uniform(0, 40))
        child.kill('SIGKILL')
      }
      const { code, signal, stderr } = await finished
      if (signal === 'SIGKILL') {
        kills++
        continue
      }
      assert.equal(code, 0, stderr)
      break
    }
    assert.ok(kills > 0)
    assert.equal(hash(`${name}.safetensors`), straight)
    assert.deepEqual(filesOf(name), [`${name}.safetensors`], 'a finished run leaves only the model')
  })
}

describe('Ctrl-C', { skip: process.platform === 'win32' }, () => {
  test('saves a checkpoint, says how to go on, and going on gives the same bytes', async () => {
    const { child, finished, until } = start(['train', 'lm', ...words, '--out', 'stopped.safetensors'], {
      cwd,
    })
    await until('epoch 2')
    child.kill('SIGINT')
    const { code, stdout, stderr } = await finished
    assert.equal(code, 130, stderr)
    assert.equal(stdout, '')
    const command =
      /reprise: stopped after \d+ steps; .* Go on with: reprise (train lm --resume \S+)\n$/.exec(stderr)
    assert.ok(command, stderr)
    assert.deepEqual(filesOf('stopped'), ['stopped.ckpt.safetensors'])
    // From another folder, and with another number of threads.
    mkdirSync(path('elsewhere'))
    const resumed = await reprise(
      [...command[1]!.replace('stopped', '../stopped').split(' '), '--threads', '1', '--json'],
      { cwd: path('elsewhere') },
    )
    assert.equal(resumed.code, 0, resumed.stderr)
    assert.equal(JSON.parse(resumed.stdout).epochs, 24)
    assert.equal(hash('stopped.safetensors'), straight)
    assert.deepEqual(filesOf('stopped'), ['stopped.safetensors'])
  })

  test('with --json still gives one object', async () => {
    const { child, finished, until } = start(
      ['train', 'lm', ...words, '--out', 'json.safetensors', '--json'],
      { cwd },
    )
    await until('epoch 1')
    child.kill('SIGTERM')
    const { code, stdout } = await finished
    assert.equal(code, 130)
    assert.equal(JSON.parse(stdout).checkpoint, 'json.ckpt.safetensors')
  })

  test('twice leaves at once, and the last checkpoint is good', async () => {
    const { child, finished, until } = start(['train', 'lm', ...words, '--out', 'twice.safetensors'], { cwd })
    await until('epoch 2')
    child.kill('SIGINT')
    child.kill('SIGINT')
    assert.equal((await finished).code, 130)
    const { code, stderr } = await reprise(['train', 'lm', '--resume', 'twice.ckpt.safetensors'], { cwd })
    assert.equal(code, 0, stderr)
    assert.equal(hash('twice.safetensors'), straight)
  })

  test('while reading leaves nothing behind', async () => {
    const line = 'train lm --data - --out reading.safetensors --units 8'
    const { child, finished, until } = start(line.split(' '), { cwd, input: 'open' })
    await until('engine')
    child.stdin!.write(exampleText(5))
    await pause(50)
    child.kill('SIGINT')
    const { code, stderr } = await finished
    assert.equal(code, 130)
    assert.match(stderr, /\nreprise: stopped while reading; there was nothing to save yet\.\n$/)
    assert.deepEqual(filesOf('reading'), [])
  })

  test('ends generating after the tokens that are there', async () => {
    const line = 'generate straight.safetensors the --length 100000000'
    const { child, finished } = start(line.split(' '), { cwd })
    await new Promise((resolve) => child.stdout!.once('data', resolve))
    await pause(100)
    child.kill('SIGINT')
    const { code, stdout, stderr } = await finished
    assert.equal(code, 130)
    assert.match(stdout, /^the.*\n$/s)
    assert.match(stderr, /^reprise: stopped after \d+ tokens\.\n$/)
  })
})

test('a model whose folder goes away while it trains is saved elsewhere', async () => {
  mkdirSync(path('doomed'))
  mkdirSync(path('tmp'))
  const { finished, until } = start(['train', 'lm', ...words, '--out', 'doomed/a.safetensors'], {
    cwd,
    env: { TMPDIR: path('tmp') },
  })
  await until('epoch 1')
  renameSync(path('doomed'), path('gone')) // at once, where removing would race with a file being written
  const { code, stderr } = await finished
  assert.equal(code, 1)
  assert.match(stderr, /reprise: cannot write doomed\/a\.ckpt.*Training goes on/)
  const place = /cannot write doomed\/a\.safetensors: .* The model is saved as (\S+) instead\.\n$/.exec(
    stderr,
  )?.[1]
  assert.ok(place?.startsWith(path('tmp')), stderr)
  assert.equal(createHash('sha256').update(readFileSync(place!)).digest('hex'), straight)
})

test('a new training says that a checkpoint is in its way', async () => {
  writeFileSync(path('again.ckpt.safetensors'), 'x')
  const line = 'train lm --data book.txt --units 8 --epochs 1 --out again.safetensors --quiet'
  const { code, stderr } = await reprise(line.split(' '), { cwd })
  assert.equal(code, 0)
  assert.match(stderr, /again\.ckpt\.safetensors is there.*--resume again\.ckpt\.safetensors\n$/)
})
