import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { writeCourseData } from './course-data.js'
import { lossesIn, numberAfter, root, runProgram } from './programs.js'

// The TypeScript of docs/keras.md, compiled section by section by scripts/build-examples.mjs, runs and gives what the page
// promises.

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'reprise-keras-page-'))
  writeCourseData(folder)
})
after(() => rmSync(folder, { recursive: true, force: true }))

const compiled = join(root, 'build/snippets/compiled')
const sections = existsSync(compiled) ? readdirSync(compiled).map((file) => file.replace(/\.js$/, '')) : []

const checks: Readonly<Record<string, (output: string) => void>> = {
  'a-sentence-word-by-word'(output) {
    assert.match(output, /'hello' => 1,\n {2}'world' => 2,/)
    assert.match(output, /Total params: 45,399/)
    assert.equal(lossesIn(output).length, 100)
    assert.match(output, /^Hello world( (this|is|a)){5}$/m, 'as Keras does: only targets come out')
  },
  'characters-one-hot'(output) {
    assert.match(output, /^The quick brown.{100}$/m)
  },
  'dictionaries-and-windows-of-words'(output) {
    assert.match(output, /'i' => 0,\n {2}'loved' => 1,/)
    assert.match(output, /4 => 'actor'/)
    assert.match(output, /Input X\[0\]: i,loved,this\nTarget y\[0\]: movie\n/)
    assert.match(
      output,
      /Numerical X\[0\]: 0,1,2\nNumerical y\[0\]: 3\nNew Text Indices: \[ \[ 0, 1, 2 \] \]/,
    )
  },
  padding(output) {
    assert.equal(output, 'Padded Sequences:\n [ [ 1, 2, 3 ], [ 3, 4, 5 ], [ 0, 0, 1 ] ]\n')
  },
  'a-dense-network'(output) {
    assert.match(output, /Model compiled successfully\.\nEpoch 1\/2\n/)
    assert.ok(Math.abs(numberAfter(output, 'Test Loss:') - 0.25) < 0.15)
    assert.match(output, /Predictions: \[ \[ 0\.\d+ \], \[ 0\.\d+ \] \]/)
  },
  'imdb-with-simplernn'(output) {
    assert.equal(lossesIn(output).length, 10)
    assert.ok(numberAfter(output, 'Test accuracy:') > 0.75)
  },
  'imdb-with-lstm'(output) {
    assert.match(output, /Building model\.\.\.\nTraining\.\.\.\nEpoch 1\/1\n/)
    assert.ok(numberAfter(output, 'Test accuracy:') > 0.6)
    assert.equal(lossesIn(output).length, 2, 'one epoch each way')
  },
  files(output) {
    assert.equal(output, `${3 * 24 + 8 * 24 + 2 * 24 + 8 * 2 + 2}\n`)
  },
  'reuters-topics'(output) {
    assert.match(output, /\[( '(earn|acq|crude)',?){5} \]/)
  },
  'beyond-the-courses'(output) {
    const losses = [...output.matchAll(/^\d+ ([\d.]+)$/gm)].map(([, loss]) => Number(loss))
    assert.ok(losses.length > 1 && losses.length <= 20)
    assert.ok(losses.at(-1)! < losses[0]!)
  },
  'encoder-and-decoder'(output) {
    assert.equal(output, '[ 3, 2, 1 ]\n')
  },
  'two-outputs'(output) {
    assert.equal(
      output,
      "[ 'loss', 'level_loss', 'high_loss', 'high_accuracy' ]\n[ 64, 1 ] [ 64, 1 ]\n",
      'scores of the total, then by output',
    )
  },
  'a-state-that-goes-on'(output) {
    assert.equal(output, 'true\n', 'two halves end in the state of the whole')
  },
  'callbacks-and-learning-rates'(output) {
    assert.equal(
      output,
      'true\n[ 0.005, 0.0025, 0.00125 ]\n',
      'the file holds the best epoch; each epoch halves the rate',
    )
  },
  weights(output) {
    assert.match(
      output,
      /^\[ \[ 0, 0 \], \[ 1, 0 \], \[ 0, 1 \], \[ 1, 1 \] \]\n/,
      'training left the vectors alone',
    )
    assert.match(
      output,
      /\[ 4, 2 \], \[ 2, 9 \], \[ 3, 9 \], \[ 2, 9 \], \[ 3, 1 \], \[ 1 \]/,
      'in the order of Keras',
    )
    assert.match(output, / 5\n$/)
  },
  'parts-of-your-own'(output) {
    assert.equal(output, "[ 'loss', 'bias' ]\ntrue\n", 'saved and loaded, it predicts the same')
  },
  'windows-of-a-series'(output) {
    assert.ok(Number(output) < 0.05, 'a sine is easy')
  },
  'texts-without-a-tokenizer'(output) {
    const words = [...output.matchAll(/'([^']*)'/g)].map(([, word]) => word)
    assert.deepEqual(words, ['', '[UNK]', 'lovely', 'dull', 'film', 'a', 'and'], 'as in Keras')
    assert.match(output, /\ntrue\n$/)
  },
  'a-folder-of-texts'(output) {
    assert.equal(output, "[ 'neg', 'pos' ] 1\n")
  },
}

const skip = sections.length > 0 ? false : 'not compiled; run node scripts/build-examples.mjs'

describe('docs/keras.md', { concurrency: 2, skip }, () => {
  test('every block of TypeScript has its Python before it', () => {
    const page = readFileSync(join(root, 'docs/keras.md'), 'utf8')
    const languages = [...page.matchAll(/^```(\w+)$/gm)].map(([, language]) => language)
    assert.ok(languages.length > 20)
    assert.deepEqual(
      languages,
      languages.map((_, k) => (k % 2 === 0 ? 'python' : 'ts')),
    )
    assert.deepEqual(Object.keys(checks).sort(), sections.sort())
  })

  for (const section of sections) {
    test(section, async () => {
      const { code, stdout, stderr } = await runProgram(join(compiled, `${section}.js`), [], { folder })
      assert.equal(code, 0, stderr)
      checks[section]?.(stdout)
    })
  }
})
