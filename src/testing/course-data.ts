import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { RandomStream } from '../random.js'

// Reviews and newswires made up for the examples: the files that REPRISE_DATA may hold, a few hundred short texts of which
// every one has words that give it away.

const common = 'the a of and this it was is in with film story actors movie that one all its for on'.split(
  ' ',
)
const good = 'wonderful great good lovely brilliant moving'.split(' ')
const bad = 'awful boring bad dull terrible stupid'.split(' ')
const topics: Readonly<Record<string, readonly string[]>> = {
  earn: 'profit dividend quarter shr net loss'.split(' '),
  acq: 'shares takeover merger stake bid offer'.split(' '),
  crude: 'oil barrel opec petroleum refinery drilling'.split(' '),
}

/** A text of words of its own kind and, one in so many on average, common ones. */
function textOf(kind: readonly string[], oneIn: number, random: RandomStream): string {
  const pick = (words: readonly string[]) => words[random.integer(words.length)]!
  return Array.from({ length: 12 + random.integer(12) }, () =>
    pick(random.integer(oneIn) ? kind : common),
  ).join(' ')
}

/** A folder for REPRISE_DATA with `imdb` and `reuters21578`, in the formats of the original texts. */
export function writeCourseData(folder: string): void {
  const random = new RandomStream(5, 'course data')
  const write = (path: string, content: string) => writeFileSync(join(folder, path), gzipSync(content))
  mkdirSync(join(folder, 'imdb'))
  for (const [part, count] of [
    ['train', 400],
    ['test', 120],
  ] as const) {
    const rows = Array.from({ length: count }, (_, k) => {
      const isGood = k % 2 === 1
      return [isGood ? 'pos' : 'neg', k >> 1, isGood ? 9 : 2, textOf(isGood ? good : bad, 2, random)].join(
        '\t',
      )
    })
    write(`imdb/imdb.${part}.tsv.gz`, ['label\tid\trating\ttext', ...rows, ''].join('\n'))
  }
  const ranks = [...common, ...good, ...bad].map((word, place) => [word, place + 1])
  write('imdb/imdb_word_index.json.gz', JSON.stringify(Object.fromEntries(ranks)))

  mkdirSync(join(folder, 'reuters21578'))
  const kinds = Object.entries(topics)
  for (const [part, count] of [
    ['train', 240],
    ['test', 60],
  ] as const) {
    const lines = Array.from({ length: count }, (_, k) => {
      const [topic, words] = kinds[k % kinds.length]!
      return JSON.stringify({ id: k, topics: [topic], text: textOf(words, 5, random) })
    })
    write(`reuters21578/apte_${part}.jsonl.gz`, `${lines.join('\n')}\n`)
  }
}
