import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { type LabelledTexts, type LabelledTextsOptions, readLabelledTexts } from './labelled-texts.js'
import { textSource } from './text-source.js'

const read = (content: string | Uint8Array, options?: LabelledTextsOptions, name = 'f') =>
  readLabelledTexts(textSource(content, name), options)
const pairs = ({ examples }: LabelledTexts) => examples.map(({ text, labels }) => [text, ...labels])
const notes = ({ understood }: LabelledTexts) =>
  Object.fromEntries(understood.notes.map(({ what, count, example }) => [what, `${count} ${example}`]))

const filler = Array.from({ length: 20 }, (_, i) => `text ${i} of many,${i % 2 ? 'spam' : 'ham'}\n`).join('')

describe('tables', () => {
  test('columns by name; the report says what was understood', async () => {
    const found = await read(
      'id;team;body;when\n1;billing;"My invoice; is ""wrong""";May\n2;sales;"Two\n\nlines";June\n3;sales; ;\n4;;x;y\n',
      { text: 'body', label: 'team' },
    )
    assert.deepEqual(found.examples, [
      { text: 'My invoice; is "wrong"', labels: ['billing'], place: 'f:2' },
      { text: 'Two\n\nlines', labels: ['sales'], place: 'f:3' },
      { text: ' ', labels: ['sales'], place: 'f:6' },
    ])
    assert.deepEqual(found.understood, {
      format: 'csv',
      encoding: 'utf-8',
      delimiter: ';',
      textColumn: 'body',
      labelColumn: 'team',
      examples: 3,
      multiLabel: false,
      labels: [
        { label: 'sales', count: 2 },
        { label: 'billing', count: 1 },
      ],
      notes: [
        { what: 'columns not used', count: 2, example: 'id, when' },
        { what: 'empty texts', count: 1, example: 'f:6' },
        { what: 'rows without a label, left out', count: 1, example: 'f:7' },
      ],
    })
  })

  test('every delimiter is found, and may be set', async () => {
    for (const [delimiter, format] of [
      [',', 'csv'],
      [';', 'csv'],
      ['|', 'csv'],
      ['\t', 'tsv'],
    ]) {
      const rows = [
        ['label', 'text'],
        ['a', 'Well then, one; two'],
        ['b', 'b, c | d'],
        ['a', 'ok'],
      ]
      const quoted = rows.map((row) => row.map((cell) => `"${cell}"`).join(delimiter)).join('\r\n')
      const found = await read(quoted)
      assert.equal(found.understood.delimiter, delimiter)
      assert.equal(found.understood.format, format)
      assert.deepEqual(
        pairs(found),
        rows.slice(1).map(([label, text]) => [text, label]),
      )
    }
    const odd = await read('label~text\na~x,y\nb~z,w\n', { delimiter: '~' })
    assert.deepEqual(pairs(odd), [
      ['x,y', 'a'],
      ['z,w', 'b'],
    ])
    await assert.rejects(read('a,b\n', { delimiter: '"' }), { code: 'option' })
    await assert.rejects(read('a,b\n', { labelSeparator: '' }), { code: 'option' })
  })

  test('whatever is written by the rules of CSV is read back', async () => {
    const inner = fc.oneof(fc.constantFrom('"', ' ', "'", 'é', 'a b', '""', '€'), fc.string({ maxLength: 3 }))
    const plain = fc.array(inner, { maxLength: 4 }).map((parts) => parts.join('').replace(/[\r\n]/g, ''))
    const lines = fc.array(plain, { minLength: 2, maxLength: 3 })
    const cell = fc.oneof(
      fc.tuple(plain, plain).map(([a, b]) => `${a}${b}`),
      lines.map((parts) => parts.join('\n').replace(/[,;|\t]/g, '.')),
    )
    const label = fc.constantFrom('a', 'b b', 'c,c', '"d"')
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, label, cell), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(',', '\t', ';', '|'),
        fc.constantFrom('\n', '\r\n'),
        async (rows, delimiter, end) => {
          const text = [['text', 'label', 'other'], ...rows]
            .map((row) => row.map(quote).join(delimiter))
            .join(end)
          const found = await read(text, { text: 'text', label: 'label', delimiter })
          assert.deepEqual(
            pairs(found),
            rows.map(([written, tag]) => [written, tag]),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a broken quote costs one row at most', async () => {
    const found = await read(`text,label\n"never closed,ham\n${filler}`)
    assert.equal(found.examples.length, 21)
    assert.deepEqual(found.examples[0], { text: '"never closed', labels: ['ham'], place: 'f:2' })
    assert.deepEqual(notes(found), {
      'rows with a quote that is opened and never closed, read as written': '1 f:2',
    })
    const two = await read(`text,label\n"never closed,ham\n${filler}nor "opened",ham\n"again,spam\n${filler}`)
    assert.equal(two.examples.length, 43)
    const quotedAll = filler.replace(/^(.*),(.*)$/gm, '"$1","$2"')
    const among = await read(`text,label\n${quotedAll}"never closed,ham\n${quotedAll}`)
    assert.equal(among.examples.length, 41)
    assert.equal(among.examples[20]!.text, '"never closed')
  })

  test('quotes inside quotes that nobody doubled', async () => {
    const found = await read(`text,label\n"He said "hi" to me, twice",ham\n${filler}`)
    assert.deepEqual(pairs(found)[0], ['He said "hi" to me, twice', 'ham'])
    assert.deepEqual(notes(found), {
      'rows with quotes inside quotes that are not doubled, mended': '1 f:2',
    })
  })

  test('a long cell of many lines is one text', async () => {
    const letter = Array.from({ length: 500 }, (_, i) => `line ${i}, with a comma and ""quotes""`).join('\n')
    const found = await read(`label,text\nham,"${letter}"\nspam,"x"\n`)
    assert.deepEqual(pairs(found), [
      [letter.replaceAll('""', '"'), 'ham'],
      ['x', 'spam'],
    ])
    assert.deepEqual(found.understood.notes, [])
  })

  test('a text with delimiters nobody quoted is put together, wherever it stands', async () => {
    const first = await read(`text,label\nwell, well, well,ham\n${filler}`)
    assert.deepEqual(pairs(first)[0], ['well, well, well', 'ham'])
    const last = await read('label\ttext\nham\ta\tb\nspam\tc\nham\td\nham\te\n')
    assert.deepEqual(pairs(last)[0], ['a\tb', 'ham'])
    assert.deepEqual(notes(last), {
      'rows with more columns than the others, joined to the text': '1 f:2',
    })
  })

  test('a row with more columns than the header is read by its label', async () => {
    const rows = '1,a b,billing\n2,c d,crash\n3,e f,billing\n4,g h,crash\n'
    const found = await read(
      `id,body,team\n${rows}5,well, well,crash\n6,x,billing,extra,more\n7,crash,billing,crash\n8,x,y,z\n`,
    )
    assert.deepEqual(pairs(found).slice(4), [
      ['well, well', 'crash'],
      ['x', 'billing'],
      // Both are labels: delimiters that nobody quoted are more frequent than spare cells.
      ['crash,billing', 'crash'],
    ])
    assert.deepEqual(
      found.understood.labels.map(({ label }) => label),
      ['crash', 'billing'],
    )
    assert.deepEqual(notes(found), {
      'columns not used': '1 id',
      'rows with more columns than the others, joined to the text': '2 f:6',
      'rows with more columns than the others, those behind the last not read': '1 f:7',
      'rows with more columns than the others, without a known label in either place, left out': '1 f:9',
    })
    const toPredict = await read(`id,body,team\n${rows}8,x,y,z\n`, { requireLabels: false })
    assert.deepEqual(pairs(toPredict).at(-1), ['x,y', 'z'])
  })

  test('several columns of 0 and 1: a row that is too long is read where these are', async () => {
    const rows = 'a b,1,0\nc d,0,1\ne f,1,1\n'
    const label = { label: 'red,round' }
    const found = await read(`text,red,round\n${rows}g, h,0,1\ni,1,0,extra\nj,k,l,m\n`, label)
    assert.deepEqual(pairs(found).slice(3), [
      ['g, h', 'round'],
      ['i', 'red'],
    ])
  })

  test('a table of a header alone says so', async () => {
    await assert.rejects(read('body,team\n'), {
      code: 'empty-text',
      message: /no labelled text in it \(1 file with a header and no row below it\)/,
    })
  })

  test('short rows, blank lines, empty cells at the end are counted or understood', async () => {
    const found = await read(`text,label,,\na b,ham,,\nc\n\n,spam\nd e,spam,,\n`)
    assert.deepEqual(pairs(found), [
      ['a b', 'ham'],
      ['', 'spam'],
      ['d e', 'spam'],
    ])
    assert.deepEqual(notes(found), {
      'blank lines, skipped': '1 f:4',
      'rows with fewer columns than the others': '2 f:3',
      'columns not used': '2 column 3, column 4',
      'rows without a label, left out': '1 f:3',
      'empty texts': '1 f:5',
    })
  })

  test('a column that does not exist: the nearest is offered', async () => {
    const text = 'body,team\na b c,x\nd e f,y\n'
    await assert.rejects(read(text, { text: 'boby' }), {
      code: 'unknown-name',
      message: /"boby".*"body".*body, team/,
    })
    await assert.rejects(read(text, { label: 'taem' }), { code: 'unknown-name', message: /"team"/ })
    await assert.rejects(read(text, { text: '3' }), { code: 'missing-column', message: /there are 2/ })
    await assert.rejects(read(text, { text: 'team', label: 'team' }), { code: 'option' })
    await assert.rejects(read('x\thello you there\ny\tgood morning to you\nx\tbye\n', { text: 'body' }), {
      code: 'missing-column',
      message: /no header.*"x", "hello you there"/,
    })
  })

  test('several columns of text are joined, several columns of labels have 0 or 1 each', async () => {
    const table = 'subject,body,toxic,rude\nHi,a b,1,0\nYo,c d,1,1\nOh,e f,0,0\n'
    const found = await read(table, { text: 'subject, body', label: 'toxic,rude' })
    assert.deepEqual(pairs(found), [['Hi\na b', 'toxic'], ['Yo\nc d', 'toxic', 'rude'], ['Oh\ne f']])
    assert.equal(found.understood.multiLabel, true)
    assert.equal(found.understood.textColumn, 'subject + body')
    await assert.rejects(read(`${table}Eh,x,2,0\n`, { text: 'body', label: 'toxic,rude' }), {
      code: 'bad-file',
      message: /f:5: .*"toxic".*"2"/,
    })
  })
})

describe('columns that nobody named', () => {
  test('the longest texts; labels by their name, or by few values', async () => {
    const imdb = Array.from(
      { length: 30 },
      (_, i) => `${i < 15 ? 'neg' : 'pos'}\t${i}\t${i % 7}\tA film, number ${i}, to see\n`,
    )
    const found = await read(`label\tid\trating\ttext\n${imdb.join('')}`)
    assert.deepEqual([found.understood.textColumn, found.understood.labelColumn], ['text', 'label'])
    const plain = await read(`a1\tb1\tc1\td1\n${imdb.join('')}`)
    assert.deepEqual([plain.understood.textColumn, plain.understood.labelColumn], ['d1', 'a1'])
    const kaggle = await read(`v1,v2,,\n${'ham,Go until jurong,,\nspam,Free entry,,\n'.repeat(8)}`)
    assert.deepEqual([kaggle.understood.textColumn, kaggle.understood.labelColumn], ['v2', 'v1'])
  })

  test('without a header, sorted by label or not', async () => {
    for (const order of ['ham spam ham spam ham spam', 'ham ham ham spam spam spam']) {
      const rows = order.split(' ').map((label, i) => `${label}\tmessage number ${i}, is "here`)
      const found = await read(rows.join('\n'))
      assert.deepEqual(
        pairs(found),
        rows.map((row) => row.split('\t').reverse()),
      )
      assert.deepEqual([found.understood.textColumn, found.understood.labelColumn], ['column 2', 'column 1'])
      assert.equal(notes(found)['files without a header, columns taken by their places'], '1 f')
      assert.deepEqual(pairs(await read(rows.join('\n'), { text: '2', label: '1' })), pairs(found))
    }
    const numbers = await read(
      '"3","Wall St. Bears Claw Back","Short-sellers, Wall Street"\n"1","War","Again it is war"\n"3","a","b"\n',
    )
    assert.equal(numbers.examples.length, 3)
  })

  test('a heading goes with its text', async () => {
    const found = await read(
      'Class Index,Title,Description\n1,War,There is a war on\n3,Bears,Stocks are down\n',
    )
    assert.deepEqual(pairs(found)[0], ['War\nThere is a war on', '1'])
  })

  test('where nothing will do, it says so', async () => {
    const row = (i: number) => `${i * 1.5},reading ${i} of the thing\n`
    await assert.rejects(read(`value,text\n${Array.from({ length: 20 }, (_, i) => row(i)).join('')}`), {
      code: 'missing-column',
      message: /labels; there are value, text/,
    })
    await assert.rejects(read('just some words\nand other words\n'), {
      code: 'not-a-table',
      message: /2 lines/,
    })
    await assert.rejects(read(''), { code: 'empty-text', message: /1 empty file\)/ })
    await assert.rejects(read('text,label\na,\nb,\n'), { code: 'missing-column' })
    await assert.rejects(read('text,label\na,\nb,\n', { label: 'label' }), {
      code: 'empty-text',
      message: /2 rows without a label/,
    })
  })

  test('texts to predict need no labels', async () => {
    const lines = await read('one text\n\nanother, text\n', { requireLabels: false })
    assert.deepEqual(pairs(lines), [['one text'], [''], ['another, text']])
    assert.equal(lines.understood.format, 'lines')
    const table = await read('id,text\n1,a b c\n2,d e f\n', { requireLabels: false })
    assert.deepEqual(pairs(table), [['a b c'], ['d e f']])
    const labelled = await read('label,text\nx,a b c\n,d e f\n', { requireLabels: false })
    assert.deepEqual(pairs(labelled), [['a b c', 'x'], ['d e f']])
    assert.equal(labelled.understood.multiLabel, false)
  })
})

