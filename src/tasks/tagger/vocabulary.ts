import type { TaggerSettings } from './settings.js'
import { type LanguageJson, TokenPieces } from './token-pieces.js'
import { affixesOf, affixKinds, casingClasses, casingOf, foldWord } from './word-shape.js'

/** Pre-trained vectors: what `readWordVectors` gives, or anything like it. */
export interface VectorSource {
  readonly dimension: number
  lookup(word: string): Float32Array | undefined
  words(): Iterable<string>
}

/** A sentence to learn from. */
export interface TaggerExample {
  readonly tokens: readonly string[]
  /** One a token. */
  readonly tags: readonly string[]
  /** One list a further column, each with one value a token. */
  readonly features?: readonly (readonly string[])[] | undefined
  /** File and line, for messages. */
  readonly place?: string | undefined
}

/** Plain JSON of a vocabulary. */
export interface TaggerVocabularyJson {
  readonly words: readonly string[]
  readonly characters: readonly string[]
  /** Lists of the affixes of each kind. */
  readonly affixes: readonly (readonly string[])[]
  /** Lists of the values of each further column. */
  readonly features: readonly (readonly string[])[]
  /** What the network chooses from. */
  readonly labels: readonly string[]
  /** Words with a pre-trained vector, and its length. */
  readonly vectors?: { readonly dimension: number; readonly words: readonly string[] } | undefined
  /** Language models it began with. */
  readonly language?: LanguageJson | undefined
}

/** Everything the network needs to know of one word. */
export interface WordEntry {
  /** 0: unknown. */
  readonly word: number
  /** −1: none. */
  readonly vector: number
  /** −1 behind the end. */
  readonly characters: Int32Array
  /** How many of them there are. */
  readonly letters: number
  readonly casing: number
  /** One of each kind; −1: none. */
  readonly affixes: Int32Array
  /** What language models read of it; nothing without them. */
  readonly pieces: Int32Array
}

type VocabularySettings = Pick<
  TaggerSettings,
  'lowercase' | 'keepDigits' | 'maxCharacters' | 'characters' | 'affixes'
>

const nothing = new Int32Array(0)
const unknownCharacter = 0
const wordBegin = 1
const wordEnd = 2
const firstCharacter = 3

/** Words, characters, affixes, further columns and labels as numbers. */
export class TaggerVocabulary {
  readonly words: ReadonlyMap<string, number>
  readonly characters: ReadonlyMap<string, number>
  private readonly affixes: readonly ReadonlyMap<string, number>[]
  private readonly features: readonly ReadonlyMap<string, number>[]
  private readonly vectors: ReadonlyMap<string, number>
  readonly labelIds: ReadonlyMap<string, number>
  readonly language: TokenPieces | undefined
  readonly affixCount: number
  readonly featureCount: number

  constructor(
    readonly json: TaggerVocabularyJson,
    private readonly settings: VocabularySettings,
  ) {
    const numbered = (list: readonly string[], first: number) =>
      new Map(list.map((item, k) => [item, k + first]))
    this.words = numbered(json.words, 1)
    this.characters = numbered(json.characters, firstCharacter)
    let next = 0
    const inOneTable = (lists: readonly (readonly string[])[], extra: number) => {
      next = 0
      return lists.map((list) => {
        const first = next + extra
        next = first + list.length
        return numbered(list, first)
      })
    }
    this.affixes = inOneTable(json.affixes, 0)
    this.affixCount = next
    this.features = inOneTable(json.features, 1) // the row before each list: unknown
    this.featureCount = next
    this.vectors = numbered(json.vectors?.words ?? [], 0)
    this.labelIds = numbered(json.labels, 0)
    this.language = json.language && new TokenPieces(json.language)
  }

  get labels(): readonly string[] {
    return this.json.labels
  }

  /** Rows of the word embedding; the first is the unknown word. */
  get wordCount(): number {
    return this.words.size + 1
  }

  get characterCount(): number {
    return this.characters.size + firstCharacter
  }

  get vectorCount(): number {
    return this.vectors.size
  }

  get vectorDimension(): number {
    return this.json.vectors?.dimension ?? 0
  }

  /** Values a token brings along: one for each further column. */
  get featureColumns(): number {
    return this.features.length
  }

  get casingCount(): number {
    return casingClasses.length
  }

  /** Affixes a word brings along. */
  get affixColumns(): number {
    return affixKinds
  }

  /** Whether training has seen the word (as it is looked up). */
  knows(word: string): boolean {
    return this.words.has(foldWord(word, this.settings))
  }

  /** The row of a word's pre-trained vector, as it is or in lower case; −1 without one. */
  vectorOf(word: string): number {
    if (this.vectors.size === 0) return -1
    return this.vectors.get(word) ?? this.vectors.get(word.toLowerCase()) ?? -1
  }

  entry(word: string): WordEntry {
    const folded = foldWord(word, this.settings)
    return {
      word: this.words.get(folded) ?? 0,
      vector: this.vectorOf(word),
      ...this.characterIds(word),
      casing: casingOf(word),
      affixes: this.affixIds(word),
      pieces: this.language?.of(word) ?? nothing,
    }
  }

