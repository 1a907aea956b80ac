import { RepriseError } from '../errors.js'
import {
  boolean,
  custom,
  type Fields,
  type Given,
  integer,
  number,
  optional,
  type Resolved,
  resolve,
} from '../options.js'
import { type JsonObject, plainJson } from './json.js'
import { lookUp, readSpec, type Spec } from './registry.js'

/** The learning rate as a function of the iteration, Keras's way: give it to an optimizer as its `learningRate`. */
export interface LearningRateSchedule {
  readonly name: string
  /** The rate of a step; iteration 0 is the first. */
  rate(iteration: number): number
  /** `createLearningRateSchedule(schedule.toConfig())` is the same schedule. */
  toConfig(): { readonly name: string } & JsonObject
}

function defineRate<F extends Fields>(
  name: string,
  fields: F,
  rate: (iteration: number, options: Resolved<F>) => number,
  check: (options: Resolved<F>) => string | undefined = () => undefined,
): (options: Given<F>) => LearningRateSchedule {
  return (given) => {
    const options = resolve(`learning-rate schedule ${name}`, fields, given)
    const problem = check(options)
    if (problem !== undefined) throw new RepriseError('option', `learning-rate schedule ${name}: ${problem}`)
    return {
      name,
      rate: (iteration) => rate(iteration, options),
      toConfig: () => ({ name, ...plainJson(options) }),
    }
  }
}

const initialLearningRate = number('rate of the first step', undefined, { min: 0 })
const decaySteps = number('steps of one decay', undefined, { above: 0 })
const staircase = boolean('change only after whole periods', false)

const numbers = (doc: string) => ({
  doc,
  hint: 'number,…',
  check: (value: unknown) =>
    Array.isArray(value) && value.length > 0 && value.every(Number.isFinite)
      ? { value: value as readonly number[] }
      : { expected: 'a list of numbers' },
  parse: (text: string) => text.split(',').map(Number),
})

/**
 * initialLearningRate · decayRate^(iteration / decaySteps).
 *
 * @example
 * adam({ learningRate: exponentialDecay({ initialLearningRate: 0.01, decaySteps: 1000, decayRate: 0.9 }) })
 */
export const exponentialDecay = defineRate(
  'exponentialDecay',
  {
    initialLearningRate,
    decaySteps,
    decayRate: number('factor per period', undefined, { min: 0 }),
    staircase,
  },
  (iteration, options) => options.initialLearningRate * options.decayRate ** periods(iteration, options),
)

/** initialLearningRate / (1 + decayRate · iteration / decaySteps). */
export const inverseTimeDecay = defineRate(
  'inverseTimeDecay',
  {
    initialLearningRate,
    decaySteps,
    decayRate: number('growth of the divisor per period', undefined),
    staircase,
  },
  (iteration, options) => options.initialLearningRate / (1 + options.decayRate * periods(iteration, options)),
)

function periods(iteration: number, options: { decaySteps: number; staircase: boolean }): number {
  const passed = iteration / options.decaySteps
  return options.staircase ? Math.floor(passed) : passed
}

/** values[k] as long as iteration ≤ boundaries[k]; the last value afterwards. One more value than boundaries. */
export const piecewiseConstantDecay = defineRate(
  'piecewiseConstantDecay',
  { boundaries: numbers('last iteration of each value but the last'), values: numbers('rates') },
  (iteration, { boundaries, values }) => {
    const piece = boundaries.findIndex((boundary) => iteration <= Math.trunc(boundary))
    return values[piece < 0 ? values.length - 1 : piece]!
  },
  ({ boundaries, values }) =>
    boundaries.length === values.length - 1
      ? undefined
      : `${values.length} values need ${values.length - 1} boundaries, got ${boundaries.length}`,
)

/** (initial − end) · (1 − iteration/decaySteps)^power + end; with `cycle` the steps grow by whole periods, else it ends. */
export const polynomialDecay = defineRate(
  'polynomialDecay',
  {
    initialLearningRate,
    decaySteps,
    endLearningRate: number('rate at the end', 0.0001, { min: 0 }),
    power: number('exponent', 1),
    cycle: boolean('begin anew after the end', false),
  },
  (iteration, { initialLearningRate: initial, decaySteps, endLearningRate: end, power, cycle }) => {
    const steps = cycle && iteration > 0 ? decaySteps * Math.ceil(iteration / decaySteps) : decaySteps
    const part = (cycle ? iteration : Math.min(iteration, steps)) / steps
    return (initial - end) * (1 - part) ** power + end
  },
)

