import { expectRecord, expectStrings } from '../../text/json-checks.js'
import { PieceReader } from './piece-reader.js'
import type { ClassifierSettings } from './settings.js'
import { caseOf, shapeOf, subwordsOf } from './words.js'

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
/** Different pieces remembered before the reader begins anew. */
const mostPieces = 300_000

/** Texts to ids: the vocabulary of a model. Fixed once built, saved inside the model. */
export class TextFeatures {
  private readonly rows: ReadonlyMap<string, number>
  private readonly pairRows: ReadonlyMap<number, number>
  /** What is known of each piece of the reader, by number. */
  private known: KnownPiece[] = []

  constructor(
    readonly settings: FeatureSettings,
    /** Words by row; the first is `<unk>`. */
    readonly words: readonly string[],
    /** Known pairs in the order of their rows, which begin at 1: row before · number of words + row. */
    readonly pairs: readonly number[],
    /** Has read texts with these settings before. */
    private reader: PieceReader = new PieceReader(settings),
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
    return this.reader.piecesOf(text)
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
    if (this.reader.pieces.length > mostPieces) {
      this.reader = new PieceReader(this.settings)
      this.known = []
    }
    return this.encodeNumbers(this.reader.read(text))
  }

  /** The same for a text that the reader has read. */
  encodeNumbers(all: Int32Array): EncodedText {
    const { maxLength, caseInput, subwords } = this.settings
    const pieces =
      all.length === 0 ? [nothing] : Array.from(all.subarray(0, maxLength), (number) => this.pieceAt(number))
    const words = Int32Array.from(pieces, ({ row }) => row)
    let unknown = 0
    if (all.length > 0) for (const row of words) if (row === 0) unknown++
    const encoded = {
      words,
      ...(this.pairs.length > 0 && { pairs: this.pairsOf(words) }),
      ...(caseInput && { cases: Uint8Array.from(pieces, ({ written }) => written) }),
      left: Math.max(0, all.length - maxLength),
      unknown,
    }
    if (subwords === 0) return encoded
    const letters = new Int32Array(pieces.length * subwordsPerWord).fill(-1)
    for (const [t, piece] of pieces.entries()) letters.set(piece.subwords, t * subwordsPerWord)
    return { ...encoded, subwords: letters }
  }

  private pieceAt(number: number): KnownPiece {
    let known = this.known[number]
    if (!known) {
      const { lowercase, subwords, caseInput } = this.settings
      const piece = this.reader.pieces[number]!
      const word = lowercase ? piece.toLowerCase() : piece
      known = {
        row: this.rowOf(piece),
        written: caseInput ? caseOf(piece) : 0,
        subwords: subwords > 0 ? subwordsOf(word, subwords, subwordsPerWord) : [],
      }
      this.known[number] = known
    }
    return known
  }

  private pairsOf(words: Int32Array): Int32Array {
    return words.map((word, t) =>
      t === 0 ? 0 : (this.pairRows.get(words[t - 1]! * this.words.length + word) ?? 0),
    )
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

/** A piece as the network reads it. */
interface KnownPiece {
  readonly row: number
  readonly written: number
  readonly subwords: readonly number[]
}

const nothing: KnownPiece = { row: 0, written: 0, subwords: [] }
