import type { CompileOptions, LossLike, MetricLike } from './compile-options.js'
import type { Model } from './model.js'

/**
 * What `compile` was given as plain JSON, with the present learning rate; undefined when the model is not compiled or when a loss
 * or metric is a function, which files cannot hold.
 */
export function compileConfig(model: Model): Readonly<Record<string, unknown>> | undefined {
  const { compileOptions } = model
  if (!compileOptions) return undefined
  const { loss, lossWeights, metrics, weightedMetrics, precision, seed } = compileOptions
  try {
    const config = {
      optimizer: model.optimizer.toConfig(),
      loss: plain(loss),
      lossWeights,
      metrics: plain(metrics),
      weightedMetrics: plain(weightedMetrics),
      precision,
      seed,
    }
    return JSON.parse(JSON.stringify(config)) as Readonly<Record<string, unknown>>
  } catch (error) {
    if (error instanceof NotPlain) return undefined
    throw error
  }
}

class NotPlain extends Error {}

type Value = LossLike | MetricLike | CompileOptions['loss'] | CompileOptions['metrics'] | null

function plain(value: Value): unknown {
  if (typeof value === 'function') throw new NotPlain()
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => plain(item as Value))
  if ('toConfig' in value && typeof value.toConfig === 'function') return value.toConfig()
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item as Value)]))
}
