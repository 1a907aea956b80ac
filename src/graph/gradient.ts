import { RepriseError } from '../errors.js'
import type { Graph } from './graph.js'
import type { Node } from './operation.js'
import { add } from './operations/arithmetic.js'
import { reshape } from './operations/broadcast.js'
import { onesLike } from './operations/fill.js'
import type { Tensor } from './tensor.js'

/**
 * Reverse-mode differentiation: appends to the graph the nodes that compute d`loss`/d`target` for every target and
 * returns them in order; undefined where the loss does not depend on the target. `loss` may have any shape: the gradient
 * of its sum is taken.
 */
export function gradients(loss: Tensor, targets: readonly Tensor[]): (Tensor | undefined)[] {
  const graph = loss.graph
  const needed = dependents(graph, targets)
  if (!needed.has(loss)) return targets.map(() => undefined)
  const collected = new Map<Tensor, Tensor>()
  const nodes = graph.nodes.slice()
  graph.scope('backward', () => {
    collected.set(loss, onesLike(loss))
    for (let index = nodes.length - 1; index >= 0; index--) differentiate(nodes[index]!, needed, collected)
  })
  return targets.map((target) => collected.get(target))
}

/** All tensors whose value depends on one of the targets through differentiable operations. */
function dependents(graph: Graph, targets: readonly Tensor[]): Set<Tensor> {
  const set = new Set(targets)
  for (const node of graph.nodes) {
    if (!node.operation.gradient) continue
    if (Object.values(node.inputs).some((input) => input && set.has(input))) {
      for (const output of Object.values(node.outputs)) if (output.dtype === 'float32') set.add(output)
    }
  }
  return set
}

function differentiate(node: Node, needed: ReadonlySet<Tensor>, collected: Map<Tensor, Tensor>): void {
  const gradients: Record<string, Tensor> = {}
  for (const [name, output] of Object.entries(node.outputs)) {
    const gradient = collected.get(output)
    if (gradient) gradients[name] = gradient
  }
  if (Object.keys(gradients).length === 0) return
  const needs = (name: string) => {
    const input = node.inputs[name]
    return input !== undefined && needed.has(input)
  }
  if (!node.operation.gradient || !Object.keys(node.inputs).some(needs)) return
  const results = node.operation.gradient({
    inputs: node.inputs,
    outputs: node.outputs,
    attributes: node.attributes,
    gradients,
    needs: (name) => needs(String(name)),
  })
  for (const [name, gradient] of Object.entries(results)) {
    const input = node.inputs[name]
    if (!gradient || !input || !needed.has(input)) continue
    if (gradient.size !== input.size) {
      throw new RepriseError('shape', `gradient of ${node.operation.name}.${name} has the wrong shape`)
    }
    const own = reshape(gradient, input.shape)
    const before = collected.get(input)
    collected.set(input, before ? add(before, own) : own)
  }
}
