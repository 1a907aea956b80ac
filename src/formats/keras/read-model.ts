import { badFile } from '../bad-file.js'
import type { LayerEntry, ModelConfig } from '../model-description.js'
import { asList, asObject, asText, isObject, type JsonObject } from './json.js'
import { isOperation, MaskOperations } from './mask-operations.js'
import { readCalls, readInputs, readTensors } from './read-graph.js'
import { readLayer, readShape } from './read-layer.js'
import type { ReadScope } from './read-scope.js'

/**
 * A model of a Keras configuration, { class_name, config }, in our form. Throws `bad-file` for what is none; what cannot be
 * read goes into `scope.unsupported`.
 */
export function readModelConfig(given: unknown, scope: ReadScope): ModelConfig {
  const json = asObject(given, 'the model', scope.file)
  const className = asText(json.class_name, 'the class of the model', scope.file)
  if (className === 'Sequential') return readSequential(json.config, scope)
  const config = asObject(json.config, 'the config of the model', scope.file)
  if (Array.isArray(config.layers) && 'output_layers' in config) return readFunctional(config, scope)
  const name = String(config.name ?? className)
  scope.unsupported.push(`${className} "${name}", a model written as a class of its own`)
  return { kind: 'functional', name, layers: [] }
}

function readSequential(given: unknown, scope: ReadScope): ModelConfig {
  // Keras 1 and early 2 wrote the list of layers alone.
  const config: JsonObject = Array.isArray(given)
    ? { layers: given }
    : asObject(given, 'the config of the model', scope.file)
  const name = asText(config.name ?? 'sequential', 'the name of the model', scope.file)
  const layers = asList(config.layers, 'the layers of the model', scope.file)
  const entries = layers.map((layer) => readLayer(layer, scope))
  checkNames(entries, name, scope)
  const [first] = entries
  if (first?.layer === 'input') {
    const { batchShape, dtype } = first.options as Pick<ModelConfig, 'batchShape' | 'dtype'>
    return {
      kind: 'sequential',
      name,
      layers: entries.slice(1),
      ...(batchShape && { batchShape }),
      ...(dtype && { dtype }),
    }
  }
  const declared = declaredInput(layers[0], scope)
  const batchShape = declared ?? readShape(config.build_input_shape, scope)
  return { kind: 'sequential', name, layers: entries, ...(batchShape && { batchShape }) }
}

/** Keras 2 wrote the shape of the input into the first layer, also into one inside a wrapper or model. */
function declaredInput(layer: unknown, scope: ReadScope): readonly (number | null)[] | undefined {
  if (!isObject(layer) || !isObject(layer.config)) return undefined
  const { config } = layer
  const own = readShape(config.batch_input_shape ?? config.batch_shape, scope)
  if (own) return own
  if (layer.class_name === 'Bidirectional') return declaredInput(config.layer, scope)
  const [first] = Array.isArray(config.layers) ? config.layers : []
  return declaredInput(first, scope)
}

function readFunctional(config: JsonObject, scope: ReadScope): ModelConfig {
  const { file } = scope
  const name = asText(config.name ?? 'functional', 'the name of the model', file)
  const given = asList(config.layers, 'the layers of the model', file).map((layer) =>
    asObject(layer, 'a layer', file),
  )
  const masks = new MaskOperations(given)
  const own = given.filter((json) => !isOperation(json))
  const read = own.map((json) => readLayer(json, scope))
  // In a model the name beside the config counts.
  const named = read.map((entry, k) => ({
    ...entry,
    name: asText(own[k]!.name ?? entry.name, 'the name of a layer', file),
  }))
  checkNames(named, name, scope)
  const byName = new Map(named.map((entry) => [entry.name, entry]))
  const calls = readCalls(own, named, masks, scope)
  const layers: LayerEntry[] = named.map((entry, k) => ({ ...entry, calls: calls[k]! }))
  const inputs = readInputs(config.input_layers, byName, scope)
  const outputs = readTensors(config.output_layers, byName, calls, named, masks, scope)
  if (outputs.length === 0) throw badFile(file, `model "${name}" has no outputs`)
  return { kind: 'functional', name, layers, inputs, outputs }
}

function checkNames(entries: readonly LayerEntry[], model: string, { file }: ReadScope): void {
  const seen = new Set<string>()
  for (const { name } of entries) {
    if (seen.has(name)) throw badFile(file, `model "${model}" has two layers "${name}"`)
    seen.add(name)
  }
}
