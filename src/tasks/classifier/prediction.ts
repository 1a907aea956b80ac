import { decide } from './scores.js'

/** What a classifier says of a text. */
export interface ClassPrediction {
  readonly text: string
  /** The most probable label. */
  readonly label: string
  /** Its probability. */
  readonly probability: number
  /** Where a text may have several labels: those given, the most probable first; may be none. */
  readonly labels?: readonly string[]
  /** Probability of every label, in the model's order. */
  readonly scores: Readonly<Record<string, number>>
}

/** A row of probabilities as a prediction. */
export function classPrediction(
  text: string,
  row: ArrayLike<number>,
  labels: readonly string[],
  multiLabel: boolean,
  threshold = 0.5,
): ClassPrediction {
  const [best] = decide(row, false) as [number]
  const given = multiLabel ? decide(row, true, threshold).sort((a, b) => row[b]! - row[a]!) : []
  return {
    text,
    label: labels[best]!,
    probability: row[best]!,
    ...(multiLabel && { labels: given.map((k) => labels[k]!) }),
    // A label may be named like a property every object has.
    scores: Object.fromEntries(labels.map((label, k) => [label, row[k]!])),
  }
}
