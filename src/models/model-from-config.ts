import { RepriseError } from '../errors.js'
import type {
  LayerEntry,
  LayerWeights,
  ModelConfig,
  ModelDescription,
  TensorReference,
} from '../formats/model-description.js'
import { formatShape } from '../graph/index.js'
import type { Layer } from '../layers/layer.js'
import { layerFromConfig, registerLayer } from '../layers/registry.js'
import type { SymbolicTensor } from '../layers/symbolic.js'
import type { CompileOptions } from './compile-options.js'
import { Functional } from './functional.js'
import { InputLayer, type InputOptions } from './input-layer.js'
import type { Model, ModelOptions } from './model.js'
import { Sequential } from './sequential.js'

// A model inside another one is saved as a layer.
for (const kind of ['sequential', 'functional']) {
  registerLayer(kind, {
    create: ({ name, ...config }) => {
      const given = config as unknown as ModelConfig
      return modelFromConfig({ ...given, name: name ?? given.name })
    },
  })
}

/**
 * The model a config describes, with new weights.
 *
 * Throws `unknown-name` (layers, options), `option`, `shape`, `bad-model` for references that lead nowhere.
 */
export function modelFromConfig(config: ModelConfig, options: Omit<ModelOptions, 'name'> = {}): Model {
  return config.kind === 'sequential' ? sequentialFrom(config, options) : functionalFrom(config, options)
}

/** The model a file described, weights and all. Throws what `modelFromConfig` throws, and `bad-model` for missing weights. */
export function modelFromDescription(
  { config, weights, compile, weightFormat }: ModelDescription,
  options: Omit<ModelOptions, 'name'> = {},
): Model {
  const model = modelFromConfig(config, { ...options, weights: options.weights ?? weightFormat })
  assignWeights(model, weights)
  if (compile) model.compile(compile as CompileOptions)
  return model
}

/** Gives every layer its weights. Throws `bad-model` or `shape` before anything is changed. */
export function assignWeights(model: Model, weights: readonly LayerWeights[]): void {
  model.currentNetwork // builds a sequential model whose input shape is known
  const given = new Map(weights.map(({ layer, arrays }) => [layer, arrays]))
  const layers = model.layers.filter((layer) => layer.weights.length > 0)
  for (const layer of layers) {
    const arrays = given.get(layer.name)
    given.delete(layer.name)
    const wanted = layer.weights
    if (!arrays || arrays.length !== wanted.length) {
      throw new RepriseError(
        'bad-model',
        `layer "${layer.name}" has ${wanted.length} weights (${wanted.map((weight) => layer.weightName(weight)).join(', ')}), ` +
          `the file gives ${arrays?.length ?? 0}`,
      )
    }
    for (const [k, { shape }] of wanted.entries()) {
      if (formatShape(shape) === formatShape(arrays[k]!.shape)) continue
      throw new RepriseError(
        'shape',
        `layer "${layer.name}": weight ${layer.weightName(wanted[k]!)} is ${formatShape(shape)}, ` +
          `in the file ${arrays[k]!.name} is ${formatShape(arrays[k]!.shape)}`,
      )
    }
  }
  if (given.size > 0) {
    throw new RepriseError(
      'bad-model',
      `the file has weights for ${[...given.keys()].join(', ')}, which the model lacks`,
    )
  }
  const byName = new Map(weights.map(({ layer, arrays }) => [layer, arrays]))
  for (const layer of layers) layer.setWeights(byName.get(layer.name)!)
}

function makeLayer({ layer, name, options }: LayerEntry): Layer {
  if (layer === 'input') return new InputLayer({ ...(options as InputOptions), name })
  return layerFromConfig({ layer, name, options })
}

function sequentialFrom(config: ModelConfig, options: ModelOptions): Sequential {
  const { batchShape, dtype, name, layers } = config
  const made = layers.map(makeLayer)
  const first = made[0] instanceof InputLayer ? made.shift()! : undefined
  const begin = first ?? (batchShape ? new InputLayer({ batchShape, dtype, name: 'input_layer' }) : undefined)
  const start = begin ? [begin.applyAll([])[0]!] : []
  return new Sequential([...start, ...made], { ...options, name })
}

function functionalFrom(config: ModelConfig, options: ModelOptions): Functional {
  const layers = new Map(config.layers.map((entry) => [entry.name, makeLayer(entry)]))
  const results = new Map<string, readonly SymbolicTensor[]>() // "layer/call" → outputs
  const find = ([layer, call, index]: TensorReference) => results.get(`${layer}/${call}`)?.[index]
  let waiting = config.layers.flatMap(({ name, calls = [] }) =>
    calls.map((call, number) => ({ name, number, ...call })),
  )
  while (waiting.length > 0) {
    const before = waiting.length
    waiting = waiting.filter(({ name, number, inputs, arguments: given = {} }) => {
      const ready = inputs.map(find)
      const isNext = number === 0 || results.has(`${name}/${number - 1}`)
      if (!isNext || ready.includes(undefined)) return true
      results.set(`${name}/${number}`, layers.get(name)!.applyAll(ready as SymbolicTensor[], given))
      return false
    })
    if (waiting.length === before) {
      const { name, inputs } = waiting[0]!
      const missing = inputs.filter((reference) => !find(reference))
      throw new RepriseError(
        'bad-model',
        `layer "${name}" needs ${missing.map((reference) => reference.join('/')).join(', ')}, which nothing computes`,
      )
    }
  }
  const all = (what: string, references: readonly TensorReference[] = []) =>
    references.map((reference) => {
      const tensor = find(reference)
      if (tensor) return tensor
      throw new RepriseError(
        'bad-model',
        `the model's ${what} ${reference.join('/')} is not computed by any layer`,
      )
    })
  return new Functional({
    ...options,
    name: config.name,
    inputs: all('input', config.inputs),
    outputs: all('output', config.outputs),
  })
}
