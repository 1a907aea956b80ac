import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { readTaggedSentences } from './tagged-sentences.js'
import { textSource } from './text-source.js'

const read = (text: string | Uint8Array, options = {}) => readTaggedSentences(textSource(text, 'f'), options)
const sources = (texts: Record<string, string>) => ({
  ...textSource('', 'all'),
  documents: () => Object.entries(texts).map(([name, text]) => ({ name, chunks: [text] })),
})
const notes = (understood: { notes: readonly { what: string; count: number; example?: string }[] }) =>
  Object.fromEntries(understood.notes.map(({ what, count, example }) => [what, `${count} ${example}`]))

const ner = `-DOCSTART- -X- O O

EU NNP I-NP I-ORG
rejects VBZ I-VP O

-DOCSTART- -X- O O

Peter NNP I-NP I-PER
`

describe('columns', () => {
  test('the last column by default, documents skipped and counted', async () => {
    const { sentences, understood } = await read(ner)
    assert.deepEqual(sentences, [
      { tokens: ['EU', 'rejects'], tags: ['I-ORG', 'O'], place: 'f:3' },
      { tokens: ['Peter'], tags: ['I-PER'], place: 'f:8' },
    ])
    assert.deepEqual(understood.tags, [
      { tag: 'I-ORG', count: 1 },
      { tag: 'I-PER', count: 1 },
      { tag: 'O', count: 1 },
    ])
    assert.deepEqual(notes(understood), { '-DOCSTART- lines, skipped': '2 f:1' })
    assert.equal(understood.format, 'conll')
    assert.equal(understood.column, 'the last column of 4')
    assert.deepEqual([understood.sentences, understood.tokens, understood.longestSentence], [2, 3, 2])
  })

  test('columns count from 1, or from the last', async () => {
    for (const column of [2, -3]) {
      const { sentences } = await read(ner, { column })
      assert.deepEqual(sentences[0]!.tags, ['NNP', 'VBZ'])
    }
    const { sentences } = await read(ner, { column: 1, tokenColumn: 2 })
    assert.deepEqual(sentences[0]!, { tokens: ['NNP', 'VBZ'], tags: ['EU', 'rejects'], place: 'f:3' })
  })

  test('tabs or spaces; with tabs a token may hold spaces, and without them no-break spaces', async () => {
    const { sentences } = await read('New York\tB\nis\tO\n')
    assert.deepEqual(sentences[0]!.tokens, ['New York', 'is'])
    const spaced = await read('\u00a0  X\r\nb \t Y\r\n\r\n')
    assert.deepEqual(spaced.sentences[0]!.tokens[0], '\u00a0')
  })

  test('a number sign is a token where it has the columns of one, else a comment', async () => {
    const { sentences, understood } = await read('# id = 4\n# # B-NP\n# # I-NP\n\n# 7 a b\na b O\n\nc d O\n')
    assert.deepEqual(
      sentences.map(({ tokens }) => tokens),
      [['#', '#'], ['a'], ['c']],
    )
    assert.deepEqual(notes(understood), { 'comment lines, skipped': '2 f:1' })
  })

  test('a line without the column is named', async () => {
    await assert.rejects(read('a X\nb\nc X\n'), {
      code: 'missing-column',
      message: /^f:2: .*1 column .*have 2/,
    })
    await assert.rejects(read('a X\nb\nc X\n', { column: 2 }), { code: 'missing-column', message: /^f:2/ })
    await assert.rejects(read(ner, { column: 5 }), {
      code: 'missing-column',
      message: /^f:3: .*column 5.*4 columns/,
    })
    await assert.rejects(read('word\nword\n'), { code: 'missing-column', message: /1 column/ })
    await assert.rejects(read(ner, { tokenColumn: 9 }), {
      code: 'missing-column',
      message: /tokens in column 9/,
    })
  })

  test('sentences with lines that lack a column are left out while they are few', async () => {
    const { sentences, understood } = await read(
      'a X\nb Y\n\nc\n# Z\nd\n\ne X\n\nf X\ng\n\n# of one\nh X\n\ni X\n',
    )
    assert.deepEqual(
      sentences.map(({ tokens, tags, place }) => [tokens.join(' '), tags.join(' '), place]),
      [
        ['a b', 'X Y', 'f:1'],
        ['e', 'X', 'f:8'],
        ['h', 'X', 'f:14'],
        ['i', 'X', 'f:16'],
      ],
    )
    // Nothing of what was left out is counted as read.
    assert.deepEqual([understood.sentences, understood.tokens, understood.longestSentence], [4, 5, 2])
    assert.deepEqual(understood.tags, [
      { tag: 'X', count: 4 },
      { tag: 'Y', count: 1 },
    ])
    assert.deepEqual(notes(understood), {
      'comment lines, skipped': '1 f:13',
      'lines without a tag in the last column': '3 f:4',
      'sentences with such lines, left out': '2 f:4',
    })
  })

  test('where they are half of a file, or its lines differ as those of a text do, it is refused with their numbers', async () => {
    const few = 'a X\na X\n\nb Y\nb Y\n\nc Z\nc Z\n\n'
    const message = /^f:10: .*There are 4 such lines, in 3 of 6 sentences: too many/
    await assert.rejects(read(`${few}d\n\ne\nf\n\ng\n`), { code: 'missing-column', message })
    assert.equal((await read(`${few}d\n\ne\nf\n`)).sentences.length, 3)
    await assert.rejects(read('x\n'), { message: /There is 1 such line, in 1 of 1 sentence: / })
    const lengths = [3, 3, 3, 2, 5, 6, 7, 8]
    const prose = lengths.map((length) => `${Array(length).fill('word').join(' ')}\n\n`).join('')
    await assert.rejects(read(prose), { code: 'missing-column', message: /in 1 of 8 sentences/ })
    // Of several files each is judged alone.
    const second = Array(20).fill('a X\n').join('\n')
    const files = { a: second, b: 'a\n\nb\n' }
    await assert.rejects(readTaggedSentences(sources(files)), { message: /^b:1: .*2 of 2 sentences/ })
    const both = await readTaggedSentences(sources({ a: second, b: `${few}d\n`, c: `${few}\n\ne\nf\n` }))
    assert.deepEqual(notes(both.understood), {
      'lines without a tag in the last column': '3 b:10',
      'sentences with such lines, left out': '2 b:10',
    })
  })

  test('where an answer is owed for each sentence none is left out', async () => {
    const text = 'a X\nb X\nc X\n\nd\n'
    const { sentences, understood } = await read(text, { requireTags: false })
    assert.deepEqual(
      [sentences.length, notes(understood)],
      [2, { 'lines with fewer columns than the others': '1 f:5' }],
    )
    await assert.rejects(read(text, { requireTags: false, features: [2] }), {
      code: 'missing-column',
      message: /^f:5: /,
    })
  })

  test('tokens alone will do where no tags are wanted', async () => {
    const { sentences } = await read('word\nb\n\nc\n', { requireTags: false })
    assert.deepEqual(sentences, [
      { tokens: ['word', 'b'], tags: [], place: 'f:1' },
      { tokens: ['c'], tags: [], place: 'f:4' },
    ])
  })

  test('more columns than usual are counted', async () => {
    const { sentences, understood } = await read('a X\nb c Y\nd X\n')
    assert.deepEqual(sentences[0]!.tags, ['X', 'Y', 'X'])
    assert.deepEqual(notes(understood), { 'lines with more columns than the others': '1 f:2' })
  })

  test('further columns are read along, in one pass', async () => {
    const { sentences } = await read(ner, { features: [2, -2] })
    assert.deepEqual(sentences[0]!.features, [
      ['NNP', 'VBZ'],
      ['I-NP', 'I-VP'],
    ])
    assert.deepEqual(sentences[1]!.features, [['NNP'], ['I-NP']])
    const bare = await read('a DT\nb NN\n', { features: [2], column: 4, requireTags: false })
    assert.deepEqual(bare.sentences[0]!.features, [['DT', 'NN']])
    await assert.rejects(read('a X\nb\n', { features: [2], requireTags: false }), {
      code: 'missing-column',
      message: /^f:2: expected a value in column 2 .`features`.*1 column/,
    })
    await assert.rejects(read(ner, { features: [0] }), { code: 'option', message: /`features`.*got 0/ })
  })

  test('options that make no sense', async () => {
    for (const options of [
      { column: 0 },
      { column: 1.5 },
      { tokenColumn: 0 },
      { column: 1 },
      { column: 2, field: 'upos' },
    ]) {
      await assert.rejects(read(ner, options), { code: 'option' })
    }
    await assert.rejects(read(ner, { field: 'upos' }), { code: 'option', message: /not CoNLL-U.*4 columns/ })
    await assert.rejects(read('\n\n'), { code: 'empty-text' })
  })

  test('whatever tokens are written are read back', async () => {
    const word = fc.stringMatching(/^[^\s\u0085]{1,8}$/).filter((text) => !text.startsWith('-DOCSTART-'))
    const sentence = fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.array(sentence, { minLength: 1, maxLength: 5 }), async (written) => {
        const text = written.map((lines) => lines.map(([a, b]) => `${a} ${b}\n`).join('')).join('\n')
        const { sentences } = await read(text, { format: 'conll' })
        assert.deepEqual(
          sentences.map(({ tokens, tags }) => tokens.map((token, i) => [token, tags[i]!])),
          written,
        )
      }),
      { numRuns: 200 },
    )
  })
})