describe('several labels', () => {
  test('a separator, or lists in cells', async () => {
    const separated = await read('text,label\na b,x|y\nc d,x\ne f,\n', {
      labelSeparator: '|',
      label: 'label',
    })
    assert.deepEqual(pairs(separated), [['a b', 'x', 'y'], ['c d', 'x'], ['e f']])
    assert.equal(separated.understood.multiLabel, true)
    assert.equal(notes(separated)['texts with an empty list of labels, kept'], '1 f:4')
    const lists = await read(`text\tlabel\na b\t["x", "y y"]\nc d\t['x', 'z']\ne f\t[]\n`)
    assert.deepEqual(pairs(lists), [['a b', 'x', 'y y'], ['c d', 'x', 'z'], ['e f']])
    const hinted = await read('text,label\na b,x|y\nc d,x|z\n')
    assert.deepEqual(pairs(hinted)[0], ['a b', 'x|y'])
    assert.equal(
      notes(hinted)['labels that look like several in one, read as one (see `labelSeparator`)'],
      '2 f:2',
    )
  })
})

describe('JSON', () => {
  test('an object a line; broken lines are counted', async () => {
    const found = await read(
      '{"text": "a b", "topics": ["x", "y"]}\n\n{"topics": ["x"], "text": "c"}\n{broken\n[1]\n{"text": "d", "topics": null}\n{"topics": ["x"]}\n',
    )
    assert.deepEqual(pairs(found), [
      ['a b', 'x', 'y'],
      ['c', 'x'],
      ['', 'x'],
    ])
    assert.equal(found.understood.format, 'jsonl')
    assert.equal(found.understood.multiLabel, true)
    assert.deepEqual(notes(found), {
      'blank lines, skipped': '1 f:2',
      'lines that are not JSON, left out': '1 f:4',
      'lines of JSON that are no object, left out': '1 f:5',
      'rows without a label, left out': '1 f:6',
      'empty texts': '1 f:7',
    })
  })

  test('numbers and booleans are labels; lists of words are texts', async () => {
    const found = await read(
      '{"review": ["a", "b"], "stars": 5, "spam": true}\n{"review": "c d", "stars": 1, "spam": false}\n',
      {
        text: 'review',
        label: 'spam',
      },
    )
    assert.deepEqual(pairs(found), [
      ['a b', 'true'],
      ['c d', 'false'],
    ])
    await assert.rejects(read('{"text": "a", "label": "b"}\n', { text: 'txet' }), { code: 'unknown-name' })
  })

  test('one list, however it is laid out', async () => {
    const list = [
      { text: 'a b', label: 'x' },
      { text: 'c', label: 'y' },
    ]
    for (const text of [
      JSON.stringify(list),
      JSON.stringify(list, null, 2),
      JSON.stringify({ version: 1, data: list }),
      JSON.stringify({ data: list }, null, 2),
    ]) {
      const found = await read(text)
      assert.deepEqual(
        pairs(found),
        list.map(({ text, label }) => [text, label]),
      )
    }
    await assert.rejects(read('{"broken\n', { format: 'jsonl' }), { code: 'bad-file', message: /line 1/ })
  })
})

