import type {
  LayerCall,
  LayerEntry,
  LayerWeights,
  ModelConfig,
  ModelDescription,
  TensorReference,
} from '../formats/model-description.js'
import { readShared } from '../graph/index.js'
import type { Layer } from '../layers/layer.js'
import type { LayerNode, SymbolicTensor } from '../layers/symbolic.js'
import { compileConfig } from './compile-config.js'
import type { Model } from './model.js'
import type { Sequential } from './sequential.js'

/** The architecture of a model as plain data. Throws `not-saveable` for what JSON cannot hold. */
export function modelConfig(model: Model): ModelConfig {
  return model.kind === 'sequential' ? sequentialConfig(model as Sequential) : functionalConfig(model)
}

function entry(layer: Layer): LayerEntry {
  const { layer: kind, options } = layer.toConfig()
  return { layer: kind, name: layer.name, options }
}

function sequentialConfig(model: Sequential): ModelConfig {
  const { beginning } = model
  return {
    kind: 'sequential',
    name: model.name,
    layers: model.layers.map(entry),
    ...(beginning && {
      batchShape: beginning.sizes,
      dtype: beginning.dtype as 'float32' | 'int32',
    }),
  }
}

function functionalConfig(model: Model): ModelConfig {
  const { layers, inputs, outputs } = model
  const nodes = model.calls
  const callsOf = (layer: Layer): LayerNode[] => layer.nodes.filter((node) => nodes.includes(node))
  // A model may begin in the middle of another one: in a file such a tensor is an input of its own.
  const begins = new Map(
    inputs.flatMap((tensor, k) =>
      nodes.includes(tensor.node) ? [] : [[tensor, `${tensor.layer.name}_input_${k}`]],
    ),
  )
  const reference = (tensor: SymbolicTensor): TensorReference => {
    const begin = begins.get(tensor)
    if (begin !== undefined) return [begin, 0, 0]
    const { node, index } = tensor
    return [node.layer.name, callsOf(node.layer).indexOf(node), index]
  }
  const beginnings = [...begins].map(([{ sizes, dtype }, name]) => ({
    layer: 'input',
    name,
    options: { batchShape: sizes, dtype },
    calls: [{ inputs: [] }],
  }))
  return {
    kind: 'functional',
    name: model.name,
    layers: [
      ...beginnings,
      ...layers.map((layer) => ({
        ...entry(layer),
        calls: callsOf(layer).map(
          ({ inputs: given, arguments_ }): LayerCall => ({
            inputs: given.map(reference),
            ...(Object.keys(arguments_).length > 0 && { arguments: arguments_ }),
          }),
        ),
      })),
    ],
    inputs: inputs.map(reference),
    outputs: outputs.map(reference),
  }
}

/** Everything about a model as plain data, for files. */
export function describeModel(model: Model): ModelDescription {
  const compile = compileConfig(model)
  return {
    config: modelConfig(model),
    weights: describeWeights(model),
    ...(compile && { compile }),
    ...(model.weightFormat !== 'float32' && { weightFormat: model.weightFormat }),
  }
}

export function describeWeights(model: Model): LayerWeights[] {
  const list = model.layers.map((layer) => ({
    layer: layer.name,
    arrays: layer.weights.map((weight) => ({
      name: layer.weightName(weight),
      shape: weight.shape,
      data: readShared(weight),
    })),
  }))
  return list.filter(({ arrays }) => arrays.length > 0)
}
