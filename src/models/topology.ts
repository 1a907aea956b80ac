import { RepriseError } from '../errors.js'
import { formatShape } from '../graph/tensor.js'
import type { Layer } from '../layers/layer.js'
import type { LayerNode, SymbolicTensor } from '../layers/symbolic.js'

/** What a functional model is made of. */
export interface Topology {
  /** Calls between inputs and outputs, each after those it depends on. */
  readonly nodes: readonly LayerNode[]
  /** Layers in Keras's order: by distance from the outputs, farthest first, then by when a walk from the outputs meets them. */
  readonly layers: readonly Layer[]
}

/** Walks from the outputs back to the inputs. Throws `disconnected` when an output needs an input that is not listed. */
export function findTopology(
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
): Topology {
  const nodes: LayerNode[] = []
  const met = new Map<Layer, number>()
  const finished = new Set<LayerNode>()
  const begin = new Set(inputs)
  const visit = (tensor: SymbolicTensor): void => {
    const { node } = tensor
    if (finished.has(node)) return
    if (begin.has(tensor) && node.inputs.length > 0) return
    if (!met.has(node.layer)) met.set(node.layer, met.size)
    if (node.inputs.length === 0 && !begin.has(tensor)) {
      throw new RepriseError(
        'disconnected',
        `the outputs need the input "${node.layer.name}" ${formatShape(tensor.shape)}, which is not among the model's inputs`,
      )
    }
    finished.add(node)
    for (const input of node.inputs) visit(input)
    nodes.push(node)
  }
  for (const output of outputs) visit(output)

  const depths = new Map<LayerNode, number>()
  const layerDepths = new Map<Layer, number>()
  const inGraph = new Set(nodes)
  for (const node of nodes.toReversed()) {
    const depth = Math.max(depths.get(node) ?? 0, layerDepths.get(node.layer) ?? 0)
    depths.set(node, depth)
    layerDepths.set(node.layer, depth)
    for (const { node: parent } of node.inputs) {
      if (inGraph.has(parent)) depths.set(parent, Math.max(depth + 1, depths.get(parent) ?? 0))
    }
  }
  for (const { node } of inputs) {
    if (inGraph.has(node) || node.inputs.length > 0) continue
    nodes.unshift(node)
    met.set(node.layer, -1)
    layerDepths.set(node.layer, 0)
  }
  const layers = [...layerDepths.keys()].sort(
    (a, b) => layerDepths.get(b)! - layerDepths.get(a)! || met.get(a)! - met.get(b)!,
  )
  return { nodes, layers }
}