test('fastText lines', async () => {
  const found = await read(
    '__label__a __label__b-c  Some text , here\n__label__a x\nno label\n\n__label__b-c\n',
  )
  assert.deepEqual(pairs(found), [
    ['Some text , here', 'a', 'b-c'],
    ['x', 'a'],
    ['', 'b-c'],
  ])
  assert.deepEqual([found.understood.format, found.understood.multiLabel], ['fasttext', true])
  assert.deepEqual(notes(found), {
    'blank lines, skipped': '1 f:4',
    'rows without a label, left out': '1 f:3',
    'empty texts': '1 f:5',
  })
})

test('one line of 100 MB is no crash, whatever it is taken for', async () => {
  const words = 'word '.repeat(2 ** 16)
  const long = words.repeat(320)
  await assert.rejects(read(long), { code: 'not-a-table', message: /one line of 105 MB/ })
  const text = await read(long, { requireLabels: false })
  assert.equal(text.examples[0]!.text.length, long.length)
  const labelled = await read(`text,label\n"${long}",x\nshort,y\n`)
  assert.equal(labelled.examples[0]!.text.length, long.length)
  for (const piece of ['word, ', '"word", ', 'w\t', '__x']) {
    const line = piece.repeat(2 ** 10).repeat(2 ** 15 / piece.length)
    await assert.rejects(read(line), { code: 'not-a-table' }, piece)
  }
})

