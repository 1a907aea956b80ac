import { badFile } from '../bad-file.js'
import type { Hdf5Group } from '../hdf5/read.js'
import type { LayerWeights, ModelConfig, WeightArray } from '../model-description.js'
import { fromCudnn } from './cudnn.js'
import {
  anyShape,
  legacyOrder,
  modelNodes,
  type PlacedWeight,
  placedWeights,
  type WeightLayout,
  type WeightNode,
} from './weight-tree.js'

export interface Found {
  readonly shape: readonly number[]
  values(): Float32Array
}

/** All weights of a model, found one by one or layer by layer. */
export function collectWeights(
  config: ModelConfig,
  layout: WeightLayout,
  file: string,
  find: (layer: string, weights: readonly PlacedWeight[]) => ReadonlyMap<PlacedWeight, Found>,
): LayerWeights[] {
  return modelNodes(config, layout).flatMap((node): LayerWeights[] => {
    const placed = placedWeights(node)
    if (placed.length === 0) return []
    const found = find(node.name, placed)
    const arrays = placed.map((weight) => toArray(weight, found.get(weight)!))
    const converted = placed.some((weight) => weight.node.cudnn) ? fromCudnn(placed, arrays, file) : arrays
    for (const [k, weight] of placed.entries()) checkShape(node, weight, converted[k]!, file)
    return [{ layer: node.name, arrays: converted }]
  })
}

const toArray = ({ name }: PlacedWeight, found: Found): WeightArray => ({
  name,
  shape: found.shape,
  data: found.values(),
})

function checkShape(
  { name }: WeightNode,
  { spec }: PlacedWeight,
  { name: own, shape }: WeightArray,
  file: string,
): void {
  if (spec.shape === anyShape) return
  const fits =
    shape.length === spec.shape.length &&
    spec.shape.every((length, axis) => length === null || length === shape[axis])
  if (fits) return
  const expected = spec.shape.map((length) => length ?? 'any').join(', ')
  throw badFile(
    file,
    `layer "${name}": ${own} should be [${expected}], and the file has [${shape.join(', ')}]`,
  )
}

/**
 * Weights as Keras 3 stores them (`model.weights.h5`): a group for each layer by its class, variables by number. Files of
 * Keras 2.12 and 2.13, with `_layer_checkpoint_dependencies` in place of `layers`, are read too. Throws `bad-file`.
 */
export function readStore(
  root: Hdf5Group,
  config: ModelConfig,
  cudnn: ReadonlySet<object>,
  file: string,
): LayerWeights[] {
  const countsTwice = root.names.includes(olderLayers)
  return collectWeights(config, { cudnn, countsTwice }, file, (layer, weights) => {
    const found = new Map<PlacedWeight, Found>()
    for (const weight of weights) {
      const group = variablesOf(root, weight.store)
      const expected = weight.node.own
      const count = group?.names.length ?? 0
      if (!group || count !== expected.length) {
        const names = expected.map(({ name }) => name).join(', ')
        throw badFile(
          file,
          `layer "${layer}" (${weight.store}) should have ${expected.length} weights (${names}), and the file has ${count}`,
        )
      }
      const dataset = group.dataset(String(weight.number))
      if (!dataset)
        throw badFile(file, `layer "${layer}": variable ${weight.number} of ${weight.store} is missing`)
      found.set(weight, dataset)
    }
    return found
  })
}

const olderLayers = '_layer_checkpoint_dependencies'

function variablesOf(root: Hdf5Group, path: string): Hdf5Group | undefined {
  const older = path.replaceAll('layers', olderLayers)
  // The projections of attention were found by their private names once.
  const hidden = path.replace(/\/(\w+_dense)$/, '/_$1')
  for (const candidate of [path, older, hidden, hidden.replaceAll('layers', olderLayers)]) {
    const found = root.group(`${candidate}/vars`)
    if (found) return found
  }
  return undefined
}

/** Whether a file has weights as Keras 3 stores them. */
export const isStore = (root: Hdf5Group): boolean =>
  ['layers', olderLayers, 'vars'].some((name) => root.names.includes(name))

/**
 * Weights as Keras 2 stores them, and Keras 3 in legacy files: a group for each layer with the list `weight_names`. Layers
 * are found by name, or by their order when the names differ, as for weights of another model. Throws `bad-file`.
 */
export function readLegacyWeights(
  group: Hdf5Group,
  config: ModelConfig,
  cudnn: ReadonlySet<object>,
  file: string,
): LayerWeights[] {
  const names = group.texts('layer_names')
  if (!names) throw badFile(file, 'it has no list of layers (layer_names), so it holds no weights of Keras')
  const stored = new Map<string, readonly string[]>()
  for (const name of names) {
    const weightNames = group.group(name)?.texts('weight_names') ?? []
    if (weightNames.length > 0) stored.set(name, weightNames)
  }
  const wanted = modelNodes(config)
    .filter((node) => placedWeights(node).length > 0)
    .map(({ name }) => name)
  const places = placesOf(wanted, [...stored.keys()], file)
  return collectWeights(config, { cudnn }, file, (layer, weights) => {
    const place = places.get(layer)!
    const weightNames = stored.get(place)!
    if (weightNames.length !== weights.length) {
      throw badFile(
        file,
        `layer "${layer}" should have ${weights.length} weights (${weights.map(({ name }) => name).join(', ')}), and the file has ${weightNames.length}`,
      )
    }
    return new Map(
      legacyOrder(weights).map((weight, k): [PlacedWeight, Found] => {
        const dataset = group.group(place)!.dataset(weightNames[k]!)
        if (!dataset) throw badFile(file, `weight "${weightNames[k]}" of layer "${layer}" is missing`)
        return [weight, dataset]
      }),
    )
  })
}

/** Layer of the model → layer of the file. */
function placesOf(wanted: readonly string[], stored: readonly string[], file: string): Map<string, string> {
  if (wanted.every((name) => stored.includes(name))) return new Map(wanted.map((name) => [name, name]))
  if (wanted.length === stored.length) return new Map(wanted.map((name, k) => [name, stored[k]!]))
  throw badFile(
    file,
    `the model has ${wanted.length} layers with weights (${wanted.join(', ')}), the file ${stored.length} (${stored.join(', ')})`,
  )
}
