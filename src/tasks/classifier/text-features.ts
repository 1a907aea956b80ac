import { expectRecord, expectStrings } from '../../text/json-checks.js'
import type { ClassifierSettings } from './settings.js'
import { caseOf, shapeOf, splitText, subwordsOf } from './words.js'

/** The settings that say how a text becomes ids. */
export type FeatureSettings = Pick<
  ClassifierSettings,
  'unit' | 'lowercase' | 'split' | 'caseInput' | 'stripTags' | 'subwords' | 'maxLength'
>

/** A text as the network reads it; T steps. */
export interface EncodedText {
  /** Rows of the word table, 0 = unknown; [T]. */
  readonly words: Int32Array
  /** Rows of the table of pairs: the word and the one before it, 0 = none of the known ones; [T]. Absent without pairs. */
  readonly pairs?: Int32Array
  /** Places in `caseNames`; [T]. Absent when not an input. */
  readonly cases?: Uint8Array
  /** Rows of the table of subwords, −1 = none; [T, subwordsPerWord]. Absent without subwords. */
  readonly subwords?: Int32Array
  /** Steps that were not read. */
  readonly left: number
  /** Words the vocabulary does not have. */
  readonly unknown: number
}

/** Row 0 of the word table. */
export const unknownWord = '<unk>'
/** Subwords of a word that count; of longer words the first ones. */
export const subwordsPerWord = 16

/** Texts to ids: the vocabulary of a model. Fixed once built, saved inside the model. */
export class TextFeatures {
  private readonly rows: ReadonlyMap<string, number>
  private readonly pairRows: ReadonlyMap<number, number>

  constructor(
    readonly settings: FeatureSettings,
    /** Words by row; the first is `<unk>`. */
    readonly words: readonly string[],
    /** Known pairs in the order of their rows, which begin at 1: row before · number of words + row. */
    readonly pairs: readonly number[],
  ) {
    this.rows = new Map(words.map((word, row) => [word, row]))
    this.pairRows = new Map(pairs.map((pair, index) => [pair, index + 1]))
  }

  /** Rows of the word table. */
  get wordRows(): number {
    return this.words.length
  }

  /** Rows of the table of pairs; 0 = no such table. */
  get pairTableRows(): number {
    return this.pairs.length === 0 ? 0 : this.pairs.length + 1
  }

  /** The pieces a text is cut into, as they are written. */
  split(text: string): string[] {
    return splitText(text, this.settings)
  }

  /** The row of a piece; 0 when the vocabulary does not have it. */
  rowOf(piece: string): number {
    const word = this.settings.lowercase ? piece.toLowerCase() : piece
    const row = this.rows.get(word)
    if (row !== undefined) return row
    const shape = this.settings.unit === 'word' ? shapeOf(word) : undefined
    return shape === undefined ? 0 : (this.rows.get(shape) ?? 0)
  }

  /** The ids of a text; one without any piece gives one unknown word, so that there is a step to read. */
  encode(text: string): EncodedText {
    return this.encodePieces(this.split(text))
  }

  encodePieces(all: readonly string[]): EncodedText {
    const { maxLength, caseInput, subwords, lowercase } = this.settings
    const pieces = all.length === 0 ? [unknownWord] : all.slice(0, maxLength)
    const words = Int32Array.from(pieces, (piece) => this.rowOf(piece))
    let unknown = 0
    if (all.length > 0) for (const row of words) if (row === 0) unknown++
    return {
      words,
      ...(this.pairs.length > 0 && { pairs: this.pairsOf(words) }),
      ...(caseInput && { cases: Uint8Array.from(pieces, caseOf) }),
      ...(subwords > 0 && {
        subwords: this.subwordsOfAll(lowercase ? pieces.map((piece) => piece.toLowerCase()) : pieces),
      }),
      left: Math.max(0, all.length - maxLength),
      unknown,
    }
  }

  private pairsOf(words: Int32Array): Int32Array {
    return words.map((word, t) =>
      t === 0 ? 0 : (this.pairRows.get(words[t - 1]! * this.words.length + word) ?? 0),
    )
  }

  private subwordsOfAll(pieces: readonly string[]): Int32Array {
    const all = new Int32Array(pieces.length * subwordsPerWord).fill(-1)
    for (const [t, piece] of pieces.entries())
      all.set(subwordsOf(piece, this.settings.subwords, subwordsPerWord), t * subwordsPerWord)
    return all
  }

  toJSON() {
    return { version: 1, words: this.words, pairs: this.pairs }
  }

  /** Throws when `json` is not what `toJSON` gave. */
  static fromJSON(settings: FeatureSettings, json: unknown): TextFeatures {
    const { version, words, pairs } = expectRecord(json, 'vocabulary')
    const known = expectStrings(words, 'vocabulary.words')
    const isPair = (pair: unknown) => Number.isSafeInteger(pair) && (pair as number) >= 0
    if (version !== 1 || known[0] !== unknownWord || new Set(known).size !== known.length)
      throw new Error('the vocabulary is not one')
    if (!Array.isArray(pairs) || !pairs.every(isPair)) throw new Error('the pairs of words are not such')
    return new TextFeatures(settings, known, pairs as number[])
  }
}
