import { SeenTexts, type Sighting } from '../seen-texts.js'
import type { ClassifierExample } from './examples.js'

/** How many of the texts that are scored a model was trained on; their scores flatter. */
export interface SeenReport {
  /** Texts that are in the training data too, its held-out part included. */
  readonly texts: number
  /** Of these, texts that have other labels there. */
  readonly otherLabels: number
  /** Scores of the other texts; null where all are seen, or none is. */
  readonly without: {
    readonly examples: number
    readonly accuracy: number
    readonly macroF1: number
    readonly logLoss: number
  } | null
  /** Different texts of the training data, and how many of them the model remembers: at most a million. */
  readonly trained: number
  readonly remembered: number
}

/** Remembers the examples a model is trained on, those it is chosen with included. */
export function rememberExamples(...parts: readonly (readonly ClassifierExample[])[]): SeenTexts {
  return SeenTexts.of(parts.flat().map(({ text, labels }) => ({ text, answer: answerOf(labels) })))
}

/** Where each example was seen. */
export function sightings(seen: SeenTexts, examples: readonly ClassifierExample[]): Sighting[] {
  return examples.map(({ text, labels }) => seen.find(text, answerOf(labels)))
}

const answerOf = (labels: readonly string[]) => JSON.stringify([...new Set(labels)].sort())
