import { resolve } from '../../../options.js'
import type { SeenTexts } from '../../seen-texts.js'
import { type ClassifierExample, type ExampleCounts, splitExamples } from '../examples.js'
import { fitScales, probabilitiesOf } from '../joint-scales.js'
import { rememberExamples } from '../seen-examples.js'
import { BagOfWords } from './bag-of-words.js'
import type { Link } from './logistic-loss.js'
import {
  fitLogisticRegression,
  type LogisticProblem,
  type LogisticWeights,
  scoresOf,
} from './logistic-regression.js'
import {
  type BaselineOptions,
  type BaselineSettings,
  baselineFields,
  leastDocuments,
  longestRun,
} from './settings.js'
import { sliceRows } from './sparse-rows.js'
import { pauses } from './word-numbers.js'

export interface BaselineTrainingOptions extends BaselineOptions {
  /** Examples to choose on; otherwise a part of the others is held out. */
  readonly valid?: readonly ClassifierExample[] | undefined
  /** Default: whether some example has no label or several. */
  readonly multiLabel?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with what is being done: reading, choosing, fitting. */
  readonly onProgress?: ((step: string) => void) | undefined
  /** Called with what was found in the examples, before the first word is read. */
  readonly onCounted?: ((counts: ExampleCounts) => void) | undefined
}

/** What training left behind. */
export interface BaselineRecord {
  readonly examples: number
  readonly validExamples: number
  /** Examples without a word, left out. */
  readonly empty: number
  /** Validation examples that could not be used, since no training example has their label. */
  readonly validUnseen: number
  readonly c: number
  /** Values tried, with the mean loss on the validation part at the best temperature. */
  readonly tried: readonly { readonly c: number; readonly loss: number; readonly temperature: number }[]
  readonly iterations: number
  readonly converged: boolean
}

export interface TrainedBaseline {
  readonly settings: BaselineSettings
  readonly labels: readonly string[]
  readonly multiLabel: boolean
  readonly bag: BagOfWords
  readonly link: Link
  readonly outputs: number
  readonly weights: LogisticWeights
  readonly temperature: number
  readonly training: BaselineRecord
  /** The texts it was trained on; absent in files of older versions. */
  readonly seen: SeenTexts | undefined
  /** Weights and temperature before the validation part was trained on too. */
  readonly beforeRefit: LogisticWeights
  readonly validExamples: readonly ClassifierExample[]
  readonly counts: ExampleCounts
}

/** From strong to weak penalties: each fit begins where the one before ended. */
const candidates = [3, 10, 30, 100]
/** Without a validation part. */
const defaultC = 10
/** Largest part of the gradient of the mean loss where a fit ends: to choose, and of what is kept. */
const roughTolerance = 1e-4
const tolerance = 3e-5
/** With several labels a text, each of which is learnt by itself, the strength is chosen on so many, the most frequent ones. */
const mostTried = 12
/** Weights a model has at most: they are held a dozen times over while it is fitted. */
const mostWeights = 8_000_000
/** Multiplications a fit makes at most: about a minute. */
const mostWork = 5e10

