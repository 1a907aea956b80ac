import { type Explanation, explainedLabel } from '../explanation.js'
import type { BaselineParts } from './model-file.js'

/**
 * Weight · value of every feature of a text for one label. With several labels to choose from, the weight is taken against
 * the mean of the others, since only differences decide. A feature's share is divided among the places where it stands, a
 * pair's between its two words; the contributions and the bias add up to the score.
 */
export function explainBaseline(
  model: BaselineParts,
  text: string,
  probabilities: Float32Array,
  asked: string | undefined,
): Explanation {
  const { bag, labels, temperature } = model
  const label = explainedLabel(probabilities, labels, asked)
  const { columns, values } = bag.row(text)
  const contributions = new Map<number, number>()
  for (const [at, feature] of columns.entries())
    contributions.set(feature, (weightFor(model, feature, label) * values[at]!) / temperature)
  const occurrences = bag.occurrences(text)
  const places = new Map<number, number>()
  for (const { feature } of occurrences) places.set(feature, (places.get(feature) ?? 0) + 1)
  const words = bag.words(text).map((word) => ({ word, contribution: 0 }))
  for (const { feature, word, words: count } of occurrences) {
    const share = contributions.get(feature)! / places.get(feature)! / count
    for (const own of words.slice(word, word + count)) own.contribution += share
  }
  return {
    label: labels[label]!,
    probability: probabilities[label]!,
    words,
    features: [...contributions]
      .map(([feature, contribution]) => ({ word: bag.nameOf(feature), contribution }))
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)),
  }
}

/** How much a feature speaks for a label. */
export function weightFor(model: BaselineParts, feature: number, label: number): number {
  const { outputs: K, weights, link, multiLabel } = model
  const own = weights.subarray(feature * K, (feature + 1) * K)
  if (K === 1 && !multiLabel) return label === 1 ? own[0]! : -own[0]!
  if (link === 'sigmoid') return own[label]!
  const sum = own.reduce((a, b) => a + b, 0)
  return own[label]! - (sum - own[label]!) / (K - 1)
}
