import type { LayerEntry, ModelConfig } from '../model-description.js'
import { isObject, type JsonObject } from './json.js'
import { cellRules, type LayerRule, layerRules, ownOptions } from './layer-table.js'
import { snakeCase } from './names.js'
import { functionKindOf, writeActivation, writeFunction } from './values.js'

/** What writing one model collects. */
export interface WriteScope {
  /** What Keras has not, by layer and option: the model is refused when there is any. */
  readonly unsupported: string[]
  readonly notes: string[]
  /** Legacy files say less: { class_name, config }. */
  readonly legacy: boolean
  /** Writes a model inside. */
  readonly writeModel: (config: ModelConfig, scope: WriteScope) => JsonObject
}

/** Common options that Keras's layers take in another place, or not at all. */
const commonOptions = new Set([
  'name',
  'trainable',
  'dtype',
  'inputShape',
  'batchInputShape',
  'inputDim',
  'inputLength',
  'sparse', // which rows a step updates, not what a layer computes
])

/** A layer in Keras's form. What Keras has not goes into `scope.unsupported`. */
export function writeLayer(entry: LayerEntry, scope: WriteScope): JsonObject {
  const { layer, name, options } = entry
  if (layer === 'input') {
    const config = {
      batch_shape: options.batchShape,
      dtype: options.dtype ?? 'float32',
      sparse: false,
      ragged: false,
      name,
    }
    return serialized('InputLayer', config, scope)
  }
  if (layer === 'sequential' || layer === 'functional') {
    return scope.writeModel({ ...(options as unknown as ModelConfig), name }, scope)
  }
  const rule = Object.hasOwn(layerRules, layer) ? layerRules[layer] : undefined
  if (!rule) {
    scope.unsupported.push(`${layer} "${name}"`)
    return serialized(layer, {}, scope)
  }
  // Some of Keras's layers do not take `trainable`; true is the default.
  const frozen = options.trainable === false && layer !== 'spatialDropout1d' ? { trainable: false } : {}
  const own = writeOptions(options, rule, `${layer} "${name}"`, scope)
  const config: JsonObject = { name, ...frozen, dtype: 'float32', ...own }
  return serialized(rule.className, config, scope)
}

const serialized = (className: string, config: JsonObject, { legacy }: WriteScope): JsonObject =>
  legacy
    ? { class_name: className, config }
    : { module: 'keras.layers', class_name: className, config, registered_name: null }

function writeOptions(options: JsonObject, rule: LayerRule, label: string, scope: WriteScope): JsonObject {
  const entries: [string, unknown][] = []
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue
    // Keras's reader of legacy files takes this name of its default for that of the function `dot`.
    if (scope.legacy && option === 'scoreMode' && value === 'dot') continue
    const isOfKeras = rule.options.includes(option)
    if (!isOfKeras && commonOptions.has(option)) continue
    if (isOfKeras) entries.push([snakeCase(option), writeOption(option, value, label, scope)])
    else if (!(Object.hasOwn(ownOptions, option) && ownOptions[option]!.includes(value))) {
      scope.unsupported.push(`${label} with ${option}`)
    }
  }
  return Object.fromEntries(entries)
}

function writeOption(option: string, value: unknown, label: string, scope: WriteScope): unknown {
  if (option === 'activation' || option === 'recurrentActivation') {
    const activation = writeActivation(value)
    if (activation === undefined) scope.unsupported.push(`${label} with ${option} ${JSON.stringify(value)}`)
    return activation
  }
  const kind = functionKindOf(option)
  if (kind) {
    if (value === null) return null
    const written = writeFunction(kind, value)
    if (written) return written
    scope.notes.push(`${label}: ${option} ${JSON.stringify(value)} is not known to Keras and left out`)
    return kind.module === 'keras.initializers' ? 'zeros' : null
  }
  if (option === 'layer' || option === 'backwardLayer') return writeInner(value as LayerEntry, scope)
  if (option === 'cell') return writeCell(value, scope)
  if (option === 'cells') return (value as readonly unknown[]).map((cell) => writeCell(cell, scope))
  return option === 'dataFormat' && typeof value === 'string' ? snakeCase(value) : value
}

/** A layer inside another has the longer form, in legacy files too. */
function writeInner(entry: LayerEntry, scope: WriteScope): JsonObject {
  const name = entry.name ?? snakeCase(entry.layer)
  return writeLayer({ ...entry, name }, { ...scope, legacy: false })
}

function writeCell(value: unknown, scope: WriteScope): unknown {
  const kind = isObject(value) ? String(value.cell) : ''
  const rule = Object.hasOwn(cellRules, kind) ? cellRules[kind] : undefined
  if (!isObject(value) || !rule) {
    scope.unsupported.push(`cell ${JSON.stringify(kind)}`)
    return null
  }
  const name = `${snakeCase(kind)}_cell`
  const own = writeOptions(isObject(value.options) ? value.options : {}, rule, `cell ${kind}`, scope)
  return serialized(
    rule.className,
    { name, trainable: true, dtype: 'float32', ...own },
    { ...scope, legacy: false },
  )
}
