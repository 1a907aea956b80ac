import type { Address } from '../../engine/commands.generated.js'
import { RepriseError } from '../../errors.js'
import type { UpdateContext } from '../../graph/compile.js'
import { type Fields, type Given, number, type Resolved, resolve } from '../../options.js'
import { type JsonObject, plainJson } from '../json.js'
import type { LearningRateSchedule, learningRate } from '../learning-rate-schedules.js'
import { type Clipping, checkClipping, clippingFields, emitClipping } from './clipping.js'

/** What every optimizer command takes; see kernels/manifest.mjs. */
export interface SharedArguments {
  readonly parameters: Address
  readonly gradients: Address
  readonly hyper: Address
  readonly norm: Address
  readonly rows: Address | undefined
  readonly rowCount: Address | undefined
  readonly count: number
  readonly limit: number
  readonly width: number
  readonly rateScale: number
  readonly weightDecay: number
  readonly maxNorm: number
}

/** A part of the flat vectors that one command updates. */
export interface Stretch {
  readonly context: UpdateContext
  readonly shared: SharedArguments
  /** This part of a vector the optimizer keeps, as long as the parameter vector: state `optimizer/NAME`. */
  slot(name: string): Address
}

/** Turns gradients into new weights, inside the training program. */
export interface Optimizer {
  readonly name: string
  /** The rate of the first step, before any schedule of `fit`. */
  readonly learningRate: number
  /** The rate when `iteration` steps have been done: `learningRate`, or what its schedule says. */
  rateAt(iteration: number): number
  /** Differs between optimizers that need different programs; belongs in the key of a training program. */
  readonly key: string
  /**
   * Appends clipping and the update of all trainable parameters to a program that differentiates: give it as
   * `ProgramSpec.update`. Adds the output `norm`, the global gradient norm before clipping; when that is not finite the
   * update changes nothing.
   */
  readonly update: (context: UpdateContext) => void
  /** What the state `optimizer/hyper` must hold for a step at this rate, when `updates` have been done before. */
  hyperparameters(updates: number, learningRate: number): Float32Array
  /** `createOptimizer(optimizer.toConfig())` is the same optimizer. */
  toConfig(): { readonly name: string } & JsonObject
}

/** State with the numbers of a step: `hyperLength` of `Optimizer.hyperparameters` for each group of parameters. */
export const hyperState = 'optimizer/hyper'
export const hyperLength = 4
const slotPrefix = 'optimizer/'

/** Options of every optimizer but its rate. Only one form of clipping at a time, as in Keras. */
export const sharedFields = {
  weightDecay: number('decoupled weight decay, per step times the learning rate', 0, { min: 0 }),
  ...clippingFields,
} as const

/** The state with the numbers of a step for so many groups of parameters. */
export function hyperStateOf(groups: number): string {
  return groups === 1 ? hyperState : `${hyperState} of ${groups} groups`
}

interface OptimizerKind<F extends Fields> {
  readonly name: string
  readonly fields: F
  /** Emits the command for one stretch. */
  emit(stretch: Stretch, options: Resolved<F>): void
  /**
   * hyper[1], hyper[2], hyper[3]; 0 unless given. Powers of β are those of the float32 that Keras holds, since 0.999 in
   * float32 changes 1 − β^t by 1e-5; in float64, since 1 − β^t has few digits left in float32.
   */
  furtherHyper?(updates: number, learningRate: number, options: Resolved<F>): readonly number[]
}

type SharedFields = typeof sharedFields & { readonly learningRate: ReturnType<typeof learningRate> }

/** Makes an optimizer from its options, or from the learning rate and further options as in Keras: `adam(0.01)`. */
export interface OptimizerMaker<F extends Fields> {
  (options?: Given<F>): Optimizer
  (learningRate: number | LearningRateSchedule, options?: Given<F>): Optimizer
}

/** Makes the function that makes an optimizer from its options. */
export function defineOptimizer<F extends SharedFields & Fields>(kind: OptimizerKind<F>): OptimizerMaker<F> {
  const { name, fields } = kind
  return (first: Given<F> | number | LearningRateSchedule = {} as Given<F>, more?: object) => {
    const isRate = typeof first === 'number' || (typeof first === 'object' && 'rate' in first)
    const given = isRate ? { learningRate: first, ...more } : first
    const options = resolve(`optimizer ${name}`, fields, given as Given<F>)
    checkClipping(name, options as Clipping)
    const rate = options.learningRate as number | LearningRateSchedule
    const rateAt = (iteration: number) => (typeof rate === 'number' ? rate : rate.rate(iteration))
    const { learningRate: _rate, ...compiled } = plainJson(options)
    const saved = typeof rate === 'number' ? rate : rate.toConfig()
    const config = { name, ...plainJson({ ...options, learningRate: saved }) }
    return {
      name,
      learningRate: rateAt(0),
      rateAt,
      key: `${name}${JSON.stringify(compiled)}`,
      update: (context) => emitUpdate(context, kind, options),
      hyperparameters(updates, learningRate) {
        const [a = 0, b = 0, c = 0] = kind.furtherHyper?.(updates, learningRate, options) ?? []
        return Float32Array.of(learningRate, a, b, c)
      },
      toConfig: () => config,
    }
  }
}

function emitUpdate<F extends SharedFields & Fields>(
  context: UpdateContext,
  kind: OptimizerKind<F>,
  options: Resolved<F>,
): void {
  const { weightDecay, ...clipping } = options as Resolved<typeof sharedFields>
  const groups = Math.max(0, ...[...context.parameters].map(({ rateGroup }) => rateGroup)) + 1
  const hyper = context.state(hyperStateOf(groups), groups * hyperLength)
  const length = context.parameters.length
  for (const stretch of emitClipping(context, clipping)) {
    const { offset, count, decay, rateGroup, norm, maxNorm, byRows } = stretch
    if (byRows && decay && weightDecay > 0) {
      throw new RepriseError(
        'option',
        `optimizer ${kind.name}: weight decay changes every element in every step, and of "${byRows.parameter.name}" only the rows of a step are updated. Set weightDecay 0, or leave out \`sparse\` of its layer.`,
      )
    }
    const shared: SharedArguments = {
      parameters: context.parameter(offset),
      gradients: context.gradient(offset),
      hyper: { slot: hyper.slot, offset: hyper.offset + rateGroup * hyperLength },
      norm,
      rows: byRows?.rows,
      rowCount: byRows?.rowCount,
      count,
      limit: byRows?.limit ?? 0,
      width: byRows?.width ?? 0,
      rateScale: 1,
      weightDecay: decay ? weightDecay : 0,
      maxNorm,
    }
    const slot = (name: string): Address => {
      const start = context.state(slotPrefix + name, length)
      return { slot: start.slot, offset: start.offset + offset }
    }
    kind.emit({ context, shared, slot }, options)
  }
}
