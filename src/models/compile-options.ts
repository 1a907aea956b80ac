import { type Precision, precisions } from '../engine/program.js'
import { RepriseError, unknownName } from '../errors.js'
import type { Tensor } from '../graph/tensor.js'
import {
  createLoss,
  createMetric,
  createOptimizer,
  type Loss,
  type Metric,
  type Optimizer,
  type Spec,
} from '../training/index.js'

/** Your own loss: targets and predictions → the loss of each row. */
export type LossFunction = (targets: Tensor, predictions: Tensor) => Tensor
export type LossLike = Spec | Loss | LossFunction
export type MetricLike = Spec | Metric | LossFunction
/** One for all outputs, a list in the order of the outputs, or by the names of the outputs. */
export type PerOutput<Value> = Value | readonly (Value | null)[] | Readonly<Record<string, Value | null>>

export interface CompileOptions {
  /** Default rmsprop, as in Keras. */
  readonly optimizer?: Spec | Optimizer | undefined
  readonly loss?: PerOutput<LossLike> | undefined
  /** Factors of the losses in the total. */
  readonly lossWeights?: readonly number[] | Readonly<Record<string, number>> | undefined
  /** Scores besides the loss: 'accuracy', { name: 'auc' }, … */
  readonly metrics?:
    | MetricLike
    | readonly (MetricLike | readonly MetricLike[])[]
    | Readonly<Record<string, MetricLike | readonly MetricLike[]>>
    | undefined
  /** The same, counted with sample and class weights. */
  readonly weightedMetrics?: CompileOptions['metrics']
  /** Largest norm of each weight's gradient. */
  readonly clipnorm?: number | undefined
  /** Largest absolute value in a gradient. */
  readonly clipvalue?: number | undefined
  /** Largest norm of all gradients together. */
  readonly globalClipnorm?: number | undefined
  /**
   * `mixed` trains with products of bfloat16 operands, where the engine has them (`engine.info.mixed`): 1.6 to 1.8 times as fast.
   * Sums, weights, optimizer and all other arithmetic stay float32, and so do evaluate and predict. Default `float32`.
   */
  readonly precision?: Precision | undefined
  /** Of dropout, shuffling, and of weights not drawn yet; default that of the model. */
  readonly seed?: number | undefined
}

/** What to compute for one output. */
export interface OutputObjective {
  readonly name: string
  readonly loss: Loss | undefined
  readonly lossWeight: number
  readonly metrics: readonly MetricLike[]
  readonly weightedMetrics: readonly MetricLike[]
}

/** The optimizer an option stands for, with clipping given beside it. */
export function resolveOptimizer(options: CompileOptions): Optimizer {
  const { optimizer = 'rmsprop', clipnorm, clipvalue, globalClipnorm } = options
  const made = isOptimizer(optimizer) ? optimizer : createOptimizer(optimizer)
  const clipping = Object.fromEntries(
    Object.entries({ clipnorm, clipvalue, globalClipnorm }).filter(([, value]) => value !== undefined),
  )
  return Object.keys(clipping).length === 0
    ? made
    : createOptimizer({ ...made.toConfig(), ...clipping } as Spec)
}

function isOptimizer(value: Spec | Optimizer): value is Optimizer {
  return typeof value === 'object' && 'update' in value
}

const optionNames: readonly (keyof CompileOptions)[] = [
  'optimizer',
  'loss',
  'lossWeights',
  'metrics',
  'weightedMetrics',
  'clipnorm',
  'clipvalue',
  'globalClipnorm',
  'precision',
  'seed',
]

/** Throws `unknown-name` for an option that does not exist. */
export function checkCompileOptions(options: CompileOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new RepriseError('option', 'compile: pass one object, such as { optimizer: "adam", loss: "mse" }')
  }
  for (const name of Object.keys(options)) {
    if (!(optionNames as readonly string[]).includes(name)) {
      throw unknownName('option of compile', name, optionNames)
    }
  }
  const { precision } = options
  if (precision !== undefined && !precisions.includes(precision)) {
    throw unknownName('precision', String(precision), precisions)
  }
}

