import {
  add,
  divide,
  maximum,
  minimum,
  multiply,
  scalar,
  scale,
  sqrt,
  square,
  sum,
} from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import { custom, number } from '../options.js'
import { NamedFunctions, type NamedLike, shorthand } from './named-functions.js'

/** What a weight becomes after each update: a tensor of the same shape. */
export type Constraint = (weight: Tensor) => Tensor
/** "nonNeg", { name: "maxNorm", maxValue: 3 } (which `constraints.maxNorm(3)` writes), or a function. */
export type ConstraintLike = NamedLike<Constraint>

/** Keras's backend.epsilon(). */
const epsilon = 1e-7

type Axes = number | readonly number[]
const axis = custom<Axes>('axes a norm runs over; 0 = the weights into one unit', 'axis', 0, (value) => {
  const axes = Array.isArray(value) ? value : [value]
  return axes.every(Number.isInteger)
    ? { value: value as Axes }
    : { expected: 'an axis number or a list of them' }
})
const bound = (doc: string, fallback: number) => number(doc, fallback, { min: 0 })

const normOf = (weight: Tensor, axes: Axes) => sqrt(sum(square(weight), axes, true))
const clip = (x: Tensor, low: number, high: number) => minimum(maximum(x, scalar(x, low)), scalar(x, high))
/** weight · desired / (norm + ε) */
const rescale = (weight: Tensor, norm: Tensor, desired: Tensor) =>
  multiply(weight, divide(desired, add(norm, scalar(norm, epsilon))))

const known = new NamedFunctions<Constraint>('constraint')
  .define(
    ['maxNorm', 'MaxNorm'],
    { maxValue: bound('largest norm', 2), axis },
    ({ maxValue, axis }) =>
      (weight) => {
        const norm = normOf(weight, axis)
        return rescale(weight, norm, clip(norm, 0, maxValue))
      },
  )
  .define(
    ['minMaxNorm', 'MinMaxNorm'],
    {
      minValue: bound('smallest norm', 0),
      maxValue: bound('largest norm', 1),
      rate: number('how far each update goes towards the bounds', 1, { min: 0, max: 1 }),
      axis,
    },
    ({ minValue, maxValue, rate, axis }) =>
      (weight) => {
        const norm = normOf(weight, axis)
        const inside = clip(norm, minValue, maxValue)
        return rescale(weight, norm, add(scale(inside, rate), scale(norm, 1 - rate)))
      },
  )
  .define(['nonNeg', 'NonNeg'], {}, () => (weight) => maximum(weight, scalar(weight, 0)))
  .define(['unitNorm', 'UnitNorm'], { axis }, ({ axis }) => (weight) => {
    const norm = normOf(weight, axis)
    return divide(weight, add(norm, scalar(norm, epsilon)))
  })

/** Names `constraint` knows. */
export const constraintNames = (): string[] => known.names()

/** The projection an option stands for: Keras 3's formulas and defaults. Throws `unknown-name` and `option`. */
export const constraint = (like: ConstraintLike): Constraint => known.resolve(like)

/** Makes a projection of your own known by name, so that layers that use it can be saved. Throws `duplicate-name`. */
export function registerConstraint(name: string, project: Constraint): void {
  known.define([name], {}, () => project)
}

/** An option that takes a constraint. */
export const constraintField = (doc: string) => known.field(doc)

interface NormOptions {
  readonly axis?: Axes
}

/**
 * Keras's constraints, written with their arguments.
 *
 * @example
 * layers.dense(10, { kernelConstraint: constraints.maxNorm(3), biasConstraint: 'nonNeg' })
 */
export const constraints = {
  maxNorm: shorthand<NormOptions & { readonly maxValue?: number }>('maxNorm', ['maxValue', 'axis']),
  minMaxNorm: shorthand<
    NormOptions & { readonly minValue?: number; readonly maxValue?: number; readonly rate?: number }
  >('minMaxNorm', ['minValue', 'maxValue', 'rate', 'axis']),
  nonNeg: shorthand('nonNeg'),
  unitNorm: shorthand<NormOptions>('unitNorm', ['axis']),
}
