import { asReference, tensorsIn } from './graph-references.js'
import { isObject, type JsonObject } from './json.js'
import { isLayerModule } from './layer-table.js'

/** Arguments in which Keras 3 writes down the masks it has made by itself. */
export const maskArguments: ReadonlySet<string> = new Set(['mask', 'query_mask', 'value_mask', 'key_mask'])

/** Operations with which layers make masks of masks. */
const passing = new Set([
  'All',
  'Any',
  'BroadcastTo',
  'Cast',
  'Concatenate',
  'ConvertToTensor',
  'ExpandDims',
  'LogicalAnd',
  'LogicalOr',
  'Maximum',
  'Repeat',
  'Reshape',
  'Squeeze',
])

/** Whether an entry of `layers` is an operation of a graph, not a layer. */
export const isOperation = ({ module }: JsonObject): boolean => !isLayerModule(module)

/**
 * Keras 3 writes the masks that layers make by themselves into its graphs, as operations and arguments. This tells them
 * from masks given by hand: they begin with `x ≠ 0` where x goes into an embedding with mask_zero, or `x ≠ value` where x
 * goes into a masking layer.
 */
export class MaskOperations {
  private readonly operations: ReadonlyMap<string, JsonObject>
  /** What layers that make masks compare, with what. */
  private readonly begins = new Set<string>()

  constructor(layers: readonly JsonObject[]) {
    this.operations = new Map(layers.filter(isOperation).map((json) => [String(json.name), json]))
    for (const { class_name: className, config, inbound_nodes: nodes } of layers) {
      const options = isObject(config) ? config : {}
      const value = className === 'Masking' ? options.mask_value : options.mask_zero === true ? 0 : undefined
      if (value === undefined || !Array.isArray(nodes)) continue
      for (const tensor of tensorsIn(nodes)) this.begins.add(JSON.stringify([tensor, value]))
    }
  }

  has(name: string): boolean {
    return this.operations.has(name)
  }

  /** Whether all tensors in an argument are masks that layers make by themselves. */
  areAutomatic(argument: unknown): boolean {
    return tensorsIn(argument).every(([name]) => this.isAutomatic(name, 0))
  }

  private isAutomatic(name: string, depth: number): boolean {
    const operation = this.operations.get(name)
    const nodes = operation?.inbound_nodes
    if (!operation || !Array.isArray(nodes) || nodes.length !== 1 || depth > 50) return false
    const [node] = nodes as unknown[]
    if (operation.class_name === 'OnesLike') return true
    if (operation.class_name === 'NotEqual') {
      const [tensor, value] = isObject(node) && Array.isArray(node.args) ? node.args : []
      return this.begins.has(JSON.stringify([asReference(tensor), value]))
    }
    if (!passing.has(String(operation.class_name))) return false
    return tensorsIn(node).every(([inner]) => this.isAutomatic(inner, depth + 1))
  }
}
