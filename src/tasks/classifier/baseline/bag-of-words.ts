import type { WordTokenizer } from '../../../text/index.js'
import { wordsOfParts } from './letter-parts.js'
import { countLetterRuns, LetterRuns } from './letter-runs.js'
import { PairTable } from './pair-table.js'
import type { BaselineSettings } from './settings.js'
import { type SparseRows, SparseRowsBuilder } from './sparse-rows.js'
import { learnWords, type Pause, WordReader, wordsOf } from './word-numbers.js'

type BagSettings = Pick<
  BaselineSettings,
  'weighting' | 'bigrams' | 'lowercase' | 'punctuation' | 'numberShapes' | 'maxFeatures'
> & {
  readonly minDocuments: number
  /** Longest run of letters; 0 = none. */
  readonly letters: number
}

/** Which words, pairs and runs of letters are features, numbered in this order. */
export interface Features {
  /** Word of each word feature. */
  readonly words: Int32Array
  /** Words of each pair feature, two a pair. */
  readonly pairs: Int32Array
  readonly letters: readonly string[]
  /** Weight of each feature: ln((1 + texts) / (1 + texts with it)) + 1 for tfidf, else 1. */
  readonly idf: Float32Array
}

/** Where a feature stands in a text. */
export interface Occurrence {
  readonly feature: number
  /** Number of its first word among the words of the text. */
  readonly word: number
  /** How many words it is about: of a pair 2. */
  readonly words: number
}

/**
 * Texts as sparse rows over words and pairs of words, and runs of letters. With `tfidf` a row has (1 + ln count) · idf, with
 * `counts` and `presence` just these; words and pairs on one side, runs on the other are divided by their length (L2). As
 * scikit-learn's `TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))` beside one with `analyzer="char_wb"`, but for the rule
 * that says what a word is.
 */
export class BagOfWords {
  private readonly reader: WordReader
  private readonly wordFeature: Int32Array
  private readonly pairs = new PairTable()
  private readonly runs: LetterRuns
  /** Of the text at hand: count of each feature, and the features in the order of appearance. */
  private readonly counts: Int32Array
  private readonly seen: Int32Array

  constructor(
    readonly tokenizer: WordTokenizer,
    readonly features: Features,
    private readonly settings: Pick<
      BaselineSettings,
      'weighting' | 'punctuation' | 'numberShapes' | 'lowercase'
    >,
  ) {
    this.reader = new WordReader(tokenizer, settings.punctuation, settings.numberShapes)
    this.wordFeature = new Int32Array(tokenizer.vocabulary.size).fill(-1)
    features.words.forEach((word, feature) => {
      this.wordFeature[word] = feature
    })
    for (let k = 0; k < features.pairs.length; k += 2)
      this.pairs.add(features.pairs[k]!, features.pairs[k + 1]!)
    this.runs = new LetterRuns(features.letters, settings.lowercase)
    this.counts = new Int32Array(this.size)
    this.seen = new Int32Array(this.size)
  }

  /** Features. */
  get size(): number {
    return this.features.idf.length
  }

  /** Learns words, pairs and their weights from texts. */
  static async learn(texts: readonly string[], settings: BagSettings, pause: Pause): Promise<BagOfWords> {
    const tokenizer = await learnWords(texts, settings, pause)
    const features = await chooseFeatures(texts, tokenizer, settings, pause)
    return new BagOfWords(tokenizer, features, settings)
  }

  async transform(texts: readonly string[], pause: Pause): Promise<SparseRows> {
    const builder = new SparseRowsBuilder()
    for (const text of texts) {
      this.addRow(text, builder)
      await pause()
    }
    return builder.build()
  }

  /** Features of one text, each where it stands. */
  occurrences(text: string): Occurrence[] {
    const ids = this.reader.read(text)
    const found: Occurrence[] = []
    for (let i = 0; i < ids.length; i++) {
      const feature = this.featureOfWord(ids[i]!)
      if (feature >= 0) found.push({ feature, word: i, words: 1 })
      const pair = i + 1 < ids.length ? this.featureOfPair(ids[i]!, ids[i + 1]!) : -1
      if (pair >= 0) found.push({ feature: pair, word: i, words: 2 })
    }
    const places = wordsOfParts(text)
    for (const [part, runs] of this.runs.read(text).entries())
      for (const run of runs) found.push({ feature: this.firstRun + run, ...places[part]! })
    return found
  }

  /** The words of a text as they are read, those without a feature too. */
  words(text: string): string[] {
    return wordsOf(text, this.tokenizer)
  }

  /** Words of texts, and how many of them have no feature. */
  count(texts: readonly string[]): { tokens: number; unknown: number } {
    let tokens = 0
    let unknown = 0
    for (const text of texts) {
      const ids = this.reader.read(text)
      tokens += ids.length
      for (const id of ids) if (this.featureOfWord(id) < 0) unknown++
    }
    return { tokens, unknown }
  }

  /** The row of one text: features and values. */
  row(text: string): SparseRows {
    const builder = new SparseRowsBuilder()
    this.addRow(text, builder)
    return builder.build()
  }

  /** A feature as text: `good`, `not good`, `"goo"`. */
  nameOf(feature: number): string {
    const { words, pairs, letters } = this.features
    if (feature >= this.firstRun) return JSON.stringify(letters[feature - this.firstRun])
    const name = (id: number) => this.tokenizer.vocabulary.tokenOf(id)
    if (feature < words.length) return name(words[feature]!)
    const at = 2 * (feature - words.length)
    return `${name(pairs[at]!)} ${name(pairs[at + 1]!)}`
  }