const row = (...first: string[]) => `${[...first, ...Array(10).fill('_')].slice(0, 10).join('\t')}\n`
const conllu = `# sent_id = 1
# text = I don't
${row('1', 'I', 'I', 'PRON', 'PRP', 'Case=Nom')}${row('2-3', "don't")}${row('2', 'do', 'do', 'AUX', 'VBP')}${row('3', "n't", 'not', 'PART', 'RB')}${row('3.1', 'go', 'go', 'VERB')}
# sent_id = 2
${row('1', 'Go', 'go', 'VERB', 'VB')}`

describe('CoNLL-U', () => {
  test('words alone; what is skipped is counted', async () => {
    const { sentences, understood } = await read(conllu)
    assert.deepEqual(sentences, [
      { tokens: ['I', 'do', "n't"], tags: ['PRON', 'AUX', 'PART'], place: 'f:3' },
      { tokens: ['Go'], tags: ['VERB'], place: 'f:10' },
    ])
    assert.equal(understood.format, 'conllu')
    assert.equal(understood.column, 'upos')
    assert.deepEqual(notes(understood), {
      'comment lines, skipped': '3 f:1',
      'multi-word tokens, skipped (their words are read)': '1 f:4',
      'empty nodes, skipped': '1 f:7',
    })
  })

  test('further columns are counted', async () => {
    const { sentences } = await read(conllu, { features: [3, 5] })
    assert.deepEqual(sentences[0]!.features, [
      ['I', 'do', 'not'],
      ['PRP', 'VBP', 'RB'],
    ])
    await assert.rejects(read(conllu, { features: [11] }), { code: 'missing-column', message: /10 columns/ })
  })

  test('fields by name, the nearest offered', async () => {
    assert.deepEqual((await read(conllu, { field: 'xpos' })).sentences[0]!.tags, ['PRP', 'VBP', 'RB'])
    assert.deepEqual((await read(conllu, { field: 'feats' })).sentences[0]!.tags, ['Case=Nom', '_', '_'])
    assert.deepEqual((await read(conllu, { column: 3 })).sentences[0]!.tags, ['I', 'do', 'not'])
    await assert.rejects(read(conllu, { field: 'upso' }), { code: 'unknown-name', message: /"upos"/ })
    await assert.rejects(read(conllu, { column: 11 }), { code: 'missing-column', message: /10 columns/ })
    const { understood } = await read(conllu, { field: 'deprel' })
    assert.equal(notes(understood)['words without deprel'], '4 f:3')
  })

  test('CoNLL-U Plus names its columns', async () => {
    const plus = '# global.columns = ID FORM UPOS PARSEME:MWE\n1\tgo\tVERB\t1:LVC\n\n'
    const { sentences } = await read(plus, { field: 'parseme:mwe' })
    assert.deepEqual(sentences[0]!.tags, ['1:LVC'])
  })

  test('broken lines are named', async () => {
    const short = `# sent_id = 1\n${row('1', 'I', 'I', 'PRON')}2\tam\tbe\n`
    await assert.rejects(read(short), { code: 'bad-file', message: /^f:3: .*10 columns.*found 3/ })
    const others = `${row('1', 'a', 'a', 'X')}\n`.repeat(3)
    const { sentences, understood } = await read(`${others}${short}\n${row('1', 'b', 'b', 'X')}`)
    assert.deepEqual(
      sentences.map(({ tokens }) => tokens[0]),
      ['a', 'a', 'a', 'b'],
    )
    assert.deepEqual(notes(understood), {
      'comment lines, skipped': '1 f:7',
      'lines without the 10 columns of CoNLL-U': '1 f:9',
      'sentences with such lines, left out': '1 f:8',
    })
    await assert.rejects(read(`${others}${short}`, { requireTags: false }), {
      code: 'bad-file',
      message: /^f:9/,
    })
    await assert.rejects(read('# text = a\n1 a a X Y _ _ _ _ _\n'), { code: 'bad-file', message: /tabs/ })
    await assert.rejects(read(`# text = a\n${row('x', 'I')}`), { code: 'bad-file', message: /"x"/ })
  })
})

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tagged-test-'))
  after(() => rmSync(folder, { recursive: true }))
  const path = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  test('several files, gzipped or not, in any encoding', async () => {
    const paths = [
      path('a.conll', 'é X\n'),
      path('b.gz', gzipSync('b Y\n')),
      path('c', Buffer.from([0xe9, 0x20, 0x58, 10])),
      path('d', Buffer.from('\ufeffd Z\n', 'utf16le')),
      path('e', '\ufeffe Z\n'),
      path('empty', '\n'),
    ]
    const { sentences, understood } = await readTaggedSentences(paths)
    assert.deepEqual(
      sentences.map(({ tokens, place }) => [tokens[0], place]),
      ['é', 'b', 'é', 'd', 'e'].map((token, i) => [token, `${paths[i]}:1`]),
    )
    assert.equal(understood.encoding, 'utf-8 and windows-1252 and utf-16le')
    assert.deepEqual(notes(understood), { 'empty files': `1 ${paths[5]}` })
    await assert.rejects(readTaggedSentences([paths[0]!, path('u', conllu)]), { code: 'bad-input' })
    await assert.rejects(readTaggedSentences([join(folder, 'a.conl')]), { code: 'file-not-found' })
  })

  test('plain text where no tags are asked for is refused, not read by its first words', async () => {
    const prose = 'Ada lived in London .\nBob\nThe old man the boat .\n'
    for (const text of [prose, `${'word '.repeat(20_000)}\n`])
      await assert.rejects(read(text, { requireTags: false }), {
        code: 'bad-file',
        message: /plain text/,
      })
    const uneven = '# a comment of some words\n-DOCSTART-\n\na X\nb X\nc\n'
    const { sentences } = await read(uneven, { requireTags: false })
    assert.deepEqual(sentences[0]!.tokens, ['a', 'b', 'c'])
  })

  test('a sentence of 20,000 tokens', async () => {
    const { sentences, understood } = await read('word TAG\n'.repeat(20_000))
    assert.equal(sentences.length, 1)
    assert.equal(understood.longestSentence, 20_000)
    for (const piece of ['word ', 'word\t']) {
      const line = piece.repeat(2 ** 22)
      await assert.rejects(read(`a X\n${line}\n`), { code: 'line-too-long', message: /f:2: .*21 MB/ })
    }
    await assert.rejects(read(`# sent_id = 1\n${'word\t'.repeat(2 ** 22)}\n`), { code: 'bad-file' })
  })
})
