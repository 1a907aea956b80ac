import { RepriseError } from '../../errors.js'
import type { DatasetToWrite, GroupToWrite } from '../hdf5/write.js'
import { mostListBytes } from '../hdf5/write-messages.js'
import type {
  LayerEntry,
  LayerWeights,
  ModelConfig,
  ModelDescription,
  WeightArray,
} from '../model-description.js'
import { inKerasOrder } from './layer-order.js'
import {
  kerasName,
  legacyOrder,
  modelNodes,
  type PlacedWeight,
  placedWeights,
  type WeightNode,
} from './weight-tree.js'

/** A group that is still being filled. */
interface OpenGroup {
  readonly attributes: Record<string, string | readonly string[]>
  readonly members: Map<string, OpenGroup | DatasetToWrite>
}

const emptyGroup = (): OpenGroup => ({ attributes: {}, members: new Map() })

/** Weights as Keras 3 stores them, for `model.weights.h5`. Throws `shape` when there are more or fewer than the layers have. */
export function storeGroup(description: ModelDescription): GroupToWrite {
  const root = emptyGroup()
  const at = (path: string) => {
    let group = root
    for (const part of path.split('/')) {
      const next = (group.members.get(part) as OpenGroup | undefined) ?? emptyGroup()
      group.members.set(part, next)
      group = next
    }
    return group
  }
  at('vars').attributes.name = description.config.name
  for (const { node, arrays } of layersToWrite(description)) {
    at(`${node.path}/vars`).attributes.name = node.name
    for (const [{ store, number }, { shape, data }] of arrays) {
      at(`${store}/vars`).members.set(String(number), { shape, values: data })
    }
  }
  return root
}

/** Weights as legacy files store them. Throws `shape`. */
export function legacyGroup(
  description: ModelDescription,
  versions: Readonly<Record<string, string>>,
): GroupToWrite {
  const members = new Map<string, GroupToWrite>()
  const names = inKerasOrder(description.config).layers.map(({ name }) => name)
  const written = new Map(layersToWrite(description).map((layer) => [layer.node.name, layer]))
  for (const name of names) {
    const layer = written.get(name)
    const ordered = layer ? legacyOrder([...layer.arrays.keys()]) : []
    const weightNames = ordered.map((weight) => `${name}/${kerasName(weight.name)}`)
    const group = emptyGroup()
    Object.assign(group.attributes, splitList('weight_names', weightNames))
    for (const [k, weight] of ordered.entries()) {
      const { shape, data } = layer!.arrays.get(weight)!
      put(group, weightNames[k]!, { shape, values: data })
    }
    put(members, name, group)
  }
  return { attributes: { ...splitList('layer_names', names), ...versions }, members }
}

function put(
  into: OpenGroup | Map<string, GroupToWrite>,
  path: string,
  item: OpenGroup | DatasetToWrite,
): void {
  const [first, ...rest] = path.split('/')
  const members = (into instanceof Map ? into : into.members) as Map<string, OpenGroup | DatasetToWrite>
  if (rest.length === 0) {
    members.set(first!, item)
    return
  }
  const next = (members.get(first!) as OpenGroup | undefined) ?? emptyGroup()
  members.set(first!, next)
  put(next, rest.join('/'), item)
}

/** A list that is too long for a header is split as Keras does: layer_names0, layer_names1, … */
function splitList(name: string, texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const width = Math.max(1, ...texts.map((text) => new TextEncoder().encode(text).length))
  const most = Math.max(1, Math.floor(mostListBytes / width))
  if (texts.length <= most) return { [name]: texts }
  const parts = Math.ceil(texts.length / most)
  return Object.fromEntries(
    Array.from({ length: parts }, (_, k) => [`${name}${k}`, texts.slice(k * most, (k + 1) * most)]),
  )
}

interface LayerToWrite {
  readonly node: WeightNode
  readonly arrays: ReadonlyMap<PlacedWeight, WeightArray>
}

/** The layers in Keras's order with their weights, found by name where layers inside change their order. */
function layersToWrite({ config, weights }: ModelDescription): LayerToWrite[] {
  const given = new Map(weights.map((layer) => [layer.layer, layer]))
  const own = new Map(modelNodes(config).map((node) => [node.name, node]))
  return modelNodes(orderedInside(config)).map((node) => {
    const expected = placedWeights(own.get(node.name)!)
    const arrays = arraysOf(node.name, expected, given.get(node.name))
    const byName = new Map(expected.map(({ name }, k) => [name, arrays[k]!]))
    return { node, arrays: new Map(placedWeights(node).map((weight) => [weight, byName.get(weight.name)!])) }
  })
}

/** The order of layers in a model and in those inside. */
function orderedInside(config: ModelConfig): ModelConfig {
  const { layers, ...rest } = inKerasOrder(config)
  return { ...rest, layers: layers.map(orderedEntry) }
}

function orderedEntry(entry: LayerEntry): LayerEntry {
  if (entry.layer === 'functional' || entry.layer === 'sequential') {
    return { ...entry, options: { ...orderedInside(entry.options as unknown as ModelConfig) } }
  }
  if (entry.layer !== 'timeDistributed') return entry
  return { ...entry, options: { ...entry.options, layer: orderedEntry(entry.options.layer as LayerEntry) } }
}

function arraysOf(
  layer: string,
  expected: readonly PlacedWeight[],
  given: LayerWeights | undefined,
): readonly WeightArray[] {
  const arrays = given?.arrays ?? []
  if (arrays.length === expected.length) return arrays
  throw new RepriseError(
    'shape',
    `layer "${layer}" has ${expected.length} weights in Keras (${expected.map(({ name }) => name).join(', ')}), and ${arrays.length} are given`,
  )
}
