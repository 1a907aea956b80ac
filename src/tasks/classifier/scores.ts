import { RepriseError } from '../../errors.js'
import { type CalibrationBin, calibration } from './calibration-error.js'
import { type LabelScores, labelScores, type MeanScores, meanScores } from './label-scores.js'
import { confidentMistakes, type Mistake } from './mistakes.js'

export interface ScoreOptions {
  /** With several labels an example: those of at least this probability are given. Default 0.5. */
  readonly threshold?: number
  /** Most confident mistakes to keep. Default 10. */
  readonly mistakes?: number
}

/** How a classifier did on examples whose labels are known. */
export interface ClassificationScores extends MeanScores {
  readonly examples: number
  /** Share of examples whose labels are all right (with several labels an example: subset accuracy). */
  readonly accuracy: number
  /** Several labels an example only: the same number under its own name. */
  readonly subsetAccuracy?: number
  /** Mean −ln p of the right label, in nats; with several labels the mean over examples and labels of −ln p of what holds. */
  readonly logLoss: number
  /** In the order of `labels`. */
  readonly perLabel: readonly LabelScores[]
  readonly labels: readonly string[]
  readonly multiLabel: boolean
  /**
   * One label an example: row = the label it has, column = the label given, counts. Several: for each label
   * [[neither, only given], [only had, both]], as scikit-learn's `multilabel_confusion_matrix`.
   */
  readonly confusion: readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[]
  /** Over 15 bins of equal width; with several labels over all decisions about one label. */
  readonly expectedCalibrationError: number
  readonly calibration: readonly CalibrationBin[]
  readonly mistakes: readonly Mistake[]
}

/** The labels that examples have, as numbers. Labels the model does not know follow behind its own. */
export interface LabelNumbers {
  readonly truth: readonly (readonly number[])[]
  /** The model's labels, then those it has never seen, sorted. */
  readonly labels: readonly string[]
  /** Labels the model has never seen, with the number of examples that have them. */
  readonly unseen: readonly { readonly label: string; readonly count: number }[]
}

