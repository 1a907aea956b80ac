import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textSource } from '../../data/index.js'
import { resolve } from '../../options.js'
import { exampleText } from '../../testing/example-text.js'
import { contextOf, prepareCorpus } from './corpus.js'
import { type LanguageModelOptions, languageModelFields } from './settings.js'

async function prepare(text: string, options: LanguageModelOptions = {}, valid?: string) {
  const settings = resolve('test', languageModelFields, options)
  const corpus = await prepareCorpus(
    settings,
    textSource(text),
    valid === undefined ? undefined : textSource(valid),
  )
  corpus.close()
  return corpus
}

test('the end of the text is held out, at a line end for words', async () => {
  const text = exampleText(100)
  const characters = await prepare(text)
  assert.equal(characters.train.length + characters.valid!.length, text.length)
  assert.equal(characters.valid!.length, Math.round(text.length * 0.1))
  const settings = resolve('test', languageModelFields, { unit: 'word', validSplit: 0.3 })
  const words = await prepareCorpus(settings, textSource(text), undefined)
  const last = new Int32Array(1)
  words.train.read(words.train.length - 1, 1, last)
  assert.equal(last[0], words.tokenizer.lineEndId)
  words.close()
  assert.equal((await prepare(text, { validSplit: 0 })).valid, undefined)
})

test('texts too short to train on or to hold a part out say what helps', async () => {
  await assert.rejects(prepare('only nineteen here.', { validSplit: 0 }), {
    code: 'too-short',
    message: /only 19 characters.*20 are the least/,
  })
  await assert.rejects(prepare('one line of words '.repeat(9), { unit: 'word' }), {
    code: 'too-short',
    message: /a line is one sentence.*`valid`.*`validSplit` 0/,
  })
  await assert.rejects(prepare('abcdefghij'.repeat(5), { validSplit: 0.02 }), { code: 'too-short' })
  await assert.rejects(prepare('', {}), { code: 'empty-text' })
  await assert.rejects(prepare(exampleText(9), {}, ''), { code: 'empty-text' })
})

test('a validation text the vocabulary does not know at all is refused, one it knows in part is counted', async () => {
  const text = exampleText(30)
  await assert.rejects(prepare(text, { unit: 'word' }, 'quux zork\nblorb\n'), {
    code: 'all-unknown',
    message: /knows none of its 3 words/,
  })
  const { unknownInValidation, valid } = await prepare(text, { unit: 'word' }, 'the zork sat\n')
  assert.equal(unknownInValidation, 1)
  assert.equal(valid!.length, 4)
})

test('the fingerprint follows text, vocabulary and split', async () => {
  const text = exampleText(40)
  const same = await prepare(text)
  assert.equal((await prepare(text)).fingerprint, same.fingerprint)
  const others: [string, LanguageModelOptions][] = [
    [text.replace('cat', 'cot'), {}],
    [text, { validSplit: 0.2 }],
    [text, { maxVocabulary: 12 }],
    [text, { unit: 'byte' }],
  ]
  for (const [other, options] of others) {
    assert.notEqual((await prepare(other, options)).fingerprint, same.fingerprint, JSON.stringify(options))
  }
})

test('a line end stands before the first token wherever the tokens have one', async () => {
  const text = exampleText(40)
  const { tokenizer: words } = await prepare(text, { unit: 'word' })
  assert.equal(contextOf(words), words.lineEndId)
  const { tokenizer: characters } = await prepare(text)
  assert.equal(contextOf(characters), characters.vocabulary.idOf('\n'))
  const { tokenizer: bytes } = await prepare(text, { unit: 'byte' })
  assert.equal(contextOf(bytes), 10)
  const { tokenizer: oneLine } = await prepare('no line end in this text at all, is there', {})
  assert.equal(contextOf(oneLine), undefined)
})