  /** The row of a value of a further column. */
  feature(column: number, value: string): number {
    const list = this.features[column]!
    const found = list.get(value)
    if (found !== undefined) return found
    let unknown = 0
    for (let before = 0; before < column; before++) unknown += this.features[before]!.size + 1
    return unknown
  }

  /** Begin, letters, end; of a long word the first and the last letters. */
  private characterIds(word: string): { characters: Int32Array; letters: number } {
    const { maxCharacters, characters } = this.settings
    if (characters === 'none') return { characters: new Int32Array(0), letters: 0 }
    const ids = new Int32Array(maxCharacters).fill(-1)
    const letters = word.length <= maxCharacters - 2 ? [...word] : ends(word, maxCharacters - 2)
    ids[0] = wordBegin
    for (const [k, letter] of letters.entries()) ids[k + 1] = this.characters.get(letter) ?? unknownCharacter
    ids[letters.length + 1] = wordEnd
    return { characters: ids, letters: letters.length + 2 }
  }

  private affixIds(word: string): Int32Array {
    if (this.settings.affixes === 0) return new Int32Array(0)
    return Int32Array.from(affixesOf(word), (affix, kind) => this.affixes[kind]?.get(affix) ?? -1)
  }
}

/** The first and the last characters of a word, `count` in all. */
function ends(word: string, count: number): string[] {
  // Characters may be two units long; nothing beyond these units can be among the ends.
  const head = [...word.slice(0, 2 * count)]
  const tail = [...word.slice(-2 * count)]
  if (word.length <= 2 * count && head.length <= count) return head
  const before = Math.ceil(count / 2)
  return [...head.slice(0, before), ...tail.slice(tail.length - (count - before))]
}

/** Affixes of fewer different words teach nothing. */
const affixMinimum = 3

type BuildSettings = VocabularySettings & Pick<TaggerSettings, 'minCount' | 'maxVocabulary' | 'maxVectors'>

/** What training counts: the vocabulary, and how often each word was seen, by row of the word embedding. */
export function buildVocabulary(
  examples: readonly TaggerExample[],
  labels: readonly string[],
  settings: BuildSettings,
  vectors?: { readonly source: VectorSource; readonly also: readonly TaggerExample[] },
  language?: LanguageJson,
): { vocabulary: TaggerVocabulary; counts: Uint32Array } {
  const forms = new Map<string, number>()
  const columns: Map<string, number>[] = []
  for (const { tokens, features = [] } of examples) {
    for (const token of tokens) forms.set(token, (forms.get(token) ?? 0) + 1)
    for (const [column, values] of features.entries()) {
      columns[column] ??= new Map()
      for (const value of values) columns[column].set(value, (columns[column].get(value) ?? 0) + 1)
    }
  }
  const folded = new Map<string, number>()
  const characters = new Map<string, number>()
  const affixes = Array.from({ length: affixKinds }, () => new Map<string, number>())
  for (const [form, count] of forms) {
    const word = foldWord(form, settings)
    folded.set(word, (folded.get(word) ?? 0) + count)
    for (const character of new Set(form)) characters.set(character, (characters.get(character) ?? 0) + 1)
    if (settings.affixes === 0) continue
    for (const [kind, affix] of affixesOf(form).entries()) {
      if (affix !== '') affixes[kind]!.set(affix, (affixes[kind]!.get(affix) ?? 0) + 1)
    }
  }
  const words = frequent(folded, settings.minCount).slice(0, settings.maxVocabulary ?? folded.size)
  const json: TaggerVocabularyJson = {
    words,
    characters: settings.characters === 'none' ? [] : frequent(characters, 1),
    affixes: settings.affixes === 0 ? [] : affixes.map((kind) => frequent(kind, affixMinimum)),
    features: columns.map((column) => frequent(column, 1)),
    labels,
    ...(vectors && {
      vectors: {
        dimension: vectors.source.dimension,
        words: vectorWords(vectors.source, [forms.keys(), tokensOf(vectors.also)], settings.maxVectors),
      },
    }),
    ...(language && { language }),
  }
  const counts = Uint32Array.from([0, ...words.map((word) => folded.get(word)!)])
  return { vocabulary: new TaggerVocabulary(json, settings), counts }
}

/** Items seen at least so often, the most frequent first, ties in code unit order. */
function frequent(counts: ReadonlyMap<string, number>, minimum: number): string[] {
  return [...counts]
    .filter(([, count]) => count >= minimum)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([item]) => item)
}

function* tokensOf(examples: readonly TaggerExample[]): Iterable<string> {
  for (const { tokens } of examples) yield* tokens
}

/** The words of the data that have a vector, as they are found, and then the first others of the file. */
function vectorWords(source: VectorSource, tokens: readonly Iterable<string>[], more: number): string[] {
  const found = new Set<string>()
  for (const list of tokens) {
    for (const token of list) {
      const form = [token, token.toLowerCase()].find((word) => source.lookup(word) !== undefined)
      if (form !== undefined) found.add(form)
    }
  }
  let left = more
  for (const word of source.words()) {
    if (left === 0) break
    if (found.has(word)) continue
    found.add(word)
    left--
  }
  return [...found]
}
