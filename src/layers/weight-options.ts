import { boolean } from '../options.js'
import type { WeightOptions } from './build-context.js'
import { type ConstraintLike, constraint } from './constraints.js'
import { type RegularizerLike, regularizer } from './regularizers.js'

/** What a layer's regularizer and constraint options say about a weight. */
export function weightOptions(
  penalty: RegularizerLike | undefined,
  projection: ConstraintLike | undefined,
): WeightOptions {
  return {
    ...(penalty === undefined ? {} : { regularizer: regularizer(penalty) }),
    ...(projection === undefined ? {} : { constraint: constraint(projection) }),
  }
}

/** The option by which a large table takes part in training only with the rows that a step picks. */
export const sparseField = boolean(
  'update only the rows that a step picks: for large tables; momentum and moments of the others stand still, weight decay must be 0',
  false,
)

/** What `sparse` says about a weight; penalties on it make its gradient dense again. */
export const rowOptions = (sparse: boolean): WeightOptions =>
  sparse ? { rowGradient: true, decay: false } : {}
