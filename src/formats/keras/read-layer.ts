import { badFile } from '../bad-file.js'
import type { LayerEntry } from '../model-description.js'
import { asList, asObject, asText, isObject, type JsonObject } from './json.js'
import {
  cellKindOf,
  cellRules,
  harmlessKeys,
  isLayerModule,
  type LayerRule,
  layerKindOf,
  layerRules,
} from './layer-table.js'
import { camelCase, snakeCase } from './names.js'
import type { ReadScope } from './read-scope.js'
import { functionKindOf, readActivation, readFunction } from './values.js'

/** Keras's lists of one number. */
const numbersInLists = new Set(['kernelSize', 'strides', 'dilationRate', 'poolSize', 'size', 'axis'])

/**
 * A layer of a Keras configuration in our form. What cannot be read goes into `scope.unsupported`, and the entry is then
 * good for nothing but reading on. Throws `bad-file` for what is no configuration.
 */
export function readLayer(given: unknown, scope: ReadScope): LayerEntry {
  const json = asObject(given, 'a layer', scope.file)
  const className = asText(json.class_name, 'class_name', scope.file)
  const config = asObject(json.config, `the config of ${className}`, scope.file)
  const name = asText(config.name ?? json.name ?? snakeCase(className), 'the name of a layer', scope.file)
  const label = `${className} "${name}"`
  if (!isLayerModule(json.module)) {
    scope.unsupported.push(`operation ${label}`)
    return { layer: 'unsupported', name, options: {} }
  }
  if (className === 'InputLayer') return readInput(config, name, scope)
  if (className === 'Sequential' || className === 'Functional' || className === 'Model') {
    const model = scope.readModel(json)
    return { layer: model.kind, name: model.name, options: { ...model } }
  }
  if (className === 'ELU' && (config.alpha ?? 1) === 1) {
    return { layer: 'activation', name, options: { activation: 'elu', ...frozen(config) } }
  }
  const kind = layerKindOf(className)
  if (kind === undefined) {
    scope.unsupported.push(label)
    return { layer: 'unsupported', name, options: {} }
  }
  const options = {
    ...readOptions(config, layerRules[kind]!, label, scope),
    ...olderDefaults(className, kind, config, scope),
    ...frozen(config),
  }
  if (className.startsWith('CuDNN')) scope.cudnn.add(options)
  return { layer: kind, name, options }
}

const frozen = (config: JsonObject) => (config.trainable === false ? { trainable: false } : {})

function readInput(config: JsonObject, name: string, scope: ReadScope): LayerEntry {
  const batchShape = readShape(config.batch_shape ?? config.batch_input_shape, scope)
  if (!batchShape) throw badFile(scope.file, `input layer "${name}" has no shape`)
  return { layer: 'input', name, options: { batchShape, dtype: readInputType(config.dtype, name, scope) } }
}

/** Whole numbers and null; undefined when there is no shape. */
export function readShape(value: unknown, { file }: ReadScope): readonly (number | null)[] | undefined {
  if (value === undefined || value === null) return undefined
  return asList(value, 'a shape', file).map((length) => {
    if (length === null || (Number.isSafeInteger(length) && (length as number) >= 0))
      return length as number | null
    throw badFile(file, `a shape has the length ${JSON.stringify(length)}`)
  })
}

export function readInputType(dtype: unknown, name: string, scope: ReadScope): 'float32' | 'int32' {
  const type = typeof dtype === 'string' ? dtype : 'float32'
  if (/^u?int\d+$/.test(type)) return 'int32'
  if (!/^(b?float\d+|bool)$/.test(type)) scope.unsupported.push(`input "${name}" of type ${type}`)
  return 'float32'
}

/** Keys that Keras 2 called otherwise. */
const olderNames: Readonly<Record<string, string>> = { alpha: 'negativeSlope' }

function readOptions(config: JsonObject, rule: LayerRule, label: string, scope: ReadScope): JsonObject {
  const entries: [string, unknown][] = []
  checkType(config.dtype, label, scope)
  for (const [key, value] of Object.entries(config)) {
    const option = Object.hasOwn(olderNames, key) ? olderNames[key]! : camelCase(key)
    if (rule.options.includes(option)) {
      const read = readOption(option, value, label, scope)
      if (read !== undefined) entries.push([option, read])
      continue
    }
    if (value === null) continue
    const allowed = rule.only && Object.hasOwn(rule.only, key) ? rule.only[key] : undefined
    if (allowed) {
      if (!allowed.includes(value)) scope.unsupported.push(`${label} with ${key} ${JSON.stringify(value)}`)
    } else if (!harmlessKeys.has(key)) scope.ignored.push(`${label}: ${key}`)
  }
  return Object.fromEntries(entries)
}