/** Throws `one-label` where there is nothing to tell apart, `empty-data`, `labels`, `option`, and an `AbortError`. */
export async function trainBaseline(
  examples: readonly ClassifierExample[],
  {
    valid: given,
    multiLabel: asked,
    signal,
    onProgress,
    onCounted,
    ...options
  }: BaselineTrainingOptions = {},
): Promise<TrainedBaseline> {
  const settings = resolve('baseline', baselineFields, options)
  const pause = pauses(signal)
  const { validSplit, seed, classWeights } = settings
  const { train, valid, labels, multiLabel, counts } = splitExamples(examples, given, {
    validSplit,
    multiLabel: asked,
    seed,
  })
  onCounted?.(counts)
  const K = outputsOf(labels, multiLabel)
  const single = K === 1 && !multiLabel
  const link = multiLabel || single ? 'sigmoid' : 'softmax'
  onProgress?.('reading words')
  const all = [...train, ...valid]
  const texts = all.map(({ text }) => text)
  const maxFeatures = Math.min(settings.maxFeatures, Math.floor(mostWeights / K))
  const minDocuments = leastDocuments(settings, texts.length)
  const letters = longestRun(settings, texts)
  const bag = await BagOfWords.learn(texts, { ...settings, minDocuments, maxFeatures, letters }, pause)
  const rows = await bag.transform(texts, pause)
  const truth = labelTruth(all, labels)
  const problem = (begin: number, end: number, own = truth, outputs = K): LogisticProblem => ({
    rows: sliceRows(rows, begin, end),
    features: bag.size,
    outputs,
    link,
    targets: targetsOf(own.slice(begin, end), outputs, single),
    weights: weightsOf(truth.slice(begin, end), labels.length, classWeights === 'balanced' && !multiLabel),
  })
  let iterations = 0
  const fit = async (part: LogisticProblem, c: number, tolerance: number, from?: LogisticWeights) => {
    const start = from && { start: from }
    const work = 2 * rows.values.length * part.outputs
    const maxIterations = Math.max(10, Math.min(300, Math.floor(mostWork / (work + 1))))
    const found = await fitLogisticRegression(part, { c, maxIterations, tolerance, pause, ...start })
    iterations += found.iterations
    return found
  }
  const trainPart = problem(0, train.length)
  const heldRows = sliceRows(rows, train.length, all.length)
  const attempt = async (
    c: number,
    own: typeof truth,
    outputs: number,
    from?: LogisticWeights,
  ): Promise<Trial> => {
    onProgress?.(`fitting with C = ${c}`)
    const part = outputs === K ? trainPart : problem(0, train.length, own, outputs)
    const found = await fit(part, c, roughTolerance, from)
    const held = own.slice(train.length)
    const logits = logitRows(
      scoresOf(heldRows, found.weights, bag.size, outputs),
      outputs,
      labels,
      multiLabel,
    )
    const scale = valid.length > 0 ? fitScales([logits], held, multiLabel, [1])[0]! : 1
    const loss = meanLoss(logits, scale, held, multiLabel)
    // Labels of a validation part may all be guessed the wrong way round; then it says nothing.
    return { c, loss, temperature: scale > 0.1 ? 1 / scale : 1, weights: found.weights }
  }
  const open = settings.c === undefined && valid.length > 0
  const isPart = open && multiLabel && K > mostTried
  const [own, outputs] = isPart ? [mostFrequent(truth, K, mostTried), mostTried] : [truth, K]
  const tried: Trial[] = []
  for (const c of open ? candidates : [settings.c ?? defaultC]) {
    tried.push(await attempt(c, own, outputs, tried.at(-1)?.weights))
    // The loss falls, and from one strength on it rises.
    if (tried.length > 1 && tried.at(-1)!.loss > tried.at(-2)!.loss) break
  }
  const chosen = tried.reduce((a, b) => (b.loss < a.loss ? b : a))
  const best = isPart ? await attempt(chosen.c, truth, K) : chosen
  onProgress?.('fitting all examples')
  const refit = settings.refit && valid.length > 0
  const last = await fit(refit ? problem(0, all.length) : trainPart, best.c, tolerance, best.weights)
  return {
    settings: { ...settings, minDocuments, letters, c: best.c },
    labels,
    multiLabel,
    bag,
    link,
    outputs: K,
    weights: last.weights,
    temperature: best.temperature,
    seen: rememberExamples(train, valid),
    validExamples: valid,
    counts,
    beforeRefit: refit ? best.weights : last.weights,
    training: {
      examples: train.length,
      validExamples: valid.length,
      empty: counts.empty,
      validUnseen: counts.unseenLabels,
      c: best.c,
      tried: tried.map(({ c, loss, temperature }) => ({ c, loss, temperature })),
      iterations,
      converged: last.converged,
    },
  }
}

interface Trial {
  readonly c: number
  readonly loss: number
  readonly temperature: number
  readonly weights: LogisticWeights
}

/** Scores a model gives: one where there are two labels to choose from. */
export function outputsOf(labels: readonly string[], multiLabel: boolean): number {
  return !multiLabel && labels.length === 2 ? 1 : labels.length
}

/** Scores [N, K] as a row of logits for each text, one for each label. */
export function logitRows(
  scores: Float64Array,
  K: number,
  labels: readonly string[],
  multiLabel: boolean,
): Float32Array[] {
  const single = K === 1 && !multiLabel && labels.length === 2
  return Array.from({ length: scores.length / K }, (_, i) =>
    single ? Float32Array.of(0, scores[i]!) : Float32Array.from(scores.subarray(i * K, (i + 1) * K)),
  )
}

function labelTruth(examples: readonly ClassifierExample[], labels: readonly string[]): number[][] {
  const numbers = new Map(labels.map((label, k) => [label, k]))
  return examples.map((example) => [...new Set(example.labels)].map((label) => numbers.get(label)!))
}

/** The labels of each example that are among the most frequent ones, numbered anew. */
function mostFrequent(truth: readonly (readonly number[])[], K: number, most: number): number[][] {
  const counts = new Int32Array(K)
  for (const k of truth.flat()) counts[k]!++
  const order = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b)
  const numbers = new Map(order.slice(0, most).map((k, number) => [k, number]))
  return truth.map((own) => own.flatMap((k) => numbers.get(k) ?? []))
}

function meanLoss(
  logits: readonly Float32Array[],
  scale: number,
  truth: readonly (readonly number[])[],
  multiLabel: boolean,
): number {
  let total = 0
  for (const [i, own] of truth.entries()) {
    const p = probabilitiesOf(
      logits[i]!.map((logit) => scale * logit),
      multiLabel,
    )
    for (const [k, value] of p.entries()) {
      if (own.includes(k)) total -= Math.log(Math.max(value, 1e-12))
      else if (multiLabel) total -= Math.log(Math.max(1 - value, 1e-12))
    }
  }
  return truth.length === 0 ? 0 : total / truth.length
}

/** `single`: one score for two labels, 1 where the second holds. */
function targetsOf(truth: readonly (readonly number[])[], K: number, single: boolean): Uint8Array {
  const targets = new Uint8Array(truth.length * K)
  for (const [i, own] of truth.entries()) {
    if (single) targets[i] = own[0]!
    else for (const k of own) targets[i * K + k] = 1
  }
  return targets
}

/** Weight of each example: 1, or so that every label has the same sum. */
function weightsOf(truth: readonly (readonly number[])[], labels: number, balanced: boolean): Float64Array {
  const weights = new Float64Array(truth.length).fill(1)
  if (!balanced) return weights
  const counts = new Float64Array(labels)
  for (const [k] of truth) counts[k!]!++
  return weights.map((_, i) => truth.length / (labels * counts[truth[i]![0]!]!))
}