/** Turns labels into numbers. Nothing is dropped: a label the model has never seen gets a number of its own. */
export function labelNumbers(
  examples: readonly { readonly labels: readonly string[] }[],
  known: readonly string[],
): LabelNumbers {
  const counts = new Map<string, number>()
  const numbers = new Map(known.map((label, k) => [label, k]))
  for (const { labels } of examples) {
    for (const label of labels) if (!numbers.has(label)) counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  const unseen = [...counts]
    .map(([label, count]) => ({ label, count }))
    .sort((a, b) => (a.label < b.label ? -1 : 1))
  const labels = [...known, ...unseen.map(({ label }) => label)]
  for (let k = known.length; k < labels.length; k++) numbers.set(labels[k]!, k)
  const truth = examples.map((example) => example.labels.map((label) => numbers.get(label)!))
  return { truth, labels, unseen }
}

/** Smallest step of float32 at 1: what scikit-learn clips float32 probabilities with. */
const epsilon = 2 ** -23

/**
 * Scores of probabilities against the truth, by scikit-learn's definitions.
 *
 * `truth[i]`: the numbers of the labels of example i, exactly one unless `multiLabel`. `probabilities[i]`: one for each
 * label; a row may be shorter than `labels`, whose last ones are then labels the model has never seen, of probability 0.
 * The label given is the most probable one, the first of equals.
 *
 * Throws `bad-value` where lengths do not fit or a probability is not a number from 0 to 1.
 *
 * ```ts
 * const rows = [Float32Array.of(0.9, 0.1), Float32Array.of(0.6, 0.4)]
 * classificationScores([[0], [1]], rows, ['ham', 'spam'], false).accuracy // 0.5
 * ```
 */
export function classificationScores(
  truth: readonly (readonly number[])[],
  probabilities: readonly Float32Array[],
  labels: readonly string[],
  multiLabel: boolean,
  options: ScoreOptions = {},
): ClassificationScores {
  check(truth, probabilities, labels, multiLabel)
  const { threshold = 0.5, mistakes = 10 } = options
  const decisions = probabilities.map((row) => decide(row, multiLabel, threshold))
  const size = labels.length
  const hits = new Float64Array(size)
  const support = new Float64Array(size)
  const predicted = new Float64Array(size)
  let right = 0
  for (const [i, own] of truth.entries()) {
    const given = decisions[i]!
    for (const k of own) support[k]!++
    for (const k of given) predicted[k]!++
    const both = given.filter((k) => own.includes(k))
    for (const k of both) hits[k]!++
    if (both.length === own.length && both.length === given.length) right++
  }
  const perLabel = labelScores(labels, hits, support, predicted)
  const accuracy = right / truth.length
  const { expectedCalibrationError, bins } = measureCalibration(truth, probabilities, decisions, multiLabel)
  return {
    examples: truth.length,
    accuracy,
    ...(multiLabel && { subsetAccuracy: accuracy }),
    ...meanScores(perLabel, multiLabel),
    logLoss: logLoss(truth, probabilities, size, multiLabel),
    perLabel,
    labels,
    multiLabel,
    confusion: multiLabel
      ? labels.map((_, k) => {
          const [both, has, was] = [hits[k]!, support[k]!, predicted[k]!]
          return [
            [truth.length - has - was + both, was - both],
            [has - both, both],
          ]
        })
      : confusionMatrix(truth, decisions, size),
    expectedCalibrationError,
    calibration: bins,
    mistakes: confidentMistakes(truth, probabilities, decisions, multiLabel, mistakes),
  }
}

/** The labels given: the most probable one, or with several labels an example all of at least `threshold`. */
export function decide(row: ArrayLike<number>, multiLabel: boolean, threshold = 0.5): number[] {
  if (multiLabel) return Array.from(row, (_, k) => k).filter((k) => row[k]! >= threshold)
  let best = 0
  for (let k = 1; k < row.length; k++) if (row[k]! > row[best]!) best = k
  return [best]
}

function confusionMatrix(
  truth: readonly (readonly number[])[],
  decisions: readonly (readonly number[])[],
  size: number,
): number[][] {
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  for (const [i, [own]] of truth.entries()) matrix[own!]![decisions[i]![0]!]!++
  return matrix
}

function logLoss(
  truth: readonly (readonly number[])[],
  probabilities: readonly Float32Array[],
  size: number,
  multiLabel: boolean,
): number {
  const nats = (p: number) => -Math.log(Math.min(1 - epsilon, Math.max(epsilon, p)))
  let total = 0
  for (const [i, own] of truth.entries()) {
    const row = probabilities[i]!
    if (!multiLabel) total += nats(row[own[0]!] ?? 0)
    else for (let k = 0; k < size; k++) total += nats(own.includes(k) ? (row[k] ?? 0) : 1 - (row[k] ?? 0))
  }
  return total / (multiLabel ? truth.length * size : truth.length)
}

function measureCalibration(
  truth: readonly (readonly number[])[],
  probabilities: readonly Float32Array[],
  decisions: readonly (readonly number[])[],
  multiLabel: boolean,
) {
  const confidence: number[] = []
  const right: number[] = []
  for (const [i, row] of probabilities.entries()) {
    const own = truth[i]!
    if (multiLabel) {
      for (const [k, p] of row.entries()) {
        confidence.push(p)
        right.push(own.includes(k) ? 1 : 0)
      }
    } else {
      const given = decisions[i]![0]!
      confidence.push(row[given]!)
      right.push(own[0] === given ? 1 : 0)
    }
  }
  const { expectedCalibrationError, bins } = calibration(confidence, right)
  return { expectedCalibrationError, bins }
}

function check(
  truth: readonly (readonly number[])[],
  probabilities: readonly Float32Array[],
  labels: readonly string[],
  multiLabel: boolean,
): void {
  const refuse = (reason: string): never => {
    throw new RepriseError('bad-value', `classification scores: ${reason}.`)
  }
  if (truth.length !== probabilities.length)
    refuse(`there are ${truth.length} examples, and probabilities of ${probabilities.length}`)
  if (truth.length === 0) refuse('there is no example to score; give at least one')
  const width = probabilities[0]!.length
  if (width < 1 || width > labels.length)
    refuse(`there are ${labels.length} labels, and probabilities of ${width}`)
  for (const [i, own] of truth.entries()) {
    const row = probabilities[i]!
    if (row.length !== width) refuse(`example ${i} has ${row.length} probabilities, the first has ${width}`)
    const wrong = row.find((p) => !(p >= 0 && p <= 1))
    if (wrong !== undefined) refuse(`example ${i} has a probability of ${wrong}`)
    if (!multiLabel && own.length !== 1)
      refuse(`example ${i} has ${own.length} labels where each should have one`)
    const foreign = own.find((k) => !Number.isInteger(k) || k < 0 || k >= labels.length)
    if (foreign !== undefined) refuse(`example ${i} has label number ${foreign} of ${labels.length}`)
    if (new Set(own).size !== own.length) refuse(`example ${i} has a label twice`)
  }
}
