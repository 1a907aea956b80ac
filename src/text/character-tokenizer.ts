import { RepriseError } from '../errors.js'
import type { IdBuffer } from './id-buffer.js'
import { expectOneOf, expectRecord } from './json-checks.js'
import { checkNormalizeOptions, type NormalizeOptions, TextPipeline } from './normalize.js'
import { decodeWhole, encodeWhole, joinIds, type Segmenter, TextEncoding } from './text-encoder.js'
import type {
  EncodedText,
  StreamingDecoder,
  StreamingEncoder,
  Tokenizer,
  TokenizerBuilder,
  TokenizerJSON,
} from './tokenizer.js'
import {
  buildVocabulary,
  checkVocabularyOptions,
  endToken,
  unknownToken,
  Vocabulary,
  type VocabularyOptions,
} from './vocabulary.js'

export interface CharacterTokenizerOptions extends VocabularyOptions {
  readonly normalize?: NormalizeOptions
  /** Have `<unk>` for characters left out or never seen. Without it they are an error. Default true. */
  readonly unknown?: boolean
  /** Have `<eos>`, put after each `encodeLine` (a file's line end is an ordinary character). Default false. */
  readonly end?: boolean
}

const noId = -1

/** Each Unicode code point is a token; a line end is one too. CR LF counts as one line end unless told otherwise. */
export class CharacterTokenizer implements Tokenizer {
  readonly kind = 'character'
  readonly lineEndId = undefined
  /** Ids of code points below 65 536, −1 where the vocabulary has none; the others are in `rare`. */
  private readonly table = new Int32Array(1 << 16).fill(noId)
  private readonly rare = new Map<number, number>()

  constructor(
    readonly vocabulary: Vocabulary,
    readonly normalize: NormalizeOptions = {},
  ) {
    for (const [id, token] of vocabulary.tokens.entries()) {
      if (vocabulary.isSpecial(id)) continue
      const codePoint = token.codePointAt(0)
      if (codePoint === undefined || token.length !== (codePoint > 0xffff ? 2 : 1)) {
        throw new RepriseError(
          'bad-vocabulary',
          `character vocabulary: ${JSON.stringify(token)} is not one character.`,
        )
      }
      if (codePoint < this.table.length) this.table[codePoint] = id
      else this.rare.set(codePoint, id)
    }
  }

  encode(text: string): Int32Array {
    return this.encodeWithCounts(text).ids
  }

  encodeWithCounts(text: string): EncodedText {
    return encodeWhole(this.encoder(), text)
  }

  encodeLine(line: string): Int32Array {
    const ids = this.encode(line)
    const { endId } = this.vocabulary
    return endId === undefined ? ids : joinIds([ids, [endId]])
  }

  encodePrompt(text: string): Int32Array {
    return this.encode(text)
  }

  decode(ids: ArrayLike<number>): string {
    return decodeWhole(this.decoder(), ids)
  }

  encoder(name?: string): StreamingEncoder {
    const { unknownId = noId } = this.vocabulary
    return new TextEncoding(new CharacterSegmenter(this.table, this.rare, unknownId), this.normalize, name)
  }

  /** `<unk>` is written as U+FFFD, the replacement character, and `<eos>` as a line end. */
  decoder(): StreamingDecoder {
    const { vocabulary } = this
    return {
      push: (id) => {
        if (!vocabulary.isSpecial(id)) return vocabulary.tokenOf(id)
        return id === vocabulary.endId ? '\n' : '\ufffd'
      },
      end: () => '',
    }
  }

  toJSON(): TokenizerJSON {
    return { kind: this.kind, version: 1, normalize: this.normalize, vocabulary: this.vocabulary.toJSON() }
  }

  static fromJSON(value: unknown): CharacterTokenizer {
    const json = expectRecord(value, 'tokenizer')
    expectOneOf(json.version, [1], 'version')
    return new CharacterTokenizer(Vocabulary.fromJSON(json.vocabulary), checkNormalizeOptions(json.normalize))
  }

  /** Makes a tokenizer from a text. Ids: specials, then by count, then by code point. */
  static builder(options: CharacterTokenizerOptions = {}, name?: string): TokenizerBuilder {
    return new CharacterTokenizerBuilder(options, name)
  }
}

class CharacterSegmenter implements Segmenter {
  unknown = 0

  constructor(
    private readonly table: Int32Array,
    private readonly rare: ReadonlyMap<number, number>,
    private readonly unknownId: number,
  ) {}

  push(block: Uint32Array, length: number, out: IdBuffer): void {
    out.reserve(length)
    const { table, unknownId } = this
    const { data } = out
    let n = out.length
    for (let i = 0; i < length; i++) {
      const codePoint = block[i]!
      let id = codePoint < 65536 ? table[codePoint]! : (this.rare.get(codePoint) ?? noId)
      if (id === noId) {
        if (unknownId === noId) throw unknownCharacter(codePoint)
        id = unknownId
        this.unknown++
      }
      data[n++] = id
    }
    out.length = n
  }

  endDocument(): void {}
}

class CharacterTokenizerBuilder implements TokenizerBuilder {
  private readonly counts = new Float64Array(1 << 16)
  private readonly rare = new Map<number, number>()
  private readonly pipeline: TextPipeline
  private readonly normalize: NormalizeOptions
  private readonly specials: readonly string[]

  constructor(
    private readonly options: CharacterTokenizerOptions,
    name?: string,
  ) {
    const { unknown = true, end = false } = options
    this.specials = [...(unknown ? [unknownToken] : []), ...(end ? [endToken] : [])]
    const { minimumCount, maximumSize } = checkVocabularyOptions(options, this.specials.length)
    if (!unknown && (minimumCount > 1 || maximumSize !== Number.POSITIVE_INFINITY)) {
      throw new RepriseError(
        'option',
        'a character vocabulary with a minimum count or maximum size needs <unk> for what is left out.',
      )
    }
    this.normalize = checkNormalizeOptions(options.normalize ?? {})
    this.pipeline = new TextPipeline((block, length) => this.count(block, length), this.normalize, name)
  }

  get characters(): number {
    return this.pipeline.characters
  }

  push(chunk: Uint8Array | string): void {
    this.pipeline.push(chunk)
  }

  endDocument(nextName?: string): void {
    this.pipeline.endDocument(nextName)
  }

  build(): CharacterTokenizer {
    const counted: [number, number][] = [...this.rare]
    for (let codePoint = 0; codePoint < this.counts.length; codePoint++) {
      const count = this.counts[codePoint]!
      if (count > 0) counted.push([codePoint, count])
    }
    counted.sort((a, b) => a[0] - b[0])
    const tokens = counted.map(([codePoint, count]) => [String.fromCodePoint(codePoint), count] as const)
    return new CharacterTokenizer(buildVocabulary(tokens, this.specials, this.options), this.normalize)
  }

  private count(block: Uint32Array, length: number): void {
    const { counts } = this
    for (let i = 0; i < length; i++) {
      const codePoint = block[i]!
      if (codePoint < 65536) counts[codePoint] = counts[codePoint]! + 1
      else this.rare.set(codePoint, (this.rare.get(codePoint) ?? 0) + 1)
    }
  }
}

function unknownCharacter(codePoint: number): RepriseError {
  const code = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
  return new RepriseError(
    'unknown-token',
    `the character ${JSON.stringify(String.fromCodePoint(codePoint))} (${code}) is not in the vocabulary, ` +
      'which has no <unk>. Leave it out, or train with <unk>.',
  )
}
