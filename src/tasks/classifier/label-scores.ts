/** How one label fares: scikit-learn's `precision_recall_fscore_support`, 0 where a denominator is 0. */
export interface LabelScores {
  readonly label: string
  /** Of the examples given this label, the share that has it. */
  readonly precision: number
  /** Of the examples that have this label, the share given it. */
  readonly recall: number
  /** Harmonic mean of both. */
  readonly f1: number
  /** Examples that have the label. */
  readonly support: number
  /** Examples that were given it. */
  readonly predicted: number
  /** Examples that have it and were given it. */
  readonly hits: number
}

/** Means over labels, and the score of all decisions thrown together. */
export interface MeanScores {
  readonly macroPrecision: number
  readonly macroRecall: number
  readonly macroF1: number
  /** Each label weighs as much as it has examples. */
  readonly weightedF1: number
  /** Of true and false positives and misses of all labels together; accuracy where each example has one label. */
  readonly microF1: number
}

/**
 * Scores of each label from the examples that have it, were given it, and both.
 * For label k: `hits[k]` ≤ `support[k]`, `hits[k]` ≤ `predicted[k]`.
 */
export function labelScores(
  labels: readonly string[],
  hits: ArrayLike<number>,
  support: ArrayLike<number>,
  predicted: ArrayLike<number>,
): LabelScores[] {
  return labels.map((label, k) => ({
    label,
    precision: share(hits[k]!, predicted[k]!),
    recall: share(hits[k]!, support[k]!),
    f1: share(2 * hits[k]!, support[k]! + predicted[k]!),
    support: support[k]!,
    predicted: predicted[k]!,
    hits: hits[k]!,
  }))
}

/**
 * Means over labels. With one label an example, labels that no example has and none was given do not count, as in
 * scikit-learn, which does not know of them; with several all count.
 */
export function meanScores(perLabel: readonly LabelScores[], multiLabel: boolean): MeanScores {
  const counted = multiLabel ? perLabel : perLabel.filter(({ support, predicted }) => support + predicted > 0)
  const mean = (of: (scores: LabelScores) => number) => share(sum(counted, of), counted.length)
  const support = sum(counted, (scores) => scores.support)
  const predicted = sum(counted, (scores) => scores.predicted)
  const hits = sum(counted, (scores) => scores.hits)
  return {
    macroPrecision: mean(({ precision }) => precision),
    macroRecall: mean(({ recall }) => recall),
    macroF1: mean(({ f1 }) => f1),
    weightedF1: share(
      sum(counted, (scores) => scores.f1 * scores.support),
      support,
    ),
    microF1: share(2 * hits, support + predicted),
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
