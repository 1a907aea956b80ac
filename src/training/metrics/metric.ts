import type { Tensor } from '../../graph/index.js'
import { type Fields, type Given, optional, type Resolved, resolve, string } from '../../options.js'
import { type JsonObject, plainJson } from '../json.js'
import type { RowOptions } from '../losses/loss.js'
import { checkShapes } from '../losses/shapes.js'

/** A score over many batches: its tensors are fetched with every batch, summed in float64 and made into a number at the end. */
export interface Metric {
  /** What it is called in histories. */
  readonly name: string
  /**
   * The targets it wants: `int32` class ids of the predictions' shape without its last axis, or `float32` of the
   * predictions' shape.
   */
  readonly targets: 'int32' | 'float32'
  /**
   * What to fetch after each batch, float32. Sample weights and mask are one number per row; masks matter where they do
   * in Keras: in means over rows, not in counts over thresholds. Throws `shape` when predictions and targets do not fit.
   */
  tensors(predictions: Tensor, targets: Tensor, rows?: RowOptions): Readonly<Record<string, Tensor>>
  /** Takes the fetched values of one batch. */
  update(values: FetchedValues): void
  /** 0 before any batch; several numbers where Keras gives a vector. */
  result(): number | Float64Array
  reset(): void
  /** `createMetric(metric.toConfig())` is the same metric. */
  toConfig(): { readonly name: string } & JsonObject
}

export type FetchedValues = Readonly<Record<string, Float32Array>>

/** Sums over all batches by name. */
export type Totals = (name: string) => Float64Array

/** What differs between metrics. */
export interface MetricBody {
  tensors(predictions: Tensor, targets: Tensor, rows: RowOptions): Readonly<Record<string, Tensor>>
  /** What to add up of a batch; default the fetched values themselves. */
  collect?(values: FetchedValues): Readonly<Record<string, ArrayLike<number>>>
  result(totals: Totals): number | Float64Array
}

/** Options that every metric has. */
export interface MetricOptions {
  /** What to call it in histories; default its own name. */
  readonly label?: string | undefined
}

const label = optional(string('name in histories', ''))

/** Makes the function that makes a metric from its options. */
export function defineMetric<F extends Fields>(
  name: string,
  targets: Metric['targets'],
  fields: F,
  make: (options: Resolved<F>) => MetricBody,
): (options?: Given<F> & MetricOptions) => Metric {
  return (given = {} as Given<F> & MetricOptions) => {
    const { label: _label, ...options } = resolve(`metric ${name}`, { ...fields, label }, given)
    const own = options as unknown as Resolved<F>
    return metricOf(name, targets, make(own), plainJson(own), given.label)
  }
}

/** A metric from its body. */
export function metricOf(
  kind: string,
  targets: Metric['targets'],
  body: MetricBody,
  config: JsonObject,
  name = kind,
): Metric {
  const sums = new Map<string, Float64Array>()
  const add = (key: string, values: ArrayLike<number>) => {
    let total = sums.get(key)
    if (!total) {
      total = new Float64Array(values.length)
      sums.set(key, total)
    }
    for (let k = 0; k < total.length; k++) total[k]! += values[k]!
  }
  return {
    name,
    targets,
    tensors(predictions, wanted, rows = {}) {
      checkShapes(`metric ${name}`, targets, predictions, wanted)
      return body.tensors(predictions, wanted, rows)
    },
    update(values) {
      for (const [key, part] of Object.entries(body.collect?.(values) ?? values)) add(key, part)
    },
    result: () => (sums.size === 0 ? 0 : body.result((key) => sums.get(key)!)),
    reset: () => sums.clear(),
    toConfig: () => ({ name: kind, ...config, ...(name === kind ? {} : { label: name }) }),
  }
}

/** a / b, 0 where b is 0. */
export const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b)
