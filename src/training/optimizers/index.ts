import { lookUp, readSpec, type Spec } from '../registry.js'
import { adadelta } from './adadelta.js'
import { adagrad } from './adagrad.js'
import { adam, adamW } from './adam.js'
import { adamax } from './adamax.js'
import { lion } from './lion.js'
import { nadam } from './nadam.js'
import type { Optimizer } from './optimizer.js'
import { rmsprop } from './rmsprop.js'
import { sgd } from './sgd.js'

export { defineOptimizer, type Optimizer, sharedFields } from './optimizer.js'
export { adadelta, adagrad, adam, adamax, adamW, lion, nadam, rmsprop, sgd }

type Maker = (options: Readonly<Record<string, unknown>>) => Optimizer

const makers = new Map(
  Object.entries({ sgd, rmsprop, adam, adamW, adagrad, adadelta, adamax, nadam, lion }) as [string, Maker][],
)

/** An optimizer by name and options: `'adam'`, `{ name: 'sgd', momentum: 0.9 }`. Throws `unknown-name`, `option`. */
export function createOptimizer(spec: Spec): Optimizer {
  const { name, options } = readSpec(spec)
  return lookUp('optimizer', makers, name)(options)
}

export const optimizerNames = (): readonly string[] => [...makers.keys()]
