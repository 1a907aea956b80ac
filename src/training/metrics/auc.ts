import { RepriseError } from '../../errors.js'
import { formatShape, operations } from '../../graph/index.js'
import { boolean, choice, type Field, integer, optional } from '../../options.js'
import { fromLogits } from '../losses/probabilities.js'
import { areEven } from './confusion.js'
import { type CurveCounts, collectCurve, curveCounts, curveTensors, type Thresholds } from './curve.js'
import { defineMetric, ratio } from './metric.js'

const list = (doc: string) =>
  optional({
    doc,
    hint: 'number,…',
    check: (value: unknown) =>
      Array.isArray(value) && value.length > 0 && value.every(Number.isFinite)
        ? { value: value as readonly number[] }
        : { expected: 'a list of numbers' },
    parse: (text: string) => text.split(',').map(Number),
  } satisfies Field<readonly number[]>)

const curves = ['ROC', 'PR', 'PRGAIN'] as const
const methods = ['interpolation', 'majoring', 'minoring'] as const
type Curve = (typeof curves)[number]
type Method = (typeof methods)[number]

/**
 * Area under a curve, approximated with thresholds as in Keras: of the true-positive over the false-positive rate (`ROC`)
 * or of precision over recall (`PR`). With `multiLabel` the mean over the labels of predictions [N, labels].
 */
export const auc = defineMetric(
  'auc',
  'float32',
  {
    numThresholds: integer('thresholds, evenly from 0 to 1', 200, { min: 2 }),
    curve: choice('curve', curves, 'ROC'),
    summationMethod: choice('summation method', methods, 'interpolation'),
    thresholds: list('thresholds between 0 and 1, instead of even ones'),
    multiLabel: boolean('an area for each label, averaged', false),
    numLabels: optional(integer('number of labels, checked', undefined, { min: 1 })),
    labelWeights: list('weight of each label'),
    fromLogits,
  },
  (options) => {
    const { multiLabel, numLabels, labelWeights } = options
    const thresholds = thresholdsOf(options.numThresholds, options.thresholds)
    return {
      tensors(predictions, targets, rows) {
        const features = predictions.rank > 1 ? predictions.shape.at(-1)! : 1
        const problem =
          multiLabel && predictions.rank !== 2
            ? 'multiLabel needs predictions [N, labels]'
            : numLabels !== undefined && numLabels !== features
              ? `numLabels is ${numLabels}, axis ${predictions.rank - 1} is ${features}`
              : labelWeights && labelWeights.length !== features
                ? `there are ${labelWeights.length} labelWeights, axis ${predictions.rank - 1} is ${features}`
                : undefined
        if (problem) {
          throw new RepriseError(
            'shape',
            `metric auc: predictions ${formatShape(predictions.shape)} do not fit: ${problem}`,
          )
        }
        const given = options.fromLogits ? operations.sigmoid(predictions) : predictions
        return curveTensors(given, targets, rows)
      },
      collect: (values) =>
        collectCurve(values, thresholds, {
          apart: multiLabel,
          labelWeights: multiLabel ? undefined : labelWeights,
        }),
      result(totals) {
        const areas = areasUnder(curveCounts(totals), options.curve, options.summationMethod)
        if (!multiLabel) return areas[0]!
        const weights = labelWeights ?? areas.map(() => 1)
        const weighted = areas.reduce((total, area, k) => total + area * weights[k]!, 0)
        return ratio(
          weighted,
          weights.reduce((p, q) => p + q, 0),
        )
      },
    }
  },
)

function thresholdsOf(count: number, given: readonly number[] | undefined): Thresholds {
  const inner = given
    ? [...given].sort((a, b) => a - b)
    : Array.from({ length: count - 2 }, (_, k) => (k + 1) / (count - 1))
  return {
    values: [-1e-7, ...inner, 1 + 1e-7],
    even: given === undefined || areEven([0, ...inner, 1]),
    openBelow: true,
  }
}

/** One area for each label. */
function areasUnder(counts: CurveCounts, curve: Curve, method: Method): number[] {
  const T = counts.truePositives.length / counts.labels
  return Array.from({ length: counts.labels }, (_, label) => {
    const at = (name: Exclude<keyof CurveCounts, 'labels'>) => (k: number) =>
      counts[name][k * counts.labels + label]!
    const points: Points = {
      T,
      tp: at('truePositives'),
      fp: at('falsePositives'),
      tn: at('trueNegatives'),
      fn: at('falseNegatives'),
    }
    return curve === 'PR' && method === 'interpolation'
      ? interpolatedPrecision(points)
      : sumOfBars(points, curve, method)
  })
}

interface Points {
  readonly T: number
  tp(k: number): number
  fp(k: number): number
  tn(k: number): number
  fn(k: number): number
}

function sumOfBars(points: Points, curve: Curve, method: Method): number {
  const corners = Array.from({ length: points.T }, (_, k) => corner(points, curve, k))
  let area = 0
  for (let k = 0; k + 1 < points.T; k++) {
    const [[x, y], [nextX, nextY]] = [corners[k]!, corners[k + 1]!]
    const height =
      method === 'interpolation'
        ? (y + nextY) / 2
        : method === 'minoring'
          ? Math.min(y, nextY)
          : Math.max(y, nextY)
    area += (x - nextX) * height
  }
  return area
}

/** The point of the curve at a threshold. */
function corner({ tp, fp, tn, fn }: Points, curve: Curve, k: number): [x: number, y: number] {
  const recall = ratio(tp(k), tp(k) + fn(k))
  if (curve === 'ROC') return [ratio(fp(k), fp(k) + tn(k)), recall]
  if (curve === 'PR') return [recall, ratio(tp(k), tp(k) + fp(k))]
  if (tp(k) === 0) return [0, 1]
  const scale = ratio(tp(k) + fn(k), tn(k) + fp(k))
  return [Math.max(1 - (scale * fn(k)) / tp(k), 0), 1 - (scale * fp(k)) / tp(k)]
}

/** Area under precision over recall with the counts, not the precision, interpolated (Davis & Goadrich 2006). */
function interpolatedPrecision({ T, tp, fp, fn }: Points): number {
  let area = 0
  for (let k = 0; k + 1 < T; k++) {
    const gained = tp(k) - tp(k + 1)
    const [here, next] = [tp(k) + fp(k), tp(k + 1) + fp(k + 1)]
    const slope = ratio(gained, Math.max(here - next, 0))
    const intercept = tp(k + 1) - slope * next
    const growth = here > 0 && next > 0 ? here / next : 1
    area += ratio(slope * (gained + intercept * Math.log(growth)), Math.max(tp(k + 1) + fn(k + 1), 0))
  }
  return area
}
