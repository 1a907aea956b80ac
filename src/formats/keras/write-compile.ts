import {
  classNames,
  lossOptions,
  metricOptions,
  optimizerClasses,
  optimizerOptions,
  scheduleOptions,
} from './compile-table.js'
import { isObject, type JsonObject } from './json.js'
import { lowerCamel, snakeCase, upperCamel } from './names.js'

type Options = Readonly<Record<string, readonly string[]>>

/**
 * What `compile` was called with in Keras's form, without metrics that Keras has not; undefined when it has no such loss or
 * optimizer. Both are noted.
 */
export function writeCompile(compile: JsonObject | undefined, notes: string[]): JsonObject | undefined {
  if (!compile) return undefined
  const unknown: string[] = []
  const leftOut: string[] = []
  const walk = (value: unknown, write: (value: unknown) => unknown, what: string): unknown => {
    if (value === null || value === undefined) return null
    if (Array.isArray(value)) {
      const items = value.map((item) => walk(item, write, what))
      return what === 'metric' ? items.filter((item) => item !== null) : items
    }
    const written = write(value)
    if (written !== undefined) return written
    if (isObject(value) && typeof value.name !== 'string') {
      return Object.fromEntries(
        Object.entries(value).map(([output, own]) => [output, walk(own, write, what)]),
      )
    }
    ;(what === 'metric' ? leftOut : unknown).push(`${what} ${JSON.stringify(value)}`)
    return null
  }
  const clipping = Object.fromEntries(
    ['clipnorm', 'clipvalue', 'globalClipnorm'].flatMap((option) =>
      compile[option] === undefined ? [] : [[option, compile[option]]],
    ),
  )
  const optimizer = writeOptimizer(compile.optimizer ?? 'rmsprop', clipping)
  if (!optimizer) unknown.push(`optimizer ${JSON.stringify(compile.optimizer)}`)
  const metrics = (value: unknown) => writeNamed(value, { ...lossOptions, ...metricOptions }, 'keras.metrics')
  const written = {
    optimizer,
    loss: walk(compile.loss, (value) => writeNamed(value, lossOptions, 'keras.losses'), 'loss'),
    loss_weights: compile.lossWeights ?? null,
    metrics: walk(compile.metrics, metrics, 'metric'),
    weighted_metrics: walk(compile.weightedMetrics, metrics, 'metric'),
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: 'auto',
  }
  if (leftOut.length > 0) notes.push(`written without ${leftOut.join(', ')}, not known to Keras`)
  if (unknown.length === 0) return written
  notes.push(`written without compile: Keras has no ${unknown.join(', ')}`)
  return undefined
}

function writeOptimizer(value: unknown, clipping: JsonObject): JsonObject | undefined {
  const { name, options } = split(value)
  const plain = name?.toLowerCase().replaceAll(/[^a-z]/g, '')
  const known = Object.keys(optimizerClasses).find((candidate) => candidate.toLowerCase() === plain)
  if (known === undefined) return undefined
  const given = Object.entries({ ...options, ...clipping }).filter(
    ([option, own]) => optimizerOptions.includes(option) && own !== undefined,
  )
  const config = given.map(([option, own]): [string, unknown] => {
    const key = option.replace(/^beta([12])$/, 'beta_$1')
    // Keras takes no weight decay of 0 for "none" everywhere.
    if (option === 'weightDecay' && own === 0) return ['weight_decay', null]
    return [
      snakeCase(key),
      isObject(own) ? (writeNamed(own, scheduleOptions, 'keras.optimizers.schedules') ?? null) : own,
    ]
  })
  return object('keras.optimizers', optimizerClasses[known]!, Object.fromEntries(config))
}

function writeNamed(value: unknown, table: Options, module: string): unknown {
  const { name, options } = split(value)
  if (name === undefined) return undefined
  const ours = lowerCamel(name)
  if (name === 'AUC') return name
  if (!Object.hasOwn(table, ours)) return /^(mse|mae|mape|msle|bce|kld)$/.test(name) ? name : undefined
  const { label, ...own } = options
  const isForeign = ([option, given]: [string, unknown]) =>
    !table[ours]!.includes(option) && given !== undefined && given !== 0
  if (Object.entries(own).some(isForeign)) return undefined
  const config = table[ours]!.flatMap((option): [string, unknown][] => {
    const given = options[option]
    return given === undefined
      ? []
      : [[snakeCase(option), option === 'classAggregation' ? snakeCase(String(given)) : given]]
  })
  if (typeof label === 'string') config.push(['name', label])
  if (config.length === 0) return ours === 'auc' ? 'AUC' : snakeCase(ours)
  return object(module, classNames[ours] ?? upperCamel(ours), Object.fromEntries(config))
}

function split(value: unknown): { name: string | undefined; options: JsonObject } {
  if (typeof value === 'string') return { name: value, options: {} }
  if (!isObject(value) || typeof value.name !== 'string') return { name: undefined, options: {} }
  const { name, ...options } = value
  return { name, options }
}

const object = (module: string, className: string, config: JsonObject): JsonObject => ({
  module,
  class_name: className,
  config,
  registered_name: null,
})
