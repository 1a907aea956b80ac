import { type Address, Binary } from '../../engine/commands.generated.js'
import { RepriseError } from '../../errors.js'
import type { RowUpdate, UpdateContext } from '../../graph/compile.js'
import type { Parameter } from '../../graph/parameters.js'
import { number, optional, type Resolved } from '../../options.js'

export const clippingFields = {
  clipnorm: optional(number('clip the gradient of each parameter to this norm', undefined, { above: 0 })),
  clipvalue: optional(number('clip each element of the gradient to ± this', undefined, { above: 0 })),
  globalClipnorm: optional(number('clip the whole gradient to this norm', undefined, { above: 0 })),
} as const

export type Clipping = Resolved<typeof clippingFields>

/** Elements that one optimizer command updates, and the norm it clips by. */
export interface ClippedStretch {
  readonly offset: number
  readonly count: number
  readonly decay: boolean
  /** Which of the optimizer's rates. */
  readonly rateGroup: number
  readonly norm: Address
  /** 0 = no clipping. */
  readonly maxNorm: number
  /** Only these rows of one parameter are updated; `count` is that of the list. */
  readonly byRows?: RowUpdate & { readonly parameter: Parameter }
}

/** Of each parameter whose gradient is a list of rows, that list. */
function rowStretches({ rowGradients }: UpdateContext) {
  return [...rowGradients].map(([parameter, update]) => ({
    offset: parameter.offset,
    count: update.limit * update.width,
    decay: parameter.decay,
    rateGroup: parameter.rateGroup,
    byRows: { ...update, parameter },
  }))
}

/** Throws `option` when two forms of clipping are asked for. */
export function checkClipping(owner: string, clipping: Clipping): void {
  const given = Object.keys(clippingFields).filter((name) => clipping[name as keyof Clipping] !== undefined)
  if (given.length < 2) return
  throw new RepriseError('option', `optimizer ${owner}: give ${given.join(' or ')}, not both`)
}

/**
 * Puts the global norm of the gradient into the output `norm` and clips by value; returns what to update. The norm comes
 * first: clipping would hide what is not finite.
 */
export function emitClipping(context: UpdateContext, clipping: Clipping): ClippedStretch[] {
  const norm = context.output('norm', 1)
  const dense = context.parameters.trainableStretches(context.rowGradients)
  const stretches = [...dense, ...rowStretches(context)]
  stretches.forEach(({ offset, count }, index) => {
    context.emit('globalNorm', { x: context.gradient(offset), norm, count, accumulate: index === 0 ? 0 : 1 })
  })
  if (stretches.length === 0) context.emit('fill', { y: norm, count: 1, value: 0 })
  const { clipnorm, clipvalue: limit, globalClipnorm } = clipping
  if (limit !== undefined) {
    for (const { offset, count } of stretches) {
      context.emit('clipByValue', { x: context.gradient(offset), count, limit })
    }
  }
  if (clipnorm !== undefined) return clipEachParameter(context, norm, clipnorm)
  return stretches.map((stretch) => ({ ...stretch, norm, maxNorm: globalClipnorm ?? 0 }))
}

/** One stretch and one norm per parameter. */
function clipEachParameter(context: UpdateContext, globalNorm: Address, maxNorm: number): ClippedStretch[] {
  const trainable = [...context.parameters].filter((parameter) => parameter.trainable)
  if (trainable.length === 0) return []
  const norms = context.output('parameterNorms', trainable.length)
  const lists = rowStretches(context)
  const stretches = trainable.map((parameter, index): ClippedStretch => {
    const { offset, size, decay, rateGroup } = parameter
    const list = lists.find(({ byRows }) => byRows.parameter === parameter)
    const own = list ?? { offset, count: size, decay, rateGroup }
    const norm = { slot: norms.slot, offset: norms.offset + index }
    context.emit('globalNorm', { x: context.gradient(offset), norm, count: own.count, accumulate: 0 })
    return { ...own, norm, maxNorm }
  })
  spreadNonFinite(context, globalNorm, norms, trainable.length)
  return stretches
}

/** norms += 0 · norm, so that one gradient that is not finite keeps every parameter from changing. */
function spreadNonFinite(context: UpdateContext, norm: Address, norms: Address, count: number): void {
  const zero = context.output('normGuard', 1)
  const axes = { d0: 1, d1: 1, d2: 1 }
  const strides = {
    aStride0: 0,
    aStride1: 0,
    aStride2: 0,
    bStride0: 0,
    bStride1: 0,
    bStride2: 0,
    bStride3: 0,
  }
  context.emit('fill', { y: zero, count: 1, value: 0 })
  const once = { ...axes, ...strides, d3: 1, aStride3: 0 }
  context.emit('binary', { a: zero, b: norm, y: zero, ...once, operation: Binary.multiply })
  const each = { ...axes, ...strides, d3: count, aStride3: 1 }
  context.emit('binary', { a: norms, b: zero, y: norms, ...each, operation: Binary.add })
}
