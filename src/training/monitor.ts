import { RepriseError, unknownName } from '../errors.js'
import { choice, number, optional, type Resolved, string } from '../options.js'
import type { Scores } from './callbacks.js'

/** Options of everything that watches a score. */
export const monitorFields = {
  monitor: optional(string('score to watch; default valLoss, or loss without validation', '')),
  mode: choice('mode', ['auto', 'min', 'max'], 'auto'),
  minDelta: number('smaller changes do not count as better', 0, { min: 0 }),
} as const

export type MonitorOptions = Resolved<typeof monitorFields>

const betterWhenLarger = /accuracy|precision|recall|f1|auc|bleu|score|correlation/i

/** Reads one score and compares it with the best so far. */
export class Monitor {
  constructor(
    private readonly owner: string,
    private readonly options: MonitorOptions,
  ) {}

  /** The watched score. Throws `unknown-name` when it is not among them. */
  read(scores: Scores): number {
    const name = this.name(scores)
    const score = scores[name]
    if (score === undefined) throw unknownName(`score to monitor in ${this.owner}`, name, Object.keys(scores))
    return score
  }

  /** Whether `score` is better than `best` by more than `minDelta`; anything finite is better than nothing. */
  improves(scores: Scores, best: number | undefined): boolean {
    const score = this.read(scores)
    if (!Number.isFinite(score)) return false
    if (best === undefined) return true
    return this.larger(scores) ? score - this.options.minDelta > best : score + this.options.minDelta < best
  }

  private name(scores: Scores): string {
    return this.options.monitor ?? ('valLoss' in scores ? 'valLoss' : 'loss')
  }

  private larger(scores: Scores): boolean {
    const { mode } = this.options
    return mode === 'auto' ? betterWhenLarger.test(this.name(scores)) : mode === 'max'
  }
}

/** Training loss and validation scores under one roof: `perplexity` becomes `valPerplexity`. */
export function joinScores(loss: number, validation: Scores | undefined): Scores {
  const scores: Record<string, number> = { loss }
  for (const [name, score] of Object.entries(validation ?? {})) {
    if (typeof score !== 'number') {
      throw new RepriseError(
        'option',
        `fit: validate must return numbers, got ${JSON.stringify(score)} for "${name}"`,
      )
    }
    scores[`val${name.charAt(0).toUpperCase()}${name.slice(1)}`] = score
  }
  return scores
}
