import { RepriseError } from '../../errors.js'
import type { ModelConfig, TensorReference } from '../model-description.js'
import type { GraphBuilder, Value } from './graph-builder.js'
import type { LayerContext, LayerInstance, StateKeeper } from './layer-writer.js'
import { layerWriters } from './layer-writers.js'
import { OptionReader } from './option-reader.js'
import type { WeightCursor } from './weight-cursor.js'

/** A layer as descriptions have it: at the top of a model or among the options of another. */
interface LayerLike {
  readonly layer: string
  readonly options?: Readonly<Record<string, unknown>>
}

/**
 * Makes a layer, a wrapper with what is inside, or a model inside a model. Throws `unsupported-layer` for what has no ONNX form,
 * `shape` when the weights do not fit.
 */
export function makeLayer(
  entry: LayerLike,
  path: string,
  weights: WeightCursor,
  states: StateKeeper,
): LayerInstance {
  const { layer: kind } = entry
  if (kind === 'sequential' || kind === 'functional') {
    return makeModel(entry.options as unknown as ModelConfig, path, () => weights, states)
  }
  const write = Object.hasOwn(layerWriters, kind) ? layerWriters[kind] : undefined
  const context = contextOf(entry, path, weights, states)
  if (!write) {
    throw new RepriseError(
      'unsupported-layer',
      `${context.options.owner} cannot be written as ONNX; layers that can: ${Object.keys(layerWriters).join(', ')}`,
    )
  }
  const instance = write(context)
  context.options.finish()
  return (graph, inputs, callArguments) => graph.scope(path, () => instance(graph, inputs, callArguments))
}

function contextOf(entry: LayerLike, path: string, weights: WeightCursor, states: StateKeeper): LayerContext {
  const options = new OptionReader(`layer "${path}" (${entry.layer})`, entry.options ?? {})
  return {
    kind: entry.layer,
    path,
    options,
    weights,
    states,
    inner: (config, place) => makeLayer(config as LayerLike, `${path}/${place}`, weights, states),
    innerContext: (config, place) => contextOf(config as LayerLike, `${path}/${place}`, weights, states),
  }
}

/** All layers of a model; `weightsOf` says where each takes its weights. A call adds the nodes of the whole model. */
export function makeModel(
  config: ModelConfig,
  path: string,
  weightsOf: (layer: string) => WeightCursor,
  states: StateKeeper,
): LayerInstance {
  const within = (name: string) => (path === '' ? name : `${path}/${name}`)
  const layers = new Map<string, LayerInstance>()
  for (const entry of config.layers) {
    if (entry.layer === 'input') continue
    const weights = weightsOf(entry.name)
    layers.set(entry.name, makeLayer(entry, within(entry.name), weights, states))
    if (path === '') weights.finish()
  }
  if (config.kind === 'sequential') {
    return (graph, inputs) => [...layers.values()].reduce((values, layer) => layer(graph, values, {}), inputs)
  }
  return (graph, inputs) => runFunctional(config, layers, graph, inputs)
}

function runFunctional(
  config: ModelConfig,
  layers: ReadonlyMap<string, LayerInstance>,
  graph: GraphBuilder,
  inputs: readonly Value[],
): readonly Value[] {
  const { name, inputs: inputReferences = [], outputs = [] } = config
  const known = new Map<string, readonly Value[]>()
  const key = ([layer, call]: TensorReference) => `${layer} ${call}`
  for (const [index, reference] of inputReferences.entries()) known.set(key(reference), [inputs[index]!])
  let waiting = config.layers.flatMap(({ layer, name: own, calls = [] }) =>
    layer === 'input' ? [] : calls.map((call, index) => ({ own, call, index })),
  )
  while (waiting.length > 0) {
    const before = waiting.length
    // Calls of one layer keep their order, for layers that hold state.
    const blocked = new Set<string>()
    waiting = waiting.filter(({ own, call, index }) => {
      if (blocked.has(own) || !call.inputs.every((reference) => known.has(key(reference)))) {
        blocked.add(own)
        return true
      }
      const values = call.inputs.map((reference) => pick(known, reference, name))
      known.set(key([own, index, 0]), layers.get(own)!(graph, values, call.arguments ?? {}))
      return false
    })
    if (waiting.length === before) {
      const missing = [...new Set(waiting.map(({ own }) => own))].join(', ')
      throw new RepriseError('shape', `model "${name}": layers ${missing} wait for inputs that nothing gives`)
    }
  }
  return outputs.map((reference) => pick(known, reference, name))
}

function pick(
  known: ReadonlyMap<string, readonly Value[]>,
  reference: TensorReference,
  model: string,
): Value {
  const [layer, call, index] = reference
  const value = known.get(`${layer} ${call}`)?.[index]
  if (value) return value
  throw new RepriseError(
    'shape',
    `model "${model}": output ${index} of call ${call} of layer "${layer}" does not exist`,
  )
}