/** Looks every metric up, so that a misspelt one is told before any data is there. Throws `unknown-name`, `option`. */
export function checkMetrics({ metrics, weightedMetrics }: CompileOptions): void {
  const check = (given: unknown): void => {
    if (Array.isArray(given)) given.forEach(check)
    else if (
      typeof given === 'string' ||
      (isObject(given) && typeof given.name === 'string' && !('tensors' in given))
    ) {
      if (!/^(acc|accuracy|ce|crossentropy)$/i.test(String(given))) createMetric(given as Spec)
    } else if (isObject(given) && !('tensors' in given)) Object.values(given).forEach(check)
  }
  check(metrics)
  check(weightedMetrics)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** Whether an option says something by the names of outputs. */
export function isByOutput({ loss, metrics, weightedMetrics, lossWeights }: CompileOptions): boolean {
  const isRecord = (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !('name' in value) &&
    !('of' in value)
  return [loss, metrics, weightedMetrics, lossWeights].some(isRecord)
}

/** Sorts losses and metrics by output. Throws `unknown-name` for an output that does not exist, `option` for wrong counts. */
export function objectives(outputs: readonly string[], options: CompileOptions): readonly OutputObjective[] {
  const { loss, lossWeights, metrics, weightedMetrics } = options
  const losses = lossesOf(outputs, loss)
  const weights = weightsOf(outputs, lossWeights)
  const plain = metricsOf('metrics', outputs, metrics)
  const weighted = metricsOf('weightedMetrics', outputs, weightedMetrics)
  return outputs.map((name, index) => ({
    name,
    loss: losses[index],
    lossWeight: weights[index]!,
    metrics: plain[index]!,
    weightedMetrics: weighted[index]!,
  }))
}

function lossesOf(outputs: readonly string[], given: CompileOptions['loss']): (Loss | undefined)[] {
  if (given === undefined || given === null) return outputs.map(() => undefined)
  const make = (like: LossLike | null | undefined) =>
    like === null || like === undefined ? undefined : toLoss(like)
  if (Array.isArray(given)) return inOrder('loss', outputs, given as readonly (LossLike | null)[]).map(make)
  if (isByName(given, outputs)) {
    return byName('loss', outputs, given as Readonly<Record<string, LossLike | null>>).map(make)
  }
  return outputs.map(() => make(given as LossLike))
}

function toLoss(like: LossLike): Loss {
  if (typeof like === 'object' && 'of' in like) return like as Loss
  return createLoss(like as Spec)
}

function weightsOf(outputs: readonly string[], given: CompileOptions['lossWeights']): number[] {
  if (given === undefined) return outputs.map(() => 1)
  const list = Array.isArray(given)
    ? inOrder('lossWeights', outputs, given as readonly number[])
    : byName('lossWeights', outputs, given as Readonly<Record<string, number>>)
  return list.map((weight = 1, index) => {
    if (typeof weight === 'number' && Number.isFinite(weight)) return weight
    throw new RepriseError('option', `compile: the loss weight of "${outputs[index]}" must be a number`)
  })
}

function metricsOf(
  option: string,
  outputs: readonly string[],
  given: CompileOptions['metrics'],
): (readonly MetricLike[])[] {
  const list = (value: MetricLike | readonly MetricLike[] | undefined) =>
    value === undefined || value === null
      ? []
      : Array.isArray(value)
        ? (value as MetricLike[])
        : [value as MetricLike]
  if (given === undefined || given === null) return outputs.map(() => [])
  if (Array.isArray(given)) {
    const nested = given.some((item) => Array.isArray(item))
    if (outputs.length === 1 && !nested) return [given as MetricLike[]]
    return inOrder(option, outputs, given as readonly (MetricLike | readonly MetricLike[])[]).map(list)
  }
  if (isByName(given, outputs)) {
    return byName(option, outputs, given as Readonly<Record<string, MetricLike>>).map(list)
  }
  return outputs.map(() => list(given as MetricLike))
}

/** Whether an object says things by output, rather than being one loss or metric. */
function isByName(given: unknown, outputs: readonly string[]): boolean {
  if (typeof given !== 'object' || given === null) return false
  if ('of' in given || 'tensors' in given) return false
  return !('name' in given) || outputs.includes('name')
}

function inOrder<Value>(
  option: string,
  outputs: readonly string[],
  given: readonly Value[],
): readonly Value[] {
  if (given.length === outputs.length) return given
  throw new RepriseError(
    'option',
    `compile: ${option} has ${given.length} entries for ${outputs.length} outputs (${outputs.join(', ')})`,
  )
}

function byName<Value>(
  option: string,
  outputs: readonly string[],
  given: Readonly<Record<string, Value>>,
): (Value | undefined)[] {
  for (const name of Object.keys(given)) {
    if (!outputs.includes(name)) throw unknownName(`output in ${option}`, name, outputs)
  }
  return outputs.map((name) => given[name])
}
