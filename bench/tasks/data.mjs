// What is read in the comparison of tasks: reviews of one length and sentences with names, so that every system sees the same tokens.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RandomStream } from '../../dist/random.js'
import { readLabelledTexts, readTaggerData, readWordVectors } from '../../dist/tasks/index.js'

const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}']+|[^\s\p{L}\p{N}']/gu) ?? []

/** Numbers of words by how frequent they are, 0 for those beyond `vocabulary`. */
function numberWords(texts, vocabulary) {
  const counts = new Map()
  for (const words of texts) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  const ranked = [...counts].sort((a, b) => b[1] - a[1]).slice(0, vocabulary - 1)
  return new Map(ranked.map(([word], rank) => [word, rank + 1]))
}

/**
 * `texts` reviews of exactly `time` words (longer ones are cut, shorter ones left out), drawn evenly from the whole file since such
 * files are often sorted by label; ids and labels also as files for peers.
 */
export async function classification(path, { texts, time, vocabulary }, folder) {
  const all = path ? (await readLabelledTexts([path])).examples : invented()
  const long = all.flatMap(({ text, labels }) => {
    const words = wordsOf(text)
    return words.length < time ? [] : [{ words: words.slice(0, time), label: labels[0] }]
  })
  if (long.length < texts)
    throw new Error(`${path} has ${long.length} texts of ${time} words; ${texts} are needed`)
  const chosen = Array.from({ length: texts }, (_, k) => long[Math.floor((k * long.length) / texts)])
  const numbers = numberWords(
    chosen.map(({ words }) => words),
    vocabulary,
  )
  const ids = Int32Array.from(chosen.flatMap(({ words }) => words.map((word) => numbers.get(word) ?? 0)))
  const names = [...new Set(chosen.map(({ label }) => label))].sort()
  const labels = Int32Array.from(chosen, ({ label }) => (label === names[0] ? 0 : 1))
  const files = { ids: join(folder, 'ids.bin'), labels: join(folder, 'labels.bin') }
  writeFileSync(files.ids, ids)
  writeFileSync(files.labels, labels)
  const examples = chosen.map(({ words, label }) => ({ text: words.join(' '), labels: [label] }))
  return { ids, labels, files, examples, tokens: ids.length }
}

/** Sentences with their spans, and the vectors of their words; as files for peers. */
export async function tagging(path, vectorsPath, { sentences }, folder) {
  const all = path ? (await readTaggerData([path])).examples : inventedSentences()
  const examples = all.slice(0, sentences)
  const tokens = examples.reduce((sum, example) => sum + example.tokens.length, 0)
  const files = { sentences: join(folder, 'sentences.json') }
  const records = examples.map(({ tokens, tags }) => ({ tokens, tags, spans: spansOf(tags) }))
  writeFileSync(files.sentences, JSON.stringify(records))
  const vectors = vectorsPath && (await readWordVectors(vectorsPath))
  if (vectors) {
    files.vectors = join(folder, 'vectors.txt')
    const lines = [...vectors.words()].map((word) => [word, ...vectors.lookup(word)].join(' '))
    writeFileSync(files.vectors, `${lines.join('\n')}\n`)
  }
  return { examples, vectors, files, tokens }
}

/** [begin, end, type] of IOB1 or BIO tags. */
function spansOf(tags) {
  const spans = []
  for (const [at, tag] of tags.entries()) {
    if (!/^[BI]-/.test(tag)) continue
    const type = tag.slice(2)
    const last = spans.at(-1)
    if (tag[0] === 'I' && last?.[1] === at && last[2] === type) last[1] = at + 1
    else spans.push([at, at + 1, type])
  }
  return spans
}

const draw = (name) => new RandomStream(7, name)
const pick = (random, list) => list[random.integer(list.length)]
const letters = 'abcdefghijklmnopqrstuvwxyz'.split('')
const lexicon = letters.flatMap((a) => letters.map((b) => `${a}o${b}e`))

function invented() {
  const random = draw('texts')
  return Array.from({ length: 64 }, (_, k) => ({
    text: Array.from({ length: 40 }, () => pick(random, lexicon)).join(' '),
    labels: [k < 32 ? 'good' : 'bad'],
  }))
}

function inventedSentences() {
  const random = draw('sentences')
  return Array.from({ length: 32 }, () => {
    const tokens = Array.from({ length: 6 }, () => pick(random, lexicon))
    return { tokens, tags: tokens.map((word) => (word < 'd' ? 'B-NAME' : 'O')) }
  })
}
