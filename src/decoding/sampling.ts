import { RepriseError } from '../errors.js'
import { selectBest } from './selection.js'

/** How the next token is chosen. Each filter applies to what the one before it has left, in the order given here. */
export interface SamplingOptions {
  /** Tokens that are never chosen, such as `<unk>`. */
  readonly banned?: readonly number[]
  /** Above 1, makes tokens of the history less likely: their logit is divided by this, or multiplied when negative
   * (Keskar et al. 2019, arXiv 1909.05858). Default 1. */
  readonly repetitionPenalty?: number
  /** Divides the logits. 0 always takes the most likely token, of equal ones the lowest id. Default 1. */
  readonly temperature?: number
  /** Keeps the `k` most likely tokens; of equal ones the lower ids. 0, the default, keeps all. */
  readonly topK?: number
  /** Keeps the fewest most likely tokens with probabilities that add up to this (Holtzman et al. 2020). Default 1. */
  readonly topP?: number
  /** Keeps tokens at least this many times as likely as the most likely one. Default 0. */
  readonly minP?: number
  /** Keeps the fewest tokens whose surprise is nearest to the expected one, adding up to this probability (locally
   * typical sampling, Meister et al. 2022). Default 1. */
  readonly typicalP?: number
}

/**
 * Chooses tokens from logits. Keeps its work space, so choosing allocates nothing.
 *
 * Time is O(V), without sorting. The choice is a function of the logits, the history and one uniform number.
 */
export class Sampler {
  private readonly options: Required<SamplingOptions>
  private readonly scores: Float64Array
  private readonly weights: Float64Array
  /** The candidates are the first `count` entries. */
  private readonly order: Int32Array
  private readonly lastSeen: Int32Array
  private calls = 0

  /** `vocabularySize` is `V`. Throws `option`. */
  constructor(
    readonly vocabularySize: number,
    options: SamplingOptions = {},
  ) {
    this.options = checkSamplingOptions(options, vocabularySize)
    this.scores = new Float64Array(vocabularySize)
    this.weights = new Float64Array(vocabularySize)
    this.order = new Int32Array(vocabularySize)
    this.lastSeen = new Int32Array(vocabularySize)
  }

  /**
   * One token. `logits` is `[V]`, unnormalised and unchanged by this; `uniform` draws from [0, 1) and is called once
   * (not at temperature 0); `history` holds the tokens that a repetition penalty falls on.
   *
   * Throws `not-a-number` for a NaN logit and `nothing-to-sample` when no token is left.
   */
  sample(logits: Float32Array, uniform: () => number, history: ArrayLike<number> = noHistory): number {
    const { temperature, topK, topP, minP, typicalP } = this.options
    this.load(logits, history)
    const best = this.best()
    if (temperature === 0) return best
    let count = this.collect(best, temperature)
    if (topK > 0 && topK < count) count = selectBest(this.order, count, this.scores, undefined, topK)
    this.weigh(count)
    if (topP < 1) count = selectBest(this.order, count, this.scores, this.weights, topP * this.total(count))
    if (minP > 0) count = this.keepLikely(count, minP)
    if (typicalP < 1) count = this.keepTypical(count, typicalP)
    return this.draw(count, uniform())
  }

  /** Logits with bans and penalties, checked. */
  private load(logits: Float32Array, history: ArrayLike<number>): void {
    const { scores, options, lastSeen } = this
    if (logits.length !== this.vocabularySize) {
      throw new RepriseError(
        'shape',
        `sampler: expected ${this.vocabularySize} logits, one for each token, got ${logits.length}.`,
      )
    }
    scores.set(logits)
    const { repetitionPenalty } = options
    if (repetitionPenalty !== 1) {
      this.calls++
      for (let i = 0; i < history.length; i++) {
        const token = history[i]!
        if (lastSeen[token] === this.calls || !(token >= 0 && token < scores.length)) continue
        lastSeen[token] = this.calls
        const score = scores[token]!
        scores[token] = score > 0 ? score / repetitionPenalty : score * repetitionPenalty
      }
    }
    for (const token of options.banned) scores[token] = Number.NEGATIVE_INFINITY
  }

