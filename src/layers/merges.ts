import { add, maximum, minimum, multiply, scale, select, subtract } from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import type { CommonOptions } from './common-options.js'
import { ElementWiseMerge } from './element-wise-merge.js'
import type { Mask } from './layer.js'
import { either, orElse, perFeature } from './masks.js'

/** Sum of the inputs. */
export class Add extends ElementWiseMerge {
  constructor(given: CommonOptions = {}) {
    super('add', given)
  }

  protected combine(values: readonly Tensor[]): Tensor {
    return values.reduce(add)
  }
}

/** First input minus the second. */
export class Subtract extends ElementWiseMerge {
  constructor(given: CommonOptions = {}) {
    super('subtract', given, 2)
  }

  protected combine([a, b]: readonly Tensor[]): Tensor {
    return subtract(a!, b!)
  }
}

/** Mean of the inputs. */
export class Average extends ElementWiseMerge {
  constructor(given: CommonOptions = {}) {
    super('average', given)
  }

  protected combine(values: readonly Tensor[]): Tensor {
    return scale(values.reduce(add), 1 / values.length)
  }
}

/**
 * Product of the inputs. Masked values count as 1; where all inputs have a mask and none counts, the product is 0.
 */
export class Multiply extends ElementWiseMerge {
  constructor(given: CommonOptions = {}) {
    super('multiply', given)
  }

  protected combine(values: readonly Tensor[], masks: readonly Mask[]): Tensor {
    const own = masks.map((mask) => mask && perFeature(mask))
    const factors = values.map((x, index) => (own[index] ? orElse(own[index], x, 1) : x))
    const product = factors.reduce(multiply)
    const given = own.filter((mask) => mask !== undefined)
    return given.length === values.length ? multiply(given.reduce(either), product) : product
  }
}

/** Goes through the inputs in order; where one is masked, the others decide. */
function choose(values: readonly Tensor[], masks: readonly Mask[], better: (a: Tensor, b: Tensor) => Tensor) {
  let [best, bestMask] = [values[0]!, masks[0] && perFeature(masks[0])]
  for (const [index, value] of values.entries()) {
    if (index === 0) continue
    const mask = masks[index] && perFeature(masks[index])
    const own = mask ? select(mask, value, best) : value
    const other = bestMask ? select(bestMask, best, own) : best
    best = better(other, own)
    bestMask = mask && bestMask && either(bestMask, mask)
  }
  return best
}

/** Largest of the inputs; a masked value counts only where all are masked. */
export class Maximum extends ElementWiseMerge {
  constructor(given: CommonOptions = {}) {
    super('maximum', given)
  }

  protected combine(values: readonly Tensor[], masks: readonly Mask[]): Tensor {
    return choose(values, masks, maximum)
  }
}

/** Smallest of the inputs; a masked value counts only where all are masked. */
export class Minimum extends ElementWiseMerge {
  constructor(given: CommonOptions = {}) {
    super('minimum', given)
  }

  protected combine(values: readonly Tensor[], masks: readonly Mask[]): Tensor {
    return choose(values, masks, minimum)
  }
}
