import { RandomStream } from '../../random.js'
import type { BatchSource, JsonValue } from '../../training/index.js'
import type { BatchShape } from './network.js'
import { noSteps, type PieceSteps, pieceSteps } from './piece-steps.js'
import type { TaggerSettings } from './settings.js'
import type { TaggerVocabulary, WordEntry } from './vocabulary.js'

/** A sentence as the network reads it. */
export interface TokenizedSentence {
  readonly tokens: readonly string[]
  /** One list a further column, each with one value a token. */
  readonly features?: readonly (readonly string[])[] | undefined
}

/** Sentences as arrays of one shape; places behind the end of a sentence hold −1. */
export interface TaggerBatch extends BatchShape, PieceSteps {
  /** Which sentences these are, in the order of the rows; rows behind them are empty. */
  readonly sentences: readonly number[]
  readonly tokens: number
  /** [N, T], into the words of the batch. */
  readonly places: Int32Array
  readonly lengths: Int32Array
  /** [W, …], of the words of the batch. */
  readonly words: Int32Array
  readonly vectors: Int32Array
  readonly characters: Int32Array
  readonly letters: Int32Array
  readonly casing: Int32Array
  readonly affixes: Int32Array
  /** [N, T, columns]. */
  readonly features: Int32Array
}

/** Lengths that programs are made for, so that there are few of them. */
export function roundedLength(length: number): number {
  const step = length <= 32 ? 4 : length <= 64 ? 8 : length <= 128 ? 16 : 32
  return Math.max(4, Math.ceil(length / step) * step)
}

/** Numbers of different words that programs are made for: ⅜, ½, ¾ or all of the places. */
function roundedWords(words: number, places: number): number {
  const fits = [3 / 8, 1 / 2, 3 / 4].map((share) => Math.ceil((places * share) / 8) * 8)
  return fits.find((count) => words <= count) ?? places
}

/** Turns sentences into batches. What it has found out of a word it keeps, up to a limit. */
export class SentenceEncoder {
  private readonly known = new Map<string, WordEntry>()

  constructor(
    private readonly vocabulary: TaggerVocabulary,
    private readonly settings: Pick<TaggerSettings, 'maxCharacters' | 'characters'>,
    private readonly capacity = 200_000,
  ) {}

  /** `hide`: whether the word with this row of the word embedding is to look unknown in this batch. */
  encode(
    all: readonly TokenizedSentence[],
    sentences: readonly number[],
    rows: number,
    length: number,
    hide: (word: number) => boolean = () => false,
  ): TaggerBatch {
    const [N, T] = [rows, length]
    const columns = this.vocabulary.featureColumns
    const places = new Int32Array(N * T).fill(-1)
    const lengths = new Int32Array(N)
    const features = new Int32Array(N * T * columns).fill(-1)
    const numbers = new Map<string, number>()
    const entries: WordEntry[] = []
    let count = 0
    for (const [row, index] of sentences.entries()) {
      const { tokens, features: values } = all[index]!
      lengths[row] = tokens.length
      count += tokens.length
      for (const [at, token] of tokens.entries()) {
        let number = numbers.get(token)
        if (number === undefined) {
          number = entries.length
          numbers.set(token, number)
          entries.push(this.entry(token))
        }
        places[row * T + at] = number
        for (let column = 0; column < columns; column++) {
          features[(row * T + at) * columns + column] = this.vocabulary.feature(
            column,
            values?.[column]?.[at] ?? '',
          )
        }
      }
    }
    const { language } = this.vocabulary
    const pieces = ({ tokens }: TokenizedSentence) =>
      tokens.map((token) => entries[numbers.get(token)!]!.pieces)
    const steps = language
      ? pieceSteps(
          sentences.map((index) => pieces(all[index]!)),
          N,
          T,
          language.lineEnd,
        )
      : noSteps
    const W = roundedWords(entries.length, N * T)
    const { characters, maxCharacters } = this.settings
    const C = characters === 'none' ? 0 : maxCharacters
    const K = entries[0]?.affixes.length ?? 0
    const none = (size: number) => new Int32Array(size).fill(-1)
    const batch = {
      N,
      T,
      W,
      ...steps,
      sentences,
      tokens: count,
      places,
      lengths,
      features,
      words: none(W),
      vectors: none(W),
      casing: none(W),
      letters: new Int32Array(W),
      characters: none(W * C),
      affixes: none(W * K),
    }
    for (const [k, entry] of entries.entries()) {
      batch.words[k] = hide(entry.word) ? 0 : entry.word
      batch.vectors[k] = entry.vector
      batch.casing[k] = entry.casing
      batch.letters[k] = entry.letters
      batch.characters.set(entry.characters, k * C)
      batch.affixes.set(entry.affixes, k * K)
    }
    return batch
  }

