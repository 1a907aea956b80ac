import { RepriseError } from '../../errors.js'
import type { LayerEntry, ModelConfig } from '../model-description.js'
import type { JsonObject } from './json.js'
import { inKerasOrder } from './layer-order.js'
import { writeCalls, writeTensors } from './write-graph.js'
import { type WriteScope, writeLayer } from './write-layer.js'

/**
 * A model in Keras's form. Throws `unsupported-layer` with all layers and options that Keras has not.
 */
export function writeModelConfig(config: ModelConfig, { legacy }: { readonly legacy: boolean }) {
  const scope: WriteScope = { unsupported: [], notes: [], legacy, writeModel }
  const json = writeModel(config, scope)
  if (scope.unsupported.length > 0) {
    throw new RepriseError(
      'unsupported-layer',
      `model "${config.name}" cannot be written for Keras, which has no ${scope.unsupported.join('; no ')}. Save it as .safetensors.`,
    )
  }
  return { json, notes: scope.notes }
}

function writeModel(config: ModelConfig, scope: WriteScope): JsonObject {
  const { name } = config
  if (config.kind === 'sequential') {
    const { batchShape, dtype } = config
    const first: LayerEntry[] = batchShape
      ? [
          {
            layer: 'input',
            name: freeName('input_layer', config),
            options: { batchShape, dtype: dtype ?? 'float32' },
          },
        ]
      : []
    const layers = [...first, ...config.layers].map((entry) => writeLayer(entry, scope))
    return model('Sequential', 'keras', { name, trainable: true, layers }, scope)
  }
  const { layers: entries, inputs = [], outputs = [] } = inKerasOrder(config)
  const layers = entries.map((entry) => ({
    ...writeLayer(entry, scope),
    name: entry.name,
    inbound_nodes: writeCalls(entry),
  }))
  const input_layers = writeTensors(inputs, entries)
  const output_layers = writeTensors(outputs, entries)
  return model(
    'Functional',
    'keras.src.models.functional',
    { name, trainable: true, layers, input_layers, output_layers },
    scope,
  )
}

function model(className: string, module: string, config: JsonObject, { legacy }: WriteScope): JsonObject {
  if (legacy) return { class_name: className, config }
  return {
    module,
    class_name: className,
    config,
    registered_name: className === 'Functional' ? className : null,
  }
}

function freeName(wanted: string, { layers }: ModelConfig): string {
  const taken = new Set(layers.map(({ name }) => name))
  let name = wanted
  for (let k = 1; taken.has(name); k++) name = `${wanted}_${k}`
  return name
}
