import { RepriseError, unknownName } from '../../errors.js'
import { decide } from './scores.js'

/** A word of a text and how much it moved a decision. */
export interface WordContribution {
  readonly word: string
  /**
   * In nats of the label's score, where only one label can hold against the mean score of the others: above 0 it speaks for
   * the label, below 0 against it.
   */
  readonly contribution: number
}

/** Which words moved a decision. */
export interface Explanation {
  /** The label that is explained. */
  readonly label: string
  readonly probability: number
  /** Words of the text in order, as the model reads them. */
  readonly words: readonly WordContribution[]
  /** Where features are more than words: each that occurs, the strongest first. */
  readonly features?: readonly WordContribution[]
}

/** Number of the label to explain: the one asked for, else the most probable one. Throws `unknown-name`. */
export function explainedLabel(
  probabilities: ArrayLike<number>,
  labels: readonly string[],
  asked: string | undefined,
): number {
  if (asked === undefined) return decide(probabilities, false)[0]!
  const k = labels.indexOf(asked)
  if (k < 0) throw unknownName('label', asked, labels)
  return k
}

/**
 * Two explanations of the same text as one: of each word the sum. Words that only `other` reads follow at the end, where the
 * two split the text differently.
 */
export function joinExplanations(
  words: readonly WordContribution[],
  other: readonly WordContribution[],
): WordContribution[] {
  const waiting = new Map<string, number[]>()
  for (const { word, contribution } of other) {
    const list = waiting.get(word.toLowerCase())
    if (list) list.push(contribution)
    else waiting.set(word.toLowerCase(), [contribution])
  }
  const joined = words.map(({ word, contribution }) => ({
    word,
    contribution: contribution + (waiting.get(word.toLowerCase())?.shift() ?? 0),
  }))
  for (const [word, rest] of waiting) {
    const contribution = rest.reduce((sum, value) => sum + value, 0)
    if (contribution !== 0) joined.push({ word, contribution })
  }
  return joined
}

/** Words of a text that moved the decision most, the same words taken together, the strongest first. */
export function strongestWords(explanation: Explanation, most: number): WordContribution[] {
  if (!Number.isInteger(most) || most < 1)
    throw new RepriseError('bad-value', `strongest words: expected a whole number from 1, got ${most}.`)
  const sums = new Map<string, number>()
  for (const { word, contribution } of explanation.words) sums.set(word, (sums.get(word) ?? 0) + contribution)
  return [...sums]
    .map(([word, contribution]) => ({ word, contribution }))
    .filter(({ contribution }) => contribution !== 0)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, most)
}
