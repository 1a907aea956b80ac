import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { tokenizerBuilder } from '../text/tokenizers.js'
import { buildCorpus, encodeCorpus } from './corpus.js'
import { type TextInput, textSource } from './text-source.js'

const codeIs = (code: string) => (error: unknown) => error instanceof RepriseError && error.code === code

async function idsOf(
  input: TextInput,
  kind: 'character' | 'word',
  memoryLimit?: number,
): Promise<Int32Array> {
  const builder = tokenizerBuilder(kind)
  const { tokens } = await buildCorpus(
    textSource(input),
    builder,
    memoryLimit === undefined ? {} : { memoryLimit },
  )
  const ids = tokens.slice()
  tokens.close()
  return ids
}

test('a string, its bytes, a stream of pieces and a function giving one are the same text', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b ', '\n', 'é', '😀'), minLength: 1 })
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(30), { maxLength: 4 }), async (input, places) => {
      const cuts = [0, ...places.map((p) => p % (input.length + 1)), input.length].sort((a, b) => a - b)
      const pieces = cuts.slice(1).map((end, i) => input.slice(cuts[i]!, end))
      const stream = async function* () {
        yield* pieces
      }
      for (const kind of ['character', 'word'] as const) {
        const expected = await idsOf(input, kind)
        assert.deepEqual(await idsOf(new TextEncoder().encode(input), kind), expected)
        assert.deepEqual(await idsOf(pieces.values(), kind), expected)
        assert.deepEqual(await idsOf(stream(), kind), expected)
        assert.deepEqual(await idsOf(stream, kind), expected)
      }
    }),
  )
})

test('a stream read once is kept for the second pass, beyond the memory limit too', async () => {
  const line = 'the quick brown fox 😀\n'.repeat(500)
  const stream = function* () {
    for (let i = 0; i < 200; i++) yield line
  }
  assert.deepEqual(await idsOf(stream(), 'word', 0), await idsOf(stream, 'word'))
})

test('a list of strings is a list of lines', async () => {
  assert.deepEqual(await idsOf(['a b', 'c\n', ''], 'character'), await idsOf('a b\nc\n\n', 'character'))
  assert.deepEqual(await idsOf(['a b', 'c'], 'word'), await idsOf('a b\nc\n', 'word'))
})

test('documents are read one after the other, with their own names', async () => {
  const utf8 = new TextEncoder()
  const source = {
    name: '2 files',
    reopenable: false,
    bytes: undefined,
    *documents() {
      yield { name: 'one', chunks: [utf8.encode('\ufeffa')] }
      yield { name: 'two', chunks: [utf8.encode('\ufeffb\n')] }
    },
  }
  const { tokenizer, tokens, statistics } = await buildCorpus(source, tokenizerBuilder('word'))
  assert.equal(tokenizer.decode(tokens.slice()), 'a\nb\n')
  assert.deepEqual(statistics, { tokens: 4, unknown: 0, characters: 3 })
  const bad = {
    ...source,
    documents: () => [
      { name: 'one', chunks: ['a'] },
      { name: 'two', chunks: [Uint8Array.of(98, 255)] },
    ],
  }
  await assert.rejects(buildCorpus(bad, tokenizerBuilder('word')), /two is not UTF-8.*offset 1/)
  await assert.rejects(encodeCorpus(bad, tokenizer), /two is not UTF-8.*offset 1/)
})

test('what cannot be used is refused', async () => {
  const { tokenizer } = await buildCorpus(textSource('a'), tokenizerBuilder('character'))
  await assert.rejects(buildCorpus(textSource(''), tokenizerBuilder('character')), codeIs('empty-text'))
  await assert.rejects(encodeCorpus(textSource('\ufeff'), tokenizer), codeIs('empty-text'))
  await assert.rejects(encodeCorpus(textSource('a\0'), tokenizer), codeIs('binary-text'))
  await assert.rejects(
    encodeCorpus(textSource(['a', 1 as unknown as string]), tokenizer),
    codeIs('bad-input'),
  )
  assert.throws(() => textSource(5 as unknown as string), codeIs('bad-input'))
  const used = textSource(['a'].values())
  await encodeCorpus(used, tokenizer)
  await assert.rejects(encodeCorpus(used, tokenizer), codeIs('read-twice'))
  const signal = AbortSignal.abort(new Error('stopped'))
  await assert.rejects(encodeCorpus(textSource('a'), tokenizer, { signal }), /stopped/)
})
