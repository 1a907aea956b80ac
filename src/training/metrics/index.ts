import type { Shape } from '../../graph/index.js'
import type { LossFunction } from '../losses/custom.js'
import { createLoss, kindOfTargets, lossNames } from '../losses/index.js'
import { lookUp, readSpec, type Spec } from '../registry.js'
import {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from './accuracy.js'
import { auc } from './auc.js'
import {
  falseNegatives,
  falsePositives,
  precision,
  recall,
  trueNegatives,
  truePositives,
} from './confusion.js'
import { customMetric } from './custom.js'
import { f1Score, fBetaScore } from './f-score.js'
import {
  cosineSimilarity,
  lossMetric,
  perplexity,
  rootMeanSquaredError,
  sparseCategoricalCrossentropy,
} from './mean.js'
import type { Metric } from './metric.js'
import {
  precisionAtRecall,
  recallAtPrecision,
  sensitivityAtSpecificity,
  specificityAtSensitivity,
} from './operating-point.js'
import { r2Score } from './r2-score.js'

export { customMetric } from './custom.js'
export type { FetchedValues, Metric, MetricOptions } from './metric.js'

/** Makers of metrics by Keras's names in camelCase. Every loss is a metric too, by its name or with `ofLoss`. */
export const metrics = {
  accuracy,
  auc,
  binaryAccuracy,
  categoricalAccuracy,
  cosineSimilarity,
  custom: customMetric,
  f1Score,
  falseNegatives,
  falsePositives,
  fBetaScore,
  ofLoss: lossMetric,
  perplexity,
  precision,
  precisionAtRecall,
  r2Score,
  recall,
  recallAtPrecision,
  rootMeanSquaredError,
  sensitivityAtSpecificity,
  sparseCategoricalAccuracy,
  sparseCategoricalCrossentropy,
  sparseTopKCategoricalAccuracy,
  specificityAtSensitivity,
  topKCategoricalAccuracy,
  trueNegatives,
  truePositives,
} as const

type Maker = (options: Readonly<Record<string, unknown>>) => Metric

const { custom: _custom, ofLoss: _ofLoss, ...named } = metrics
const makers = new Map(Object.entries(named) as unknown as [string, Maker][])

/** Makers of metrics proper, then of losses as metrics. */
function allMakers(): Map<string, Maker> {
  const all = new Map(makers)
  const wrapped =
    (name: string): Maker =>
    ({ label, ...options }) =>
      lossMetric(createLoss({ name, ...options }), label as string | undefined)
  for (const name of lossNames()) if (!all.has(name)) all.set(name, wrapped(name))
  all.set('logCoshError', wrapped('logCosh'))
  all.set('acc', makers.get('accuracy')!)
  return all
}

/** What stands for a metric: its name, its name with options, a metric, or a function of your own. */
export type MetricLike = Spec | Metric | LossFunction

/** Shapes of an output and its targets, with their batch axis. */
export interface OutputShapes {
  readonly predictions: Shape
  readonly targets: Shape
}

/**
 * A metric by Keras's name (`'mae'`, `'top_k_categorical_accuracy'`, `'AUC'`), by name and options, or from a function of
 * your own; a loss's name gives its mean. It is called what it was asked for by, or `label`. With `shapes`, `'accuracy'`
 * and `'crossentropy'` mean what `resolveAccuracy` gives. Throws `unknown-name`, `option`.
 *
 * @example
 * createMetric({ name: 'precision', topK: 3, label: 'precisionAt3' })
 */
export function createMetric(like: MetricLike, shapes?: OutputShapes): Metric {
  if (typeof like === 'function') return customMetric(like)
  if (isMetric(like)) return like
  const { name, options } = readSpec(like)
  const open = /^(acc|accuracy|ce|crossentropy)$/i.test(name)
  const kind = open && shapes ? resolveAccuracy(shapes.predictions, shapes.targets, name) : name
  const label = options.label ?? (typeof like === 'string' || open ? name : undefined)
  return lookUp('metric', allMakers(), kind)({ ...options, ...(label === undefined ? {} : { label }) })
}

export const metricNames = (): readonly string[] => [...allMakers().keys()]

/**
 * Keras's choice for `'accuracy'` (`'acc'`) and `'crossentropy'` (`'ce'`), the name of a metric: shapes with their batch
 * axis.
 */
export function resolveAccuracy(predictions: Shape, targets: Shape, like = 'accuracy'): string {
  const ending = /^(ce|crossentropy)$/i.test(like) ? 'Crossentropy' : 'Accuracy'
  return `${kindOfTargets(predictions, targets)}${ending}`
}

function isMetric(like: Spec | Metric): like is Metric {
  return typeof like === 'object' && 'tensors' in like && typeof like.tensors === 'function'
}