  private entry(token: string): WordEntry {
    let entry = this.known.get(token)
    if (!entry) {
      entry = this.vocabulary.entry(token)
      if (this.known.size >= this.capacity) this.known.clear()
      this.known.set(token, entry)
    }
    return entry
  }
}

/** A sentence with the numbers of its labels. */
export interface LabelledSentence extends TokenizedSentence {
  readonly labels: Int32Array
}

/** A training batch. */
export interface LabelledBatch extends TaggerBatch {
  /** [N, T]. */
  readonly targets: Int32Array
}

interface BatchSettings {
  readonly batch: number
  readonly seed: number
  readonly wordDropout: number
}

/**
 * Batches of sentences of nearly one length, drawn anew for each epoch: the order of sentences of a length and that of
 * the batches. Words are hidden by draws of their own for each batch.
 */
export class TaggerBatches implements BatchSource<LabelledBatch> {
  readonly stepsPerEpoch: number
  private plan: { sentences: number[]; length: number }[] = []
  private epoch = 0
  private at = 0

  constructor(
    private readonly sentences: readonly LabelledSentence[],
    private readonly encoder: SentenceEncoder,
    private readonly settings: BatchSettings,
    /** How often each word was seen, by row of the word embedding. */
    private readonly counts: Uint32Array,
  ) {
    this.startEpoch(0)
    this.stepsPerEpoch = this.plan.length
  }

  startEpoch(epoch: number): void {
    const { batch, seed } = this.settings
    this.epoch = epoch
    this.at = 0
    this.plan = []
    const random = new RandomStream(seed, `order of epoch ${epoch}`)
    const byLength = new Map<number, number[]>()
    for (const index of random.permutation(this.sentences.length)) {
      const length = roundedLength(this.sentences[index]!.tokens.length)
      const group = byLength.get(length)
      if (group) group.push(index)
      else byLength.set(length, [index])
    }
    // What is left over of a length goes with the next longer ones.
    let left: number[] = []
    const lengths = [...byLength.keys()].sort((a, b) => a - b)
    for (const length of lengths) {
      const group = [...left, ...byLength.get(length)!]
      const whole = Math.floor(group.length / batch) * batch
      for (let begin = 0; begin < whole; begin += batch) {
        this.plan.push({ sentences: group.slice(begin, begin + batch), length })
      }
      left = group.slice(whole)
    }
    if (left.length > 0) this.plan.push({ sentences: left, length: lengths.at(-1)! })
    this.plan = Array.from(random.permutation(this.plan.length), (k) => this.plan[k]!)
  }

  next(): LabelledBatch | undefined {
    const planned = this.plan[this.at]
    if (!planned) return undefined
    const { sentences, length } = planned
    const { batch, seed, wordDropout } = this.settings
    const random = new RandomStream(seed, `hidden words of batch ${this.at} in epoch ${this.epoch}`)
    this.at++
    const hide = (word: number) =>
      word > 0 && wordDropout > 0 && random.uniform() < wordDropout / (wordDropout + this.counts[word]!)
    const encoded = this.encoder.encode(this.sentences, sentences, batch, length, hide)
    const targets = new Int32Array(batch * length).fill(-1)
    for (const [row, index] of sentences.entries()) targets.set(this.sentences[index]!.labels, row * length)
    return { ...encoded, targets }
  }

  position(): JsonValue {
    return this.at
  }

  seek(position: JsonValue): void {
    this.at = position as number
  }
}
