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
