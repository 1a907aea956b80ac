import { RepriseError } from '../errors.js'
import { expectRecord, expectStrings } from './json-checks.js'

/** Stands for every token the vocabulary does not have. */
export const unknownToken = '<unk>'
/** Ends a sentence (a line, for words). */
export const endToken = '<eos>'

/** The tokens of a model and their ids `0 … size − 1`. Never changes once made. */
export class Vocabulary {
  readonly size: number
  /** Id of `<unk>`, when the vocabulary has it. */
  readonly unknownId: number | undefined
  /** Id of `<eos>`, when the vocabulary has it. */
  readonly endId: number | undefined
  private readonly ids = new Map<string, number>()
  private readonly specialIds = new Set<number>()

  /** `specials` are those of `tokens` that stand for something other than their own text. */
  constructor(
    readonly tokens: readonly string[],
    readonly specials: readonly string[] = [],
  ) {
    this.size = tokens.length
    for (const [id, token] of tokens.entries()) {
      if (this.ids.has(token)) {
        throw new RepriseError('bad-vocabulary', `vocabulary: ${JSON.stringify(token)} is there twice.`)
      }
      this.ids.set(token, id)
    }
    for (const special of specials) {
      const id = this.ids.get(special)
      if (id === undefined || this.specialIds.has(id)) {
        throw new RepriseError(
          'bad-vocabulary',
          `vocabulary: the special ${JSON.stringify(special)} must be one of its tokens, once.`,
        )
      }
      this.specialIds.add(id)
    }
    this.unknownId = specials.includes(unknownToken) ? this.ids.get(unknownToken) : undefined
    this.endId = specials.includes(endToken) ? this.ids.get(endToken) : undefined
  }

  /** The id of a token, or undefined: `<unk>` is not put in its place. */
  idOf(token: string): number | undefined {
    return this.ids.get(token)
  }

  /** The token with this id. Throws `bad-token-id` outside `0 … size − 1`. */
  tokenOf(id: number): string {
    const token = this.tokens[id]
    if (token === undefined) {
      throw new RepriseError(
        'bad-token-id',
        `token id ${id} is not in the vocabulary (0 … ${this.size - 1}).`,
      )
    }
    return token
  }

  isSpecial(id: number): boolean {
    return this.specialIds.has(id)
  }

  toJSON(): VocabularyJSON {
    return { specials: this.specials, tokens: this.tokens }
  }

  static fromJSON(value: unknown): Vocabulary {
    const json = expectRecord(value, 'vocabulary')
    return new Vocabulary(
      expectStrings(json.tokens, 'vocabulary.tokens'),
      expectStrings(json.specials, 'vocabulary.specials'),
    )
  }
}

export interface VocabularyJSON {
  readonly specials: readonly string[]
  readonly tokens: readonly string[]
}

export interface VocabularyOptions {
  /** Tokens seen fewer times are left out. Default 1. */
  readonly minimumCount?: number
  /** Largest size, specials included; the rarest tokens are left out. Default: no limit. */
  readonly maximumSize?: number
}

/**
 * A vocabulary from counted tokens: the specials in the order given, then the most frequent first. Tokens with the
 * same count keep the order of `counted` (by first appearance, or by code point: the tokenizer decides).
 */
export function buildVocabulary(
  counted: Iterable<readonly [token: string, count: number]>,
  specials: readonly string[],
  options: VocabularyOptions = {},
): Vocabulary {
  const { minimumCount, maximumSize } = checkVocabularyOptions(options, specials.length)
  const kept: (readonly [string, number])[] = []
  for (const entry of counted) {
    if (entry[1] >= minimumCount && !specials.includes(entry[0])) kept.push(entry)
  }
  // Array.prototype.sort is stable, which the order of ties rests on.
  kept.sort((a, b) => b[1] - a[1])
  const room = Math.min(kept.length, maximumSize - specials.length)
  return new Vocabulary([...specials, ...kept.slice(0, room).map(([token]) => token)], specials)
}

/** Fills in defaults. Throws `option`. */
export function checkVocabularyOptions(
  options: VocabularyOptions,
  specials: number,
): { readonly minimumCount: number; readonly maximumSize: number } {
  const { minimumCount = 1, maximumSize = Number.POSITIVE_INFINITY } = options
  if (!Number.isInteger(minimumCount) || minimumCount < 1) {
    throw new RepriseError('option', `minimum count must be a whole number from 1, got ${minimumCount}.`)
  }
  const whole = Number.isInteger(maximumSize) || maximumSize === Number.POSITIVE_INFINITY
  if (!whole || maximumSize <= specials) {
    throw new RepriseError(
      'option',
      `maximum vocabulary size must be a whole number above the ${specials} special tokens, got ${maximumSize}.`,
    )
  }
  return { minimumCount, maximumSize }
}
