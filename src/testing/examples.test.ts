import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { writeCourseData } from './course-data.js'
import { lossesIn, numberAfter, root, runProgram } from './programs.js'

// Every program of examples/, compiled by scripts/build-examples.mjs, runs small and does what it says.

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-examples-'))
  writeCourseData(folder)
})
after(() => rmSync(folder, { recursive: true, force: true }))

const sources = join(root, 'examples')
const compiled = (name: string) => join(root, `build/examples/${name}.js`)
const files = existsSync(sources) ? readdirSync(sources) : []
const names = files.flatMap((file) => /^(.+)\.ts$/.exec(file)?.[1] ?? [])

/** The first loss an example prints is above the last one. */
function learns(output: string): void {
  const losses = lossesIn(output)
  assert.ok(losses.length > 1 && losses.at(-1)! < losses[0]!, `losses ${losses.join(' ')}`)
}

/** Labels of the made-up texts are easy; a guess is right half of the time, and for three topics less. */
function isRight(output: string): void {
  const accuracy = numberAfter(output, 'Test accuracy:')
  assert.ok(accuracy > 0.75, `test accuracy ${accuracy}`)
}

/** What an example must print. One that is not listed must end well and print something. */
const checks: Readonly<Record<string, (output: string) => void>> = {
  'next-words'(output) {
    assert.match(output, /8 different words, X \[7, 5\], y \[7, 9\]/)
    assert.match(output, /│ lstm \(LSTM\) +│ \(None, 100\) +│ +44,400 │/)
    const losses = [...output.matchAll(/^loss ([\d.]+) → ([\d.]+)$/gm)]
    assert.equal(losses.length, 2)
    for (const [, first, last] of losses) assert.ok(Number(last) < Number(first))
    assert.match(output, /^Hello world( \w+){5}$/m)
    assert.match(output, /^CHAPTER 1. Loomings. Call me Ishmael.( [^ ]+){5}$/m)
  },
  characters(output) {
    assert.match(output, /1500 characters, \d+ different; X \[725, 50, \d+\]/)
    assert.match(output, / - val_loss: /)
    learns(output)
    const begin = 'CHAPTER 1. Loomings. Call me Ishmael. Some years a'
    for (const kind of ['0, the most likely', '0.5', '1']) {
      const text = output.split(`temperature ${kind}: `)[1]?.slice(0, begin.length + 30)
      assert.ok(text?.startsWith(begin), kind)
      assert.equal(text?.length, begin.length + 30)
    }
  },
  'word-windows'(output) {
    assert.match(output, /Input X\[0\]: \[ 'chapter', 'loomings', 'call' \] Target y\[0\]: me/)
    assert.match(output, /Numerical X\[0\]: \[ 0, 1, 2 \] Numerical y\[0\]: 3/)
    learns(output)
    assert.match(output, /New Text Indices: \[ \[ 2, 3, 4 \], \[ \d+, \d+ \], /, '“televised” is skipped')
    assert.match(output, /^call me ishmael … \S+$/m)
  },
  dense(output) {
    assert.match(output, /X_train: \[ 240, 100 \] X_test: \[ 60, 100 \]/)
    const error = numberAfter(output, 'off by ')
    assert.ok(error < 3, `passages of 2 to 30 hundred characters, off by ${error}`)
    const guess = numberAfter(output, 'saying always no would be right in')
    for (const loss of ['meanSquaredError', 'binaryCrossentropy']) {
      const line = output.slice(output.indexOf(`Speech, ${loss}`)).split('\n', 1)[0]!
      const accuracy = numberAfter(line, 'Test Accuracy:')
      assert.ok(accuracy > Math.max(guess, 1 - guess), `${loss}: accuracy ${accuracy}, a guess ${guess}`)
    }
  },
  'imdb-simple-rnn'(output) {
    assert.match(output, /│ simple_rnn \(SimpleRNN\)/)
    assert.match(output, /Validation accuracy by epoch:( [\d.]+){5}\n/)
    learns(output)
    isRight(output)
  },
  'imdb-lstm'(output) {
    assert.match(output, /400 train sequences\n120 test sequences/)
    assert.match(output, /x_train shape: \[ 400, 80 \]\nx_test shape: \[ 120, 80 \]/)
    assert.match(output, /val_accuracy: /)
    learns(output)
    isRight(output)
  },
  'imdb-best'(output) {
    assert.match(output, /│ pairs \(InputLayer\)/)
    learns(output)
    isRight(output)
  },
  'imdb-bidirectional'(output) {
    assert.match(output, /│ bidirectional \(Bidirectional\) +│ \(None, 128\) +│ +98,816 │/)
    learns(output)
    isRight(output)
    assert.ok(numberAfter(output, 'is good with probability') > 0.5)
  },
  reuters(output) {
    assert.match(output, /240 train sequences, 60 test sequences, 46 topics/)
    learns(output)
    const guess = Number(/Always "\w+": ([\d.]+)/.exec(output)?.[1])
    assert.ok(numberAfter(output, 'Test accuracy:') > guess + 0.15)
    assert.match(output, /^Predicted: ((earn|acq|crude)(, |$)){5}/m)
  },
}

const skip = existsSync(compiled(names[0] ?? ''))
  ? false
  : 'not compiled; run node scripts/build-examples.mjs'

describe('examples', { concurrency: 2, skip }, () => {
  for (const name of names) {
    test(name, async () => {
      const { code, stdout, stderr } = await runProgram(compiled(name), ['--small'], { folder })
      assert.equal(code, 0, stderr)
      assert.notEqual(stdout, '')
      checks[name]?.(stdout)
    })
  }

  test('Ctrl-C ends the training; the program goes on with what is learned', async () => {
    const args = ['--small', '--epochs', '1000']
    const options = { folder, interruptAt: 'Epoch 3/' }
    const { code, stdout, stderr } = await runProgram(compiled('imdb-simple-rnn'), args, options)
    assert.equal(code, 0, stderr)
    assert.match(stderr, /Stopping here/)
    assert.match(stdout, /Epoch 3\/1000/)
    assert.ok(!stdout.includes('Epoch 900/'))
    numberAfter(stdout, 'Test accuracy:')
  })
})