  private best(): number {
    const { scores } = this
    let best = -1
    let highest = Number.NEGATIVE_INFINITY
    for (let token = 0; token < scores.length; token++) {
      const score = scores[token]!
      if (score > highest) {
        highest = score
        best = token
      } else if (Number.isNaN(score)) {
        throw new RepriseError(
          'not-a-number',
          `sampler: logit ${token} is NaN. The model has diverged; train it with a lower learning rate.`,
        )
      }
    }
    if (best < 0) {
      throw new RepriseError(
        'nothing-to-sample',
        'sampler: every token is banned or impossible. Ban fewer tokens.',
      )
    }
    return best
  }

  /** Scores relative to the best, divided by the temperature; candidates those not too small to have a weight. */
  private collect(best: number, temperature: number): number {
    const { scores, order } = this
    const highest = scores[best]!
    let count = 0
    for (let token = 0; token < scores.length; token++) {
      const score = scores[token]!
      // +Infinity shares everything among its equals, instead of the NaN of ∞ − ∞.
      const relative = score === highest ? 0 : (score - highest) / temperature
      scores[token] = relative
      if (relative > smallestScore) order[count++] = token
    }
    return count
  }

  private weigh(count: number): void {
    const { scores, weights, order } = this
    for (let i = 0; i < count; i++) weights[order[i]!] = Math.exp(scores[order[i]!]!)
  }

  private total(count: number): number {
    const { weights, order } = this
    let sum = 0
    for (let i = 0; i < count; i++) sum += weights[order[i]!]!
    return sum
  }

  private keepLikely(count: number, minP: number): number {
    const { weights, order } = this
    let kept = 0
    // The best token weighs 1.
    for (let i = 0; i < count; i++) if (weights[order[i]!]! >= minP) order[kept++] = order[i]!
    return kept
  }

  private keepTypical(count: number, typicalP: number): number {
    const { scores, weights, order } = this
    const total = this.total(count)
    let mean = 0
    for (let i = 0; i < count; i++) mean += (weights[order[i]!]! / total) * scores[order[i]!]!
    // Surprise is log(total) − score and entropy its mean, so their distance is that of the score to its own mean.
    for (let i = 0; i < count; i++) scores[order[i]!] = -Math.abs(scores[order[i]!]! - mean)
    return selectBest(order, count, scores, weights, typicalP * total)
  }

  private draw(count: number, uniform: number): number {
    const { weights, order } = this
    const point = uniform * this.total(count)
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += weights[order[i]!]!
      if (point < sum) return order[i]!
    }
    return order[count - 1]!
  }
}

/** Below this `exp` gives denormal numbers and then zero. */
const smallestScore = -708

const noHistory: ArrayLike<number> = []

/** Fills in defaults. Throws `option`, naming the option and what it may be. */
export function checkSamplingOptions(
  options: SamplingOptions,
  vocabularySize: number,
): Required<SamplingOptions> {
  const {
    banned = [],
    repetitionPenalty = 1,
    temperature = 1,
    topK = 0,
    topP = 1,
    minP = 0,
    typicalP = 1,
  } = options
  const check = (name: string, value: number, fine: boolean, expected: string): void => {
    if (!fine) throw new RepriseError('option', `sampling: ${name} must be ${expected}, got ${value}.`)
  }
  check(
    'temperature',
    temperature,
    temperature >= 0 && temperature < Number.POSITIVE_INFINITY,
    'a number from 0',
  )
  check('topK', topK, Number.isSafeInteger(topK) && topK >= 0, 'a whole number from 0 (0 keeps all)')
  check('topP', topP, topP > 0 && topP <= 1, 'above 0 and at most 1 (1 keeps all)')
  check('minP', minP, minP >= 0 && minP <= 1, 'from 0 to 1 (0 keeps all)')
  check('typicalP', typicalP, typicalP > 0 && typicalP <= 1, 'above 0 and at most 1 (1 keeps all)')
  const penaltyFine = repetitionPenalty > 0 && repetitionPenalty < Number.POSITIVE_INFINITY
  check('repetitionPenalty', repetitionPenalty, penaltyFine, 'a number above 0')
  for (const token of banned) {
    const fine = Number.isInteger(token) && token >= 0 && token < vocabularySize
    check('each banned token', token, fine, `an id from 0 to ${vocabularySize - 1}`)
  }
  return { banned, repetitionPenalty, temperature, topK, topP, minP, typicalP }
}
