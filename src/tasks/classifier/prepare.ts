import { resolve } from '../../options.js'
import type { PretrainedEncoder } from '../pretrained-encoder.js'
import { buildFeatures, countPieces, type PieceCounts } from './build-features.js'
import {
  checkClassWeights,
  checkSettings,
  chooseSettings,
  chooseVocabulary,
  stepsRead,
  type TextSizes,
} from './choose.js'
import { type ClassifierExample, type ExampleCounts, splitExamples } from './examples.js'
import { settingsFrom } from './from-encoders.js'
import { PieceReader } from './piece-reader.js'
import {
  type ClassifierOptions,
  type ClassifierSettings,
  classifierFields,
  readClassWeights,
} from './settings.js'
import type { TextFeatures } from './text-features.js'
import type { TrainingText } from './training-batches.js'
import { hasTags } from './words.js'

/** Examples as the network reads them, with everything chosen. */
export interface PreparedExamples {
  readonly settings: ClassifierSettings
  readonly features: TextFeatures
  /** Sorted. */
  readonly labels: readonly string[]
  readonly train: readonly TrainingText[]
  readonly valid: readonly TrainingText[]
  /** The same as they were given. */
  readonly trainExamples: readonly ClassifierExample[]
  readonly validExamples: readonly ClassifierExample[]
  /** How much an example of each label counts. */
  readonly labelWeights: Float32Array
  readonly counts: ExampleCounts & {
    /** Words (characters) of the training part that are read, of them unknown ones, and those not read for `maxLength`. */
    readonly pieces: number
    readonly unknown: number
    readonly left: number
    /** Texts that are longer than `maxLength`. */
    readonly longer: number
  }
  /** Of texts and labels, to tell whether a checkpoint belongs to them. */
  readonly fingerprint: string
}

export interface PrepareOptions {
  readonly valid?: readonly ClassifierExample[] | undefined
  readonly signal?: AbortSignal | undefined
  /** Language models to begin with. */
  readonly from?: readonly PretrainedEncoder[] | undefined
}

/**
 * Splits the examples, makes the vocabulary, chooses settings and turns texts into ids. Throws `option`, `one-label`,
 * `labels`, `empty-data`.
 */
export function prepareExamples(
  examples: readonly ClassifierExample[],
  options: ClassifierOptions,
  { valid, signal, from = [] }: PrepareOptions = {},
): PreparedExamples {
  const given = settingsFrom(resolve('classifier', classifierFields, options), options, from)
  checkSettings(given, valid !== undefined)
  const split = splitExamples(examples, valid, given)
  checkClassWeights(given, split.labels)
  signal?.throwIfAborted()
  const stripTags = given.stripTags ?? looksLikeHtml(split.train)
  const reader = new PieceReader({ ...given, stripTags })
  const read = ({ text }: ClassifierExample) => reader.read(text)
  const trainPieces = split.train.map(read)
  // What is not read must not choose: one text of a hundred megabytes among short ones would otherwise.
  const piecesRead = trainPieces.map((pieces) => pieces.subarray(0, stepsRead(given)))
  const counted = countPieces(reader, piecesRead, given.unit === 'word' && given.lowercase)
  const lengths = piecesRead.map(({ length }) => length)
  const sizes = measure(counted, lengths, split.labels.length)
  const vocabulary = { ...chooseVocabulary(given, sizes), stripTags, multiLabel: split.multiLabel }
  const settings = chooseSettings(given, sizes, vocabulary, from.length > 0)
  signal?.throwIfAborted()
  const words = from[0]?.tokenizer.vocabulary.tokens
  const features = buildFeatures(settings, counted, reader, piecesRead, settings, words)
  const numbers = new Map(split.labels.map((label, number) => [label, number]))
  const encode = (pieces: Int32Array, { labels }: ClassifierExample): TrainingText => ({
    text: features.encodeNumbers(pieces),
    labels: [...new Set(labels)].map((label) => numbers.get(label)!),
  })
  const train = split.train.map((example, index) => encode(trainPieces[index]!, example))
  signal?.throwIfAborted()
  return {
    settings,
    features,
    labels: split.labels,
    train,
    valid: split.valid.map((example) => encode(read(example), example)),
    trainExamples: split.train,
    validExamples: split.valid,
    labelWeights: weighLabels(settings, split.labels, split.counts),
    counts: {
      ...split.counts,
      pieces: counted.pieces,
      unknown: train.reduce((sum, { text }) => sum + text.unknown, 0),
      left: train.reduce((sum, { text }) => sum + text.left, 0),
      longer: train.filter(({ text }) => text.left > 0).length,
    },
    fingerprint: fingerprintOf(split.train, split.valid),
  }
}

/** Of the texts one of a hundred has tags or entities. */
function looksLikeHtml(examples: readonly ClassifierExample[]): boolean {
  const some = examples.filter((_, index) => index % Math.ceil(examples.length / 2000) === 0)
  return some.filter(({ text }) => hasTags(text)).length * 100 > some.length
}

function measure(counted: PieceCounts, lengths: number[], labels: number): TextSizes {
  const sorted = Int32Array.from(lengths).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  return {
    examples: lengths.length,
    pieces: counted.pieces,
    upper: counted.upper / Math.max(1, counted.pieces),
    labels,
    median: at(0.5),
    most: at(0.95),
    longest: Math.max(1, at(1)),
  }
}

function weighLabels(
  { classWeights, multiLabel }: ClassifierSettings,
  labels: readonly string[],
  { labels: counts, train }: ExampleCounts,
): Float32Array {
  const given = readClassWeights(classWeights)
  return Float32Array.from(labels, (label, k) => {
    if (classWeights === 'none') return 1
    if (classWeights !== 'balanced') return given?.get(label) ?? 1
    const { count } = counts[k]!
    return multiLabel ? Math.max(1, (train - count) / count) : train / (labels.length * count)
  })
}

/** 53 bits of two FNV-1a hashes over texts and labels in their order. */
function fingerprintOf(...parts: readonly (readonly ClassifierExample[])[]): string {
  let [low, high] = [0x811c9dc5, 0x9747b28c]
  const add = (text: string) => {
    for (let k = 0; k <= text.length; k++) {
      const code = k < text.length ? text.charCodeAt(k) : 0xffff
      low = Math.imul(low ^ code, 0x01000193)
      high = Math.imul(high ^ code, 0x5bd1e995)
    }
  }
  for (const part of parts) {
    for (const { text, labels } of part) {
      add(text)
      for (const label of labels) add(label)
    }
    add('|')
  }
  return `${(low >>> 0).toString(16)}-${(high >>> 0).toString(16)}`
}
