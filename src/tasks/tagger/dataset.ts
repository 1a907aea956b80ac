import { RepriseError } from '../../errors.js'
import { RandomStream } from '../../random.js'
import type { LabelledSentence } from './batches.js'
import { LabelScheme, labelsOf } from './labels.js'
import { type TaggerNote, understandTags } from './notes.js'
import { sentenceText, tellingLength } from './seen-sentences.js'
import type { TaggerSettings } from './settings.js'
import type { TagScheme } from './tag-scheme.js'
import type { LanguageJson } from './token-pieces.js'
import {
  buildVocabulary,
  type TaggerExample,
  type TaggerVocabulary,
  type VectorSource,
} from './vocabulary.js'

/** Sentences to train on and to validate with, before anything is chosen. */
export interface TaggerData {
  readonly train: readonly TaggerExample[]
  /** Held out; absent when the split is 0 and there is no validation data. */
  readonly valid: readonly TaggerExample[] | undefined
  readonly scheme: TagScheme
  readonly tokens: number
  readonly notes: readonly TaggerNote[]
  /** Of all sentences, so that a checkpoint is not resumed with others. */
  readonly fingerprint: string
}

/**
 * Checks sentences, holds a part of them out and finds out how the tags stand for spans. Throws `empty-data` when there
 * are none, `missing-column` for further columns that are not there, `one-label` when all tokens have the same tag.
 */
export function prepareTaggerData(
  examples: readonly TaggerExample[],
  valid: readonly TaggerExample[] | undefined,
  settings: { readonly validSplit: number; readonly seed: number; readonly features: readonly number[] },
): TaggerData {
  const notes: TaggerNote[] = []
  const usable = withTokens(examples, 'training data', settings.features, notes)
  const given = valid && withTokens(valid, 'validation data', settings.features, notes)
  const { scheme, notes: illegal } = understandTags(usable)
  notes.push(...illegal)
  const tags = new Set(usable.flatMap((sentence) => sentence.tags))
  if (tags.size < 2) {
    throw new RepriseError(
      'one-label',
      `all tokens of the training data have the tag "${[...tags][0]}", so that there is nothing to learn. Is this the right column?`,
    )
  }
  const split = given ? { train: usable, valid: given } : holdOut(usable, settings)
  if (split.valid) {
    const shared = sharedSentences(split.train, split.valid)
    if (shared.count > 0)
      notes.push({ what: 'validation sentences that are in the training part too', ...shared })
  }
  return {
    ...split,
    scheme,
    tokens: split.train.reduce((sum, { tokens }) => sum + tokens.length, 0),
    notes,
    fingerprint: fingerprint([split.train, split.valid ?? []]),
  }
}

function withTokens(
  examples: readonly TaggerExample[],
  name: string,
  features: readonly number[],
  notes: TaggerNote[],
): readonly TaggerExample[] {
  const usable = examples.filter(({ tokens }) => tokens.length > 0)
  if (usable.length === 0) {
    throw new RepriseError(
      'empty-data',
      `the ${name} has no sentences. Give tagged sentences, each with at least one token.`,
    )
  }
  for (const { tokens, tags, features: columns = [], place } of usable) {
    const where = place === undefined ? '' : ` (${place})`
    const lists: [string, readonly string[]][] = [['tags', tags]]
    for (const [k, list] of columns.entries()) lists.push([`values of column ${features[k] ?? k + 1}`, list])
    for (const [what, list] of lists) {
      if (list.length === tokens.length) continue
      throw new RepriseError(
        'shape',
        `a sentence of the ${name}${where} has ${tokens.length} tokens and ${list.length} ${what}; every token needs one.`,
      )
    }
    if (columns.length !== features.length) {
      throw new RepriseError(
        'missing-column',
        `a sentence of the ${name}${where} has ${columns.length} further columns, and \`features\` names ${features.length}.`,
      )
    }
  }
  if (usable.length < examples.length) {
    notes.push({
      what: `sentences of the ${name} without tokens, left out`,
      count: examples.length - usable.length,
    })
  }
  return usable
}

