import { spansOf } from './tag-scheme.js'

/** Precision, recall and their harmonic mean, all 0 … 1 and 0 where there is nothing to divide by. */
export interface PrecisionRecall {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** Scores of one type of span, or of one tag. */
export interface TypeScores extends PrecisionRecall {
  /** How many there are in the data. */
  readonly support: number
  /** How many were predicted. */
  readonly predicted: number
  readonly correct: number
}

interface Counts {
  correct: number
  predicted: number
  support: number
}

/** Counts things that are there, are predicted, or both, by type. */
export class TypeCounter {
  private readonly counts = new Map<string, Counts>()

  of(type: string): Counts {
    let counts = this.counts.get(type)
    if (!counts) {
      counts = { correct: 0, predicted: 0, support: 0 }
      this.counts.set(type, counts)
    }
    return counts
  }

  /** Of all types together (micro average). */
  total(): TypeScores {
    const sum: Counts = { correct: 0, predicted: 0, support: 0 }
    for (const { correct, predicted, support } of this.counts.values()) {
      sum.correct += correct
      sum.predicted += predicted
      sum.support += support
    }
    return scoresOf(sum)
  }

  /** Types in the order of their names. */
  perType(): Record<string, TypeScores> {
    const sorted = [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(sorted.map(([type, counts]) => [type, scoresOf(counts)]))
  }
}

function scoresOf({ correct, predicted, support }: Counts): TypeScores {
  const precision = predicted === 0 ? 0 : correct / predicted
  const recall = support === 0 ? 0 : correct / support
  const f1 = correct === 0 ? 0 : (2 * precision * recall) / (precision + recall)
  return { precision, recall, f1, support, predicted, correct }
}

/**
 * Counts a sentence as the conlleval script does: a predicted span is correct when one of the same type with the same
 * first and last token is in the data. Both sides may be in any scheme, mistakes included.
 */
export function countSpans(
  counter: TypeCounter,
  truth: readonly string[],
  predicted: readonly string[],
): void {
  const key = ({ type, begin, end }: { type: string; begin: number; end: number }) =>
    `${begin} ${end} ${type}`
  const there = new Set<string>()
  for (const span of spansOf(truth)) {
    there.add(key(span))
    counter.of(span.type).support++
  }
  for (const span of spansOf(predicted)) {
    const counts = counter.of(span.type)
    counts.predicted++
    if (there.has(key(span))) counts.correct++
  }
}