/**
 * Half a cosine from the initial rate (from `warmupTarget` after a linear warm-up of `warmupSteps`) down to `alpha` of it
 * (Loshchilov & Hutter 2017).
 */
export const cosineDecay = defineRate(
  'cosineDecay',
  {
    initialLearningRate,
    decaySteps,
    alpha: number('rate at the end, as a part of the rate at the top', 0),
    warmupTarget: optional(number('rate at the end of the warm-up; none without', undefined, { min: 0 })),
    warmupSteps: integer('steps of the warm-up', 0, { min: 0 }),
  },
  (iteration, { initialLearningRate: initial, decaySteps, alpha, warmupTarget, warmupSteps }) => {
    const begin = warmupTarget === undefined ? 0 : warmupSteps
    if (warmupTarget !== undefined && iteration < begin) {
      return initial + (warmupTarget - initial) * (iteration / begin)
    }
    const part = Math.min(iteration - begin, decaySteps) / decaySteps
    return (warmupTarget ?? initial) * ((1 - alpha) * halfCosine(part) + alpha)
  },
)

/** Cosine decay that begins anew: each period is `tMul` times as long as the last and starts at `mMul` of its rate. */
export const cosineDecayRestarts = defineRate(
  'cosineDecayRestarts',
  {
    initialLearningRate,
    firstDecaySteps: number('steps of the first period', undefined, { above: 0 }),
    tMul: number('growth of the period', 2, { above: 0 }),
    mMul: number('factor of the rate at each restart', 1),
    alpha: number('rate at the end of a period, as a part of its beginning', 0),
  },
  (iteration, { initialLearningRate, firstDecaySteps, tMul, mMul, alpha }) => {
    const [restarts, part] = restart(iteration / firstDecaySteps, tMul)
    return initialLearningRate * ((1 - alpha) * mMul ** restarts * halfCosine(part) + alpha)
  },
)

/** Periods done and the part of the present one. In float32 as Keras: which side of a restart a step falls on is a matter of rounding. */
function restart(passed: number, growth: number): [number, number] {
  if (growth === 1) return [Math.floor(passed), passed - Math.floor(passed)]
  const f = Math.fround
  const x = f(f(passed) * f(1 - f(growth)))
  const restarts = Math.floor(f(f(Math.log(f(1 - x))) / f(Math.log(f(growth)))))
  const before = f(f(1 - f(growth ** restarts)) / f(1 - growth))
  return [restarts, f(f(f(passed) - before) / f(growth ** restarts))]
}

const halfCosine = (part: number) => (1 + Math.cos(Math.PI * part)) / 2

type Maker = (options: Readonly<Record<string, unknown>>) => LearningRateSchedule

/** Makers of learning-rate schedules by Keras's names in camelCase. */
export const learningRateSchedules = {
  cosineDecay,
  cosineDecayRestarts,
  exponentialDecay,
  inverseTimeDecay,
  piecewiseConstantDecay,
  polynomialDecay,
} as const

const makers = new Map(Object.entries(learningRateSchedules) as unknown as [string, Maker][])

/** A learning-rate schedule by Keras's name and options. Throws `unknown-name`, `option`. */
export function createLearningRateSchedule(spec: Spec): LearningRateSchedule {
  const { name, options } = readSpec(spec)
  return lookUp('learning-rate schedule', makers, name)(options)
}

export const learningRateScheduleNames = (): readonly string[] => [...makers.keys()]

/** The option `learningRate` of an optimizer: a number, a schedule, or a function of the iteration. */
export const learningRate = (fallback: number) => ({
  ...custom<number | LearningRateSchedule | ((iteration: number) => number)>(
    'step size: a number or a schedule over the iterations',
    'number',
    fallback,
    checkRate,
  ),
  parse: (text: string) => (text.trim() === '' ? text : Number(text)),
})

function checkRate(value: unknown): { value: number | LearningRateSchedule } | { expected: string } {
  const expected = 'a number of at least 0 or a learning-rate schedule'
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? { value } : { expected }
  if (typeof value === 'function') {
    const name = value.name || 'custom'
    return {
      value: { name, rate: value as LearningRateSchedule['rate'], toConfig: () => ({ name }) },
    }
  }
  if (typeof value !== 'object' || value === null) return { expected }
  if ('rate' in value && typeof value.rate === 'function') return { value: value as LearningRateSchedule }
  if ('name' in value && typeof value.name === 'string') {
    return { value: createLearningRateSchedule(value as Spec) }
  }
  return { expected }
}
