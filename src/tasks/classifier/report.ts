import type { SeenTexts } from '../seen-texts.js'
import type { ClassifierExample } from './examples.js'
import { type ClassificationScores, classificationScores, labelNumbers, type ScoreOptions } from './scores.js'
import { type SeenReport, sightings } from './seen-examples.js'

/** Scores of a classifier on labelled texts, with what was odd about them. */
export interface ClassificationReport extends ClassificationScores {
  /** Labels the model has never seen; their texts count as mistakes. */
  readonly unseen: readonly { readonly label: string; readonly count: number }[]
  /** Texts without a word. */
  readonly empty: number
  /** Words (characters) read, unknown ones among them. */
  readonly tokens: number
  readonly unknown: number
  /** The same texts with the baseline the model keeps, or null. */
  readonly baseline: BaselineScores | null
  /** The same with the recurrent network alone, where a baseline is joined to it; else null. */
  readonly network: Omit<BaselineScores, 'name'> | null
  /** How many of the texts the model was trained on, or null: files of older versions do not say. */
  readonly seen: SeenReport | null
}

export interface BaselineScores {
  readonly name: string
  readonly accuracy: number
  readonly macroF1: number
  readonly logLoss: number
}

/** Probabilities of a model and of its parts for the texts, in their order. */
export interface ReportedProbabilities {
  readonly joint: readonly Float32Array[]
  readonly network?: readonly Float32Array[]
  readonly baseline?: { readonly name: string; readonly rows: readonly Float32Array[] }
}

/** Puts a report together. */
export function classificationReport(
  examples: readonly ClassifierExample[],
  known: readonly string[],
  multiLabel: boolean,
  { joint, network, baseline }: ReportedProbabilities,
  read: { readonly tokens: number; readonly unknown: number; readonly seen: SeenTexts | undefined },
  options: ScoreOptions = {},
): ClassificationReport {
  const { truth, labels, unseen } = labelNumbers(examples, known)
  const score = (rows: readonly Float32Array[]) =>
    classificationScores(truth, rows, labels, multiLabel, options)
  const brief = (rows: readonly Float32Array[]) => shortened(score(rows))
  const seenReport = (seen: SeenTexts): SeenReport => {
    const found = sightings(seen, examples)
    const fresh = [...found.keys()].filter((i) => found[i] === 'new')
    const of = <Item>(list: readonly Item[]) => fresh.map((i) => list[i]!)
    const scores = () =>
      classificationScores(of(truth), of(joint), labels, multiLabel, { ...options, mistakes: 0 })
    const without = fresh.length > 0 && fresh.length < found.length ? scores() : undefined
    return {
      texts: found.length - fresh.length,
      otherLabels: found.filter((sighting) => sighting === 'other').length,
      without: without ? { examples: without.examples, ...shortened(without) } : null,
      trained: seen.texts,
      remembered: seen.kept,
    }
  }
  return {
    ...score(joint),
    unseen,
    empty: examples.filter(({ text }) => text.trim() === '').length,
    tokens: read.tokens,
    unknown: read.unknown,
    baseline: baseline ? { name: baseline.name, ...brief(baseline.rows) } : null,
    network: network ? brief(network) : null,
    seen: read.seen ? seenReport(read.seen) : null,
  }
}

const shortened = ({ accuracy, macroF1, logLoss }: ClassificationScores) => ({ accuracy, macroF1, logLoss })
