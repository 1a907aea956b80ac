import { RepriseError } from '../../errors.js'
import { formatShape, operations, type Tensor } from '../../graph/index.js'
import { type Field, integer, optional } from '../../options.js'
import type { RowOptions } from '../losses/loss.js'
import { rowCount } from '../losses/shapes.js'
import { defineMetric, type MetricBody, ratio } from './metric.js'

const { add, argmax, concatenate, greater, minimum, multiply, notEqual, oneHot } = operations
const { reshape, scalar, scale, slice, sum } = operations

/** Keras's stand-in for −∞: what is not among the top k becomes this. */
const lowest = -1e10

export type Count = 'truePositives' | 'falsePositives' | 'trueNegatives' | 'falseNegatives'

const thresholds: Field<number | readonly number[]> & { readonly fallback: undefined } = optional({
  doc: 'predictions above are positive: one number or several, in 0 … 1; default 0.5',
  hint: 'number,…',
  check: (value: unknown) => {
    const list = Array.isArray(value) ? value : [value]
    const fits = list.length > 0 && list.every((t) => typeof t === 'number' && t >= 0 && t <= 1)
    return fits ? { value: value as number | readonly number[] } : { expected: 'numbers in 0 … 1' }
  },
  parse: (text) => text.split(',').map(Number),
}) as Field<number | readonly number[]> & { readonly fallback: undefined }

interface Choice {
  readonly thresholds?: number | readonly number[] | undefined
  readonly topK?: number | undefined
  readonly classId?: number | undefined
}

/** Keeps the k largest of each row, the first of equals; the others become `lowest`. x [rows, F]. */
function keepTop(x: Tensor, k: number): Tensor {
  const F = x.shape[1]!
  const complement = (mask: Tensor) => operations.subtract(scalar(mask, 1), mask)
  let chosen: Tensor | undefined
  let rest = x
  for (let place = 0; place < Math.min(k, F); place++) {
    const best = oneHot(argmax(rest), F)
    chosen = chosen ? add(chosen, best) : best
    rest = add(multiply(rest, complement(best)), scale(best, -3e38))
  }
  return add(multiply(x, chosen!), scale(complement(chosen!), lowest))
}

/** Whether thresholds divide 0 … 1 evenly; Keras then holds predictions between 0 and 1 and compares multiples. */
export function areEven(list: readonly number[]): boolean {
  const last = list.length - 1
  return last > 1 && list.every((t, k) => Math.abs(t - k / last) <= 1e-7 + (1e-5 * k) / last)
}

/** Weighted counts over the elements of a batch, one number for each threshold. */
function countsBody(
  name: string,
  wanted: readonly Count[],
  choice: Choice,
  result: MetricBody['result'],
): MetricBody {
  const { topK, classId } = choice
  const list = [choice.thresholds ?? (topK === undefined ? 0.5 : lowest)].flat()
  const even = areEven(list)
  return {
    tensors(predictions, targets, rows: RowOptions) {
      const count = rowCount(predictions.shape)
      let p = reshape(predictions, [count, -1])
      let labels = reshape(targets, [count, -1])
      if (topK !== undefined) p = keepTop(p, topK)
      if (classId !== undefined) {
        if (classId >= p.shape[1]!) {
          throw new RepriseError(
            'shape',
            `metric ${name}: classId ${classId} is not among the ${p.shape[1]} classes of the last axis of predictions ${formatShape(predictions.shape)}`,
          )
        }
        p = slice(p, 1, classId, 1)
        labels = slice(labels, 1, classId, 1)
      }
      if (even) p = scale(minimum(p, scalar(p, 1)), list.length - 1)
      const isTrue = notEqual(labels, scalar(labels, 0))
      const weights = rows.sampleWeights && reshape(rows.sampleWeights, [count, 1])
      const weighted = (mask: Tensor) => (weights ? multiply(mask, weights) : mask)
      const no = (mask: Tensor) => operations.subtract(scalar(mask, 1), mask)
      const ofLabel = {
        truePositives: weighted(isTrue),
        falsePositives: weighted(no(isTrue)),
        trueNegatives: weighted(no(isTrue)),
        falseNegatives: weighted(isTrue),
      }
      const positive = list.map((threshold, k) => greater(p, scalar(p, even ? k : threshold)))
      const counted = (kind: Count) =>
        concatenate(
          positive.map((mask) => {
            const chosen = kind.endsWith('Positives') ? mask : no(mask)
            return reshape(sum(multiply(chosen, ofLabel[kind])), [1])
          }),
          0,
        )
      return Object.fromEntries(wanted.map((kind) => [kind, counted(kind)]))
    },
    result,
  }
}

const scalarOrAll = (values: Float64Array) => (values.length === 1 ? values[0]! : values)

const fields = {
  thresholds,
  topK: optional(integer('only the k largest predictions of a row are positive', undefined, { min: 1 })),
  classId: optional(integer('look at this class alone', undefined, { min: 0 })),
} as const

const share = (name: string, missed: 'falsePositives' | 'falseNegatives') =>
  defineMetric(name, 'float32', fields, (options) =>
    countsBody(name, ['truePositives', missed], options, (totals) => {
      const rest = totals(missed)
      return scalarOrAll(totals('truePositives').map((hits, k) => ratio(hits, hits + rest[k]!)))
    }),
  )

/** Of what was predicted positive, the part that is: TP / (TP + FP). Several thresholds give a vector. */
export const precision = share('precision', 'falsePositives')
/** Of what is positive, the part that was predicted: TP / (TP + FN). Several thresholds give a vector. */
export const recall = share('recall', 'falseNegatives')

const counter = (kind: Count) =>
  defineMetric(kind, 'float32', { thresholds }, (options) =>
    countsBody(kind, [kind], options, (totals) => scalarOrAll(totals(kind).slice())),
  )

/** Weighted numbers of elements, for one threshold or several. */
export const truePositives = counter('truePositives')
export const falsePositives = counter('falsePositives')
export const trueNegatives = counter('trueNegatives')
export const falseNegatives = counter('falseNegatives')