  private addRow(text: string, builder: SparseRowsBuilder): void {
    const { counts, seen } = this
    const ids = this.reader.read(text)
    let distinct = 0
    const note = (feature: number) => {
      if (feature < 0) return
      if (counts[feature] === 0) seen[distinct++] = feature
      counts[feature]!++
    }
    for (let i = 0; i < ids.length; i++) {
      note(this.featureOfWord(ids[i]!))
      if (i + 1 < ids.length) note(this.featureOfPair(ids[i]!, ids[i + 1]!))
    }
    this.addUnit(distinct, builder)
    distinct = 0
    for (const runs of this.runs.read(text)) for (const run of runs) note(this.firstRun + run)
    this.addUnit(distinct, builder)
    builder.endRow()
  }

  /** The counted features as a vector of length 1: words and runs of letters have the same say, however many there are. */
  private addUnit(distinct: number, builder: SparseRowsBuilder): void {
    const { counts, seen } = this
    let squares = 0
    for (let k = 0; k < distinct; k++) squares += this.weight(seen[k]!) ** 2
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares)
    for (let k = 0; k < distinct; k++) {
      const feature = seen[k]!
      builder.push(feature, this.weight(feature) * scale)
      counts[feature] = 0
    }
  }

  /** Number of the first run of letters. */
  private get firstRun(): number {
    const { words, pairs } = this.features
    return words.length + pairs.length / 2
  }

  private weight(feature: number): number {
    const count = this.counts[feature]!
    const { weighting } = this.settings
    if (weighting === 'tfidf') return (1 + Math.log(count)) * this.features.idf[feature]!
    return weighting === 'counts' ? count : 1
  }

  private featureOfWord(word: number): number {
    return word < 0 ? -1 : this.wordFeature[word]!
  }

  private featureOfPair(first: number, second: number): number {
    if (first < 0 || second < 0) return -1
    const pair = this.pairs.find(first, second)
    return pair < 0 ? -1 : this.features.words.length + pair
  }
}

/** Counts in how many texts words and pairs are, and keeps those that are in enough. */
async function chooseFeatures(
  texts: readonly string[],
  tokenizer: WordTokenizer,
  settings: BagSettings,
  pause: Pause,
): Promise<Features> {
  const reader = new WordReader(tokenizer, settings.punctuation, settings.numberShapes)
  const pairs = new PairTable()
  const wordTexts = new Int32Array(reader.size)
  const wordLast = new Int32Array(reader.size).fill(-1)
  let pairTexts = new Int32Array(1 << 12)
  let pairLast = new Int32Array(1 << 12).fill(-1)
  for (const [number, text] of texts.entries()) {
    const ids = reader.read(text)
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!
      if (id < 0) continue
      if (wordLast[id] !== number) {
        wordLast[id] = number
        wordTexts[id]!++
      }
      if (!settings.bigrams || i + 1 >= ids.length || ids[i + 1]! < 0) continue
      const pair = pairs.add(id, ids[i + 1]!)
      if (pair >= pairTexts.length) {
        pairTexts = larger(pairTexts)
        pairLast = larger(pairLast, -1)
      }
      if (pairLast[pair] !== number) {
        pairLast[pair] = number
        pairTexts[pair]!++
      }
    }
    await pause()
  }
  const least = leastTexts([wordTexts, pairTexts.subarray(0, pairs.size)], settings)
  const words = Int32Array.from(wordTexts.keys()).filter((id) => wordTexts[id]! >= least)
  const kept = Int32Array.from({ length: pairs.size }, (_, k) => k).filter((k) => pairTexts[k]! >= least)
  // Words are the commonest first, and so are pairs: what most rows use then lies close together, which is twice as fast.
  kept.sort((a, b) => pairTexts[b]! - pairTexts[a]! || a - b)
  const frequencies = [...words].map((id) => wordTexts[id]!)
  for (const pair of kept) frequencies.push(pairTexts[pair]!)
  const { letters: longest, lowercase, maxFeatures } = settings
  const found =
    longest === 0
      ? { runs: [], counts: [] }
      : await countLetterRuns(
          texts,
          { longest, lowercase, minDocuments: least, most: Math.max(0, maxFeatures - frequencies.length) },
          pause,
        )
  for (const count of found.counts) frequencies.push(count)
  return {
    words,
    pairs: Int32Array.from({ length: 2 * kept.length }, (_, k) =>
      k % 2 === 0 ? pairs.first(kept[k >> 1]!) : pairs.second(kept[k >> 1]!),
    ),
    letters: found.runs,
    idf: Float32Array.from(frequencies, (count) =>
      settings.weighting === 'tfidf' ? Math.log((1 + texts.length) / (1 + count)) + 1 : 1,
    ),
  }
}

/** The number of texts a feature must be in for no more than `maxFeatures` to be kept. */
function leastTexts(
  counts: readonly Int32Array[],
  { minDocuments, maxFeatures }: Pick<BagSettings, 'minDocuments' | 'maxFeatures'>,
): number {
  const most = counts.reduce((high, part) => part.reduce((a, b) => Math.max(a, b), high), 0)
  const withCount = new Int32Array(most + 1)
  for (const part of counts) for (const count of part) withCount[count]!++
  let kept = 0
  let least = most + 1
  // The commonest are always kept, though there may be more of them than asked for.
  while (least > minDocuments && (least > most || kept + withCount[least - 1]! <= maxFeatures)) {
    least--
    kept += withCount[least]!
  }
  return Math.max(least, minDocuments)
}

function larger(values: Int32Array<ArrayBuffer>, fill = 0): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(values.length * 2).fill(fill)
  grown.set(values)
  return grown
}
