import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RepriseError } from '../errors.js'
import { codePointsToString } from './code-points.js'
import { checkNormalizeOptions, type NormalizeOptions, normalizeText, TextPipeline } from './normalize.js'

const options = fc.record(
  {
    unicode: fc.constantFrom('NFC' as const, 'NFKC' as const),
    lowercase: fc.boolean(),
    stripAccents: fc.boolean(),
    collapseWhiteSpace: fc.boolean(),
    newlines: fc.constantFrom('lf' as const, 'keep' as const),
  },
  { requiredKeys: [] },
)
const hard = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(
        ' ',
        '\n',
        '\r',
        '\t',
        'e',
        'É',
        '\u0301',
        '\u0327',
        'Σ',
        'ΑΣ',
        'İ',
        'ﬁ',
        'Å',
        '각',
        '\u1100',
        '\u1161',
        '´',
        '=\u0338',
        'が',
        '\u3099',
        '😀',
        '\u00a0',
      ),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 40,
  })
  .map((text) => text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd'))

function whole(
  text: string,
  { unicode, lowercase, stripAccents, collapseWhiteSpace, newlines }: NormalizeOptions,
): string {
  text = text.replace(/^\ufeff/, '')
  if (newlines !== 'keep') text = text.replaceAll('\r\n', '\n')
  if (unicode) text = text.normalize(unicode)
  if (lowercase) text = text.toLowerCase()
  if (stripAccents)
    text = text
      .normalize('NFD')
      .replace(/[\u0300-\u036f]/g, '')
      .normalize('NFC')
  if (unicode) text = text.normalize(unicode)
  if (collapseWhiteSpace)
    text = text.replace(/\p{White_Space}+/gu, (run) => (run.includes('\n') ? '\n' : ' '))
  return text
}

test('a stream cut anywhere is normalised like the whole text', () => {
  fc.assert(
    fc.property(hard, options, fc.array(fc.nat(60), { maxLength: 5 }), (text, chosen, places) => {
      const bytes = new TextEncoder().encode(text)
      const cuts = [0, ...places.map((p) => p % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
      let result = ''
      const pipeline = new TextPipeline((block, length) => {
        result += codePointsToString(block, 0, length)
      }, chosen)
      for (const [i, end] of cuts.slice(1).entries()) pipeline.push(bytes.subarray(cuts[i]!, end))
      pipeline.endDocument()
      assert.equal(result, whole(text, chosen))
      assert.equal(result, normalizeText(text, chosen))
      assert.equal(pipeline.characters, [...result].length)
    }),
    { numRuns: 1000 },
  )
})

test('each option does what it says, and nothing is on by default but CR LF → LF', () => {
  const text = 'Ça  va,\r\n\n Élan ﬁn й\u0301 हिन्दी'
  assert.equal(normalizeText(text, {}), text.replace('\r', ''))
  assert.equal(normalizeText(text, { newlines: 'keep' }), text)
  assert.equal(normalizeText('Élan ΟΔΟΣ', { lowercase: true }), 'élan οδος')
  assert.equal(normalizeText('e\u0301ﬁ', { unicode: 'NFC' }), 'éﬁ')
  assert.equal(normalizeText('e\u0301ﬁ', { unicode: 'NFKC' }), 'éfi')
  assert.equal(normalizeText('Çé й हिन्दी が', { stripAccents: true }), 'Ce и हिन्दी が')
  assert.equal(normalizeText(' a \t b \n\n c ', { collapseWhiteSpace: true }), ' a b\nc ')
})

test('long text without white space is held until it can be normalised', () => {
  const text = 'e\u0301É'.repeat(50_000)
  assert.equal(normalizeText(text, { unicode: 'NFC', lowercase: true }), 'éé'.repeat(50_000))
})

test('unknown options are refused', () => {
  for (const bad of [
    { unicode: 'NFD' },
    { lower: true },
    { lowercase: 1 },
    { newlines: 'crlf' },
    JSON.parse('{"__proto__":true}'),
  ]) {
    assert.throws(
      () => checkNormalizeOptions(bad),
      (error) => error instanceof RepriseError && error.code === 'option',
    )
  }
})
