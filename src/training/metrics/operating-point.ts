import { operations, type Tensor } from '../../graph/index.js'
import { integer, number, optional } from '../../options.js'
import { type CurveCounts, collectCurve, curveCounts, curveTensors, type Thresholds } from './curve.js'
import { defineMetric, type MetricBody, ratio } from './metric.js'

type Rate = (counts: CurveCounts, k: number) => number

const sensitivityOf: Rate = ({ truePositives: tp, falseNegatives: fn }, k) => ratio(tp[k]!, tp[k]! + fn[k]!)
const specificityOf: Rate = ({ trueNegatives: tn, falsePositives: fp }, k) => ratio(tn[k]!, tn[k]! + fp[k]!)
const precisionOf: Rate = ({ truePositives: tp, falsePositives: fp }, k) => ratio(tp[k]!, tp[k]! + fp[k]!)

const share = number('at least this', undefined, { min: 0, max: 1 })
const fields = {
  numThresholds: integer('thresholds, evenly from 0 to 1', 200, { min: 1 }),
  classId: optional(integer('look at this class alone', undefined, { min: 0 })),
} as const

interface Choice {
  readonly numThresholds: number
  readonly classId: number | undefined
}

/** The largest `rate` among the thresholds where `bound` is at least `asked`; 0 when there is none. */
function bestWhere(
  bound: Rate,
  asked: number,
  rate: Rate,
  { numThresholds: T, classId }: Choice,
): MetricBody {
  const thresholds: Thresholds = {
    values: T === 1 ? [0.5] : Array.from({ length: T }, (_, k) => k / (T - 1)),
    even: T > 1,
    openBelow: false,
  }
  const chosen = (x: Tensor) => (classId === undefined ? x : operations.slice(x, -1, classId, 1))
  return {
    tensors: (predictions, targets, rows) => curveTensors(chosen(predictions), chosen(targets), rows),
    collect: (values) => collectCurve(values, thresholds),
    result(totals) {
      const counts = curveCounts(totals)
      const allowed = Array.from({ length: T }, (_, k) => k).filter((k) => bound(counts, k) >= asked)
      return allowed.reduce((best, k) => Math.max(best, rate(counts, k)), 0)
    },
  }
}

/** Largest TP / (TP + FN) of all thresholds with TN / (TN + FP) ≥ `specificity`. */
export const sensitivityAtSpecificity = defineMetric(
  'sensitivityAtSpecificity',
  'float32',
  { specificity: share, ...fields },
  (options) => bestWhere(specificityOf, options.specificity, sensitivityOf, options),
)

/** Largest TN / (TN + FP) of all thresholds with TP / (TP + FN) ≥ `sensitivity`. */
export const specificityAtSensitivity = defineMetric(
  'specificityAtSensitivity',
  'float32',
  { sensitivity: share, ...fields },
  (options) => bestWhere(sensitivityOf, options.sensitivity, specificityOf, options),
)

/** Largest TP / (TP + FP) of all thresholds with TP / (TP + FN) ≥ `recall`. */
export const precisionAtRecall = defineMetric(
  'precisionAtRecall',
  'float32',
  { recall: share, ...fields },
  (options) => bestWhere(sensitivityOf, options.recall, precisionOf, options),
)

/** Largest TP / (TP + FN) of all thresholds with TP / (TP + FP) ≥ `precision`. */
export const recallAtPrecision = defineMetric(
  'recallAtPrecision',
  'float32',
  { precision: share, ...fields },
  (options) => bestWhere(precisionOf, options.precision, sensitivityOf, options),
)