function holdOut(
  examples: readonly TaggerExample[],
  { validSplit, seed }: { readonly validSplit: number; readonly seed: number },
): Pick<TaggerData, 'train' | 'valid'> {
  if (validSplit === 0) return { train: examples, valid: undefined }
  if (examples.length < 2) {
    throw new RepriseError(
      'too-short',
      'one sentence is too little to hold out some for validation. Give more sentences, validation data (`valid`), or `validSplit` 0.',
    )
  }
  const count = Math.min(examples.length - 1, Math.max(1, Math.round(examples.length * validSplit)))
  const drawn = new RandomStream(seed, 'held-out sentences').permutation(examples.length)
  const held = new Set(drawn.subarray(0, count))
  return {
    train: examples.filter((_, index) => !held.has(index)),
    valid: examples.filter((_, index) => held.has(index)),
  }
}

function sharedSentences(train: readonly TaggerExample[], valid: readonly TaggerExample[]) {
  const known = new Set(train.filter(({ tokens }) => tokens.length >= tellingLength).map(sentenceText))
  const shared = valid.filter((sentence) => known.has(sentenceText(sentence)))
  return { count: shared.length, ...(shared[0] && { example: sentenceText(shared[0]).slice(0, 80) }) }
}

/** Everything made of the data that the network is built from. */
export interface TaggerCorpus {
  readonly vocabulary: TaggerVocabulary
  /** How often each word was seen, by row of the word embedding. */
  readonly counts: Uint32Array
  readonly scheme: LabelScheme
  readonly train: readonly LabelledSentence[]
  readonly notes: readonly TaggerNote[]
}

/** The vocabulary, and the training sentences with labels as numbers; long ones cut. */
export function buildTaggerCorpus(
  data: TaggerData,
  settings: TaggerSettings,
  vectors?: VectorSource,
  language?: LanguageJson,
): TaggerCorpus {
  const scheme = new LabelScheme(data.scheme, settings.scheme)
  const labels = labelsOf(data.train, scheme)
  const { vocabulary, counts } = buildVocabulary(
    data.train,
    labels,
    settings,
    vectors && { source: vectors, also: data.valid ?? [] },
    language,
  )
  let cut = 0
  const train = data.train.flatMap((example): LabelledSentence[] => {
    const ids = Int32Array.from(scheme.toLabels(example.tags), (label) => vocabulary.labelIds.get(label)!)
    const { tokens, features } = example
    if (tokens.length <= settings.maxLength) return [{ tokens, features, labels: ids }]
    cut++
    const parts = Math.ceil(tokens.length / settings.maxLength)
    return Array.from({ length: parts }, (_, k) => {
      const [begin, end] = [k, k + 1].map((part) => Math.round((part * tokens.length) / parts)) as [
        number,
        number,
      ]
      return {
        tokens: tokens.slice(begin, end),
        features: features?.map((column) => column.slice(begin, end)),
        labels: ids.slice(begin, end),
      }
    })
  })
  const notes =
    cut === 0
      ? []
      : [{ what: `sentences of more than ${settings.maxLength} tokens, cut for training`, count: cut }]
  return { vocabulary, counts, scheme, train, notes }
}

function fingerprint(parts: readonly (readonly TaggerExample[])[]): string {
  const texts = function* () {
    for (const part of parts) {
      yield `${part.length}`
      for (const { tokens, tags, features = [] } of part)
        for (const list of [tokens, tags, ...features]) yield list.join('\n')
    }
  }
  return hashOf(texts())
}

/** 64 bits of FNV-1a over texts in their order. */
export function hashOf(texts: Iterable<string>): string {
  let low = 0x811c9dc5 | 0
  let high = 0x9747b28c | 0
  for (const text of texts) {
    for (let k = 0; k <= text.length; k++) {
      const value = k < text.length ? text.charCodeAt(k) : 0x10000
      low = Math.imul(low ^ value, 0x01000193)
      high = Math.imul(high ^ (value + 0x9e37), 0x85ebca6b)
    }
  }
  return [high, low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}