describe('files and folders', () => {
  const folder = mkdtempSync(join(tmpdir(), 'labelled-test-'))
  after(() => rmSync(folder, { recursive: true }))
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  test('several files: a header in each, or in the first alone; any encoding', async () => {
    const body = 'naïve café,x\nother words,y\n'
    const paths = [
      write('1.csv', `text,label\n${body}`),
      write('2.csv.gz', gzipSync(`label,text\nx,naïve café\ny,other words\n`)),
      write('3.csv', body),
      write('4.csv', Buffer.from(`text,label\n${body}`, 'latin1')),
      write('5.csv', Buffer.from(`\ufefftext,label\n${body}`, 'utf16le')),
    ]
    const found = await readLabelledTexts(paths)
    assert.deepEqual(
      pairs(found),
      paths.flatMap(() => [
        ['naïve café', 'x'],
        ['other words', 'y'],
      ]),
    )
    assert.equal(found.understood.encoding, 'utf-8 and windows-1252 and utf-16le')
    assert.equal(found.examples[2]!.place, `${paths[1]}:2`)
    const other = write('other.csv', 'content,label\nx y,x\n')
    await assert.rejects(readLabelledTexts([paths[0]!, other]), { code: 'unknown-name', message: /"text"/ })
    await assert.rejects(readLabelledTexts([join(folder, '1.cvs')]), {
      code: 'file-not-found',
      message: /1\.csv/,
    })
    await assert.rejects(readLabelledTexts([]), { code: 'bad-input' })
  })

  test('mixed encodings in a file are counted by line', async () => {
    const mixed = Buffer.concat([Buffer.from('text,label\nnaïve,x\n'), Buffer.from('café,y\n', 'latin1')])
    const found = await readLabelledTexts([write('mixed.csv', mixed)])
    assert.deepEqual(pairs(found), [
      ['naïve', 'x'],
      ['café', 'y'],
    ])
    assert.match(notes(found)['lines that are not UTF-8, read as windows-1252']!, /^1 .*mixed\.csv:3$/)
  })

  test('a spreadsheet is refused with advice', async () => {
    await assert.rejects(readLabelledTexts([write('a.xlsx', 'PK\x03\x04\0\0\0')]), {
      code: 'binary-text',
      message: /CSV/,
    })
  })

  test('a folder per label', async () => {
    const root = join(folder, 'texts')
    write('texts/README', 'not a text')
    write('texts/pos/2.txt', 'second\nline\n')
    write('texts/pos/1.txt', 'first')
    write('texts/pos/deep/3', 'third')
    write('texts/pos/.hidden', 'x')
    write('texts/neg/a.txt.gz', gzipSync('packed'))
    write('texts/neg/b', '')
    write('texts/neg/c.bin', new Uint8Array(100))
    write('elsewhere/d.txt', Buffer.from([0xe9]))
    mkdirSync(join(root, 'none'))
    symlinkSync(join(folder, 'elsewhere'), join(root, 'linked'))
    const found = await readLabelledTexts([root])
    assert.deepEqual(
      found.examples.map(({ text, labels, place }) => [text, labels[0], place.slice(root.length)]),
      [
        ['é', 'linked', '/linked/d.txt'],
        ['packed', 'neg', '/neg/a.txt.gz'],
        ['', 'neg', '/neg/b'],
        ['first', 'pos', '/pos/1.txt'],
        ['second\nline', 'pos', '/pos/2.txt'],
        ['third', 'pos', '/pos/deep/3'],
      ],
    )
    assert.equal(found.understood.format, 'folders')
    assert.deepEqual(found.understood.notes.map(({ what, count }) => `${count} ${what}`).sort(), [
      '1 empty texts',
      '1 files beside the folders of labels, not read',
      '1 files in windows-1252',
      '1 files that are no text, left out',
      '1 folders without a file',
    ])
  })

  test('folders that are not of this kind', async () => {
    write('parts/train/pos/1.txt', 'x')
    write('parts/test/pos/1.txt', 'x')
    write('tables/train.csv', 'x')
    await assert.rejects(readLabelledTexts([join(folder, 'parts')]), {
      code: 'is-a-directory',
      message: /parts\/test/,
    })
    await assert.rejects(readLabelledTexts([join(folder, 'tables')]), {
      code: 'is-a-directory',
      message: /train\.csv/,
    })
    const texts = await readLabelledTexts([join(folder, 'tables')], { requireLabels: false })
    assert.deepEqual(pairs(texts), [['x']])
  })

  test('- is standard input', () => {
    const module = new URL('./labelled-texts.js', import.meta.url).href
    const script = `
      import { readLabelledTexts } from ${JSON.stringify(module)}
      const { examples } = await readLabelledTexts(['-'])
      console.log(JSON.stringify(examples))`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      input: 'text,label\na b,x\nc d,y\n',
    })
    assert.equal(child.stderr.toString(), '')
    assert.deepEqual(JSON.parse(child.stdout.toString())[1], {
      text: 'c d',
      labels: ['y'],
      place: 'standard input:3',
    })
  })
})
