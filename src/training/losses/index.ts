import { RepriseError, unknownName } from '../../errors.js'
import type { Shape } from '../../graph/index.js'
import { lookUp, readSpec, type Spec } from '../registry.js'
import { binaryCrossentropy, binaryFocalCrossentropy } from './binary.js'
import {
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  sparseCategoricalCrossentropy,
} from './categorical.js'
import { customLoss, type LossFunction } from './custom.js'
import { categoricalHinge, hinge, squaredHinge } from './hinge.js'
import type { Loss } from './loss.js'
import {
  cosineSimilarity,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
} from './regression.js'

export { customLoss, type LossFunction } from './custom.js'
export { defineLoss, type Loss, type LossTensors, type RowLosses, type RowOptions } from './loss.js'
export { binaryCrossentropy, meanSquaredError, sparseCategoricalCrossentropy }

/** Makers of losses by Keras's names in camelCase. */
export const losses = {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalHinge,
  cosineSimilarity,
  custom: customLoss,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  sparseCategoricalCrossentropy,
  squaredHinge,
} as const

type Maker = (options: Readonly<Record<string, unknown>>) => Loss

const { custom: _custom, ...named } = losses
const makers = new Map(Object.entries(named) as [string, Maker][])
const aliases = new Map(
  Object.entries({
    mse: meanSquaredError,
    mae: meanAbsoluteError,
    mape: meanAbsolutePercentageError,
    msle: meanSquaredLogarithmicError,
    bce: binaryCrossentropy,
    kld: klDivergence,
    kullbackLeiblerDivergence: klDivergence,
  }) as [string, Maker][],
)

/** What stands for a loss: its name, its name with options, a loss, or a function of your own. */
export type LossLike = Spec | Loss | LossFunction

/**
 * A loss by Keras's name (`'mse'`, `'binary_crossentropy'`, `'BinaryCrossentropy'`), by name and options, or from a
 * function of your own. Throws `unknown-name`, `option`.
 *
 * @example
 * createLoss({ name: 'huber', delta: 2 })
 */
export function createLoss(like: LossLike): Loss {
  if (typeof like === 'function') return customLoss(like)
  if (isLoss(like)) return like
  const { name, options } = readSpec(like)
  if (/^(ce|crossentropy)$/i.test(name)) {
    throw new RepriseError(
      'option',
      `loss "${name}" depends on the shapes of predictions and targets; use the name resolveCrossentropy gives for them`,
    )
  }
  return lookUp('loss', new Map([...makers, ...aliases]), name)(options)
}

/** Makes a loss of your own known by name, so that models that use it can be saved. Throws `duplicate-name`. */
export function registerLoss(
  name: string,
  compute: LossFunction,
  targets: Loss['targets'] = 'float32',
): void {
  if (makers.has(name)) {
    throw new RepriseError('duplicate-name', `loss "${name}" exists already; choose another name`)
  }
  makers.set(name, (options) => {
    const [option] = Object.keys(options)
    if (option !== undefined) throw unknownName(`option of loss ${name}`, option, [])
    return customLoss(compute, { name, targets })
  })
}

export const lossNames = (): readonly string[] => [...makers.keys(), ...aliases.keys()]

/** Whether something is a loss already. */
function isLoss(like: Spec | Loss): like is Loss {
  return typeof like === 'object' && 'of' in like && typeof like.of === 'function'
}

/** Keras's choice for the loss `'crossentropy'` (`'ce'`): shapes with their batch axis. */
export function resolveCrossentropy(predictions: Shape, targets: Shape): string {
  return `${kindOfTargets(predictions, targets)}Crossentropy`
}

/**
 * What Keras takes targets for: `binary` when the predictions are single numbers, `sparseCategorical` when the targets
 * lack the axis of classes (or have it with length 1), else `categorical`.
 */
export function kindOfTargets(
  predictions: Shape,
  targets: Shape,
): 'binary' | 'categorical' | 'sparseCategorical' {
  const classes = predictions.at(-1)!
  if (classes === 1) return 'binary'
  const sparse = targets.length < predictions.length || (targets.at(-1) === 1 && classes > 1)
  return sparse ? 'sparseCategorical' : 'categorical'
}
