/** A wrong decision; labels by number. */
export interface Mistake {
  /** Number of the example. */
  readonly example: number
  /** Labels the example has. */
  readonly truth: readonly number[]
  /** The label that was wrongly given, or, with several labels an example, wrongly withheld. */
  readonly label: number
  /** Whether the label was given. Always true where each example has one label. */
  readonly given: boolean
  /** The model's probability of what it decided: of the label given, or of its absence. */
  readonly confidence: number
}

/**
 * The most confident mistakes first; equals in the order of the examples. `probabilities[i]` has the probability of each
 * label, `decisions[i]` the labels given.
 */
export function confidentMistakes(
  truth: readonly (readonly number[])[],
  probabilities: readonly Float32Array[],
  decisions: readonly (readonly number[])[],
  multiLabel: boolean,
  most: number,
): Mistake[] {
  const found: Mistake[] = []
  for (const [example, own] of truth.entries()) {
    const given = decisions[example]!
    const row = probabilities[example]!
    for (const label of given) {
      if (!own.includes(label))
        found.push({ example, truth: own, label, given: true, confidence: row[label]! })
    }
    if (!multiLabel) continue
    for (const label of own) {
      if (!given.includes(label))
        found.push({ example, truth: own, label, given: false, confidence: 1 - (row[label] ?? 0) })
    }
  }
  // Array.prototype.sort is stable, which the order of equals rests on.
  return found.sort((a, b) => b.confidence - a.confidence).slice(0, most)
}