function readOption(option: string, value: unknown, label: string, scope: ReadScope): unknown {
  if (option === 'activation' || option === 'recurrentActivation') {
    const activation = readActivation(value, scope)
    if (activation !== undefined) return activation
    const name = isObject(value) ? (value.class_name ?? value.config) : value
    scope.unsupported.push(`${label} with ${snakeCase(option)} ${JSON.stringify(name)}`)
    return undefined
  }
  const kind = functionKindOf(option)
  if (kind) {
    if (value === null) return undefined
    const read = readFunction(kind, value)
    const name = isObject(value) ? value.class_name : value
    if (read === undefined) scope.ignored.push(`${label}: ${snakeCase(option)} ${JSON.stringify(name)}`)
    return read
  }
  if (option === 'mergeMode') return value
  if (value === null) return undefined
  if (option === 'layer' || option === 'backwardLayer') {
    const { layer, name, options } = readLayer(value, scope)
    return { layer, name, options }
  }
  if (option === 'cell') return readCell(value, scope)
  if (option === 'cells')
    return asList(value, 'the cells of a stack', scope.file).map((cell) => readCell(cell, scope))
  if (option === 'dataFormat' || option === 'interpolation') {
    return typeof value === 'string' ? camelCase(value) : value
  }
  if (option === 'seed') return typeof value === 'number' ? value : undefined
  if (numbersInLists.has(option) && Array.isArray(value) && value.length === 1) return value[0]
  return value
}

function readCell(given: unknown, scope: ReadScope): JsonObject {
  // Keras 2 wrote the cells of a stack as the list itself.
  if (Array.isArray(given)) {
    return { cell: 'stacked', options: { cells: given.map((cell) => readCell(cell, scope)) } }
  }
  const json = asObject(given, 'a cell', scope.file)
  const className = asText(json.class_name, 'class_name', scope.file)
  const config = asObject(json.config, `the config of ${className}`, scope.file)
  const kind = cellKindOf(className)
  const label = `${className} "${String(config.name ?? '')}"`
  if (kind === undefined) {
    scope.unsupported.push(`cell ${label}`)
    return { cell: 'unsupported', options: {} }
  }
  const options = {
    ...readOptions(config, cellRules[kind]!, label, scope),
    ...olderDefaults(className, kind, config, scope),
  }
  return { cell: kind, options }
}

/** What an option meant that older versions did not write. */
function olderDefaults(className: string, kind: string, config: JsonObject, scope: ReadScope): JsonObject {
  if (kind !== 'lstm' && kind !== 'gru') return {}
  const isCudnn = className.startsWith('CuDNN')
  if (isCudnn) return { recurrentActivation: 'sigmoid', ...(kind === 'gru' ? { resetAfter: true } : {}) }
  if (scope.dialect === 'keras3') return {}
  return {
    ...('recurrent_activation' in config ? {} : { recurrentActivation: 'legacyHardSigmoid' }),
    ...(kind === 'lstm' || 'reset_after' in config ? {} : { resetAfter: false }),
  }
}

/** Reports types other than float32: the numbers here have more digits, or the weights other ones. */
function checkType(dtype: unknown, label: string, scope: ReadScope): void {
  if (dtype === undefined || dtype === null || dtype === 'float32') return
  const policy = isObject(dtype) ? dtype : undefined
  const config = policy && isObject(policy.config) ? policy.config : {}
  const type = policy ? (config.name ?? policy.class_name) : dtype
  if (type === 'float32') return
  if (typeof type === 'string' && /^(mixed_)?b?float\d+$/.test(type)) {
    scope.notes.push(`${label} computes in ${type} there, in float32 here`)
  } else if (!(typeof type === 'string' && /^u?int\d+$/.test(type))) {
    scope.unsupported.push(`${label} of type ${JSON.stringify(type)}`)
  }
}
