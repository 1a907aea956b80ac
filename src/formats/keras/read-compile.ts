import {
  lossAliases,
  lossOptions,
  metricOptions,
  optimizerClasses,
  optimizerOptions,
  scheduleOptions,
} from './compile-table.js'
import { isObject, type JsonObject } from './json.js'
import { camelCase, lowerCamel, snakeCase, storeName } from './names.js'
import type { ReadScope } from './read-scope.js'

type Options = Readonly<Record<string, readonly string[]>>
/** Losses and metrics fit for our `compile`, or a nest of them; undefined when one is unknown. */
type Read = (value: unknown) => unknown

/**
 * What `compile` was called with, in our names: from Keras 3's compile_config, or the training_config of legacy files. What
 * cannot be said here is left out with a note; without its optimizer or loss nothing is left.
 */
export function readCompile(
  json: JsonObject,
  scope: ReadScope,
): Readonly<Record<string, unknown>> | undefined {
  const givenOptimizer = json.optimizer ?? json.optimizer_config
  if (givenOptimizer === undefined && json.loss === undefined) return undefined
  const unknown: string[] = []
  const optimizer = givenOptimizer ? readOptimizer(givenOptimizer, scope) : undefined
  if (givenOptimizer && !optimizer) unknown.push(`optimizer ${nameOf(givenOptimizer)}`)
  const known = (read: Read, what: string): Read => {
    const walk: Read = (value) => {
      if (value === null || value === undefined) return value
      if (Array.isArray(value)) return value.map(walk)
      const found = read(value)
      if (found !== undefined) return found
      if (isObject(value) && !('class_name' in value)) {
        return Object.fromEntries(Object.entries(value).map(([output, own]) => [output, walk(own)]))
      }
      unknown.push(`${what} ${nameOf(value)}`)
      return null
    }
    return walk
  }
  const loss = known((value) => readNamed(value, lossOptions, scope), 'loss')(json.loss)
  if (unknown.length > 0) {
    scope.notes.push(`not compiled: ${unknown.join(', ')} not known here`)
    return undefined
  }
  const readMetric = known(
    (value) => labelled(value, readNamed(value, { ...lossOptions, ...metricOptions }, scope)),
    'metric',
  )
  const metrics = withoutNull(readMetric(json.metrics))
  const weightedMetrics = withoutNull(readMetric(json.weighted_metrics))
  if (unknown.length > 0) scope.notes.push(`compiled without ${unknown.join(', ')}`)
  // Keras 3.15 writes the metrics given by place into loss_weights.
  const lossWeights = hasNumbers(json.loss_weights) ? json.loss_weights : undefined
  const entries = Object.entries({ optimizer, loss, lossWeights, metrics, weightedMetrics })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null))
}

const nameOf = (value: unknown): string =>
  JSON.stringify(isObject(value) ? (value.class_name ?? value) : value).slice(0, 80)

const hasNumbers = (value: unknown): boolean =>
  (Array.isArray(value) && value.every((weight) => typeof weight === 'number')) ||
  (isObject(value) && Object.values(value).every((weight) => typeof weight === 'number'))

/** Lists without what is not known; undefined when nothing is left. */
function withoutNull(value: unknown): unknown {
  if (!Array.isArray(value)) return value ?? undefined
  const isNest = value.some((item) => Array.isArray(item))
  return isNest ? value.map((item) => withoutNull(item) ?? []) : value.filter((item) => item !== null)
}

function readOptimizer(value: unknown, scope: ReadScope): unknown {
  const wanted = String(isObject(value) ? value.class_name : value)
    .replace(/^Custom>/, '')
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')
  const name = Object.keys(optimizerClasses).find((known) => known.toLowerCase() === wanted)
  if (name === undefined) return undefined
  const config = isObject(value) && isObject(value.config) ? value.config : {}
  const options = Object.entries(config).flatMap(([key, given]): [string, unknown][] => {
    const option = key === 'lr' ? 'learningRate' : camelCase(key)
    if (given === null || !optimizerOptions.includes(option)) {
      if (changesTraining(key, given)) scope.ignored.push(`optimizer ${name}: ${key}`)
      return []
    }
    if (option !== 'learningRate' || !isObject(given)) return [[option, given]]
    const schedule = readNamed(given, scheduleOptions, scope)
    if (schedule === undefined) scope.ignored.push(`optimizer ${name}: ${key} ${nameOf(given)}`)
    return schedule === undefined ? [] : [[option, schedule]]
  })
  return options.length === 0 ? name : { name, ...Object.fromEntries(options) }
}

const harmless = new Set([
  'name',
  'jit_compile',
  'is_legacy_optimizer',
  'ema_momentum',
  'ema_overwrite_frequency',
  'dtype',
])
const changesTraining = (key: string, value: unknown): boolean =>
  !harmless.has(key) && value !== null && value !== false && value !== 0

/** A name or { name, …options }; undefined when the table has no such name. */
function readNamed(value: unknown, table: Options, scope: ReadScope): unknown {
  const config = isObject(value) && isObject(value.config) ? value.config : {}
  const given = isObject(value) ? nameIn(value, config) : value
  if (typeof given !== 'string') return undefined
  const camel = lowerCamel(given === 'AUC' ? 'auc' : given)
  const name = Object.hasOwn(lossAliases, camel) ? lossAliases[camel]! : camel
  if (!Object.hasOwn(table, name)) return undefined
  const options = table[name]!.flatMap((option): [string, unknown][] => {
    const found = config[snakeCase(option)]
    if (found === null || found === undefined) return []
    return [[option, isWord(option, found) ? camelCase(found as string) : found]]
  })
  const { reduction, axis } = config
  if (typeof axis === 'number' && axis !== -1) return undefined
  if (reduction !== undefined && !['sum_over_batch_size', 'auto', null].includes(reduction as string)) {
    scope.ignored.push(`loss ${name}: reduction ${JSON.stringify(reduction)}`)
  }
  return options.length === 0 ? name : { name, ...Object.fromEntries(options) }
}

/** A metric that was given a name of its own keeps it. */
function labelled(value: unknown, read: unknown): unknown {
  // A short name stays: it is the name of the scores, too.
  if (typeof value === 'string' && typeof read === 'string') {
    return value === 'AUC' || Object.hasOwn(lossAliases, lowerCamel(value)) ? value : read
  }
  if (!isObject(value) || !isObject(value.config) || read === undefined) return read
  const { name: label, fn } = value.config
  if (typeof label !== 'string' || fn !== undefined || label === storeName(String(value.class_name)))
    return read
  return { ...(isObject(read) ? read : { name: read }), label }
}

/** { class_name: "MeanMetricWrapper", config: { fn } } and { class_name: "function", config } stand for functions. */
function nameIn(value: JsonObject, config: JsonObject): unknown {
  if (typeof value.config === 'string') return value.config
  if (value.class_name !== 'MeanMetricWrapper' && value.class_name !== 'LossFunctionWrapper')
    return value.class_name
  return typeof config.fn === 'string' ? config.fn : config.name
}

const isWord = (option: string, value: unknown) => option === 'classAggregation' && typeof value === 'string'
