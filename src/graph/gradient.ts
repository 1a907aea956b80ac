import { RepriseError } from '../errors.js'
import type { Graph } from './graph.js'
import type { Node } from './operation.js'
import { add } from './operations/arithmetic.js'
import { reshape } from './operations/broadcast.js'
import { onesLike } from './operations/fill.js'
import { sumRows, uniqueRows } from './operations/rows.js'
import { concatenate } from './operations/shape.js'
import type { Tensor } from './tensor.js'

/** The gradient of a table of which a step picks few rows: `values[r]` belongs to row `rows[r]`, for r < `count`. */
export interface RowGradient {
  /** float32 [R, E]; zero from `count` on. */
  readonly values: Tensor
  /** int32 [R], distinct; −1 from `count` on. */
  readonly rows: Tensor
  /** int32 [1] */
  readonly count: Tensor
}

/** Rows picked from a table somewhere: their gradient and their numbers. */
interface Pick {
  readonly dy: Tensor
  readonly ids: Tensor
}

/**
 * Reverse-mode differentiation: appends to the graph the nodes that compute d`loss`/d`target` for every target and
 * returns them in order; undefined where the loss does not depend on the target. `loss` may have any shape: the gradient
 * of its sum is taken.
 */
export function gradients(loss: Tensor, targets: readonly Tensor[]): (Tensor | undefined)[]
/** The same; the tables in `byRows`, of which the graph must only pick rows, get a list of rows. */
export function gradients(
  loss: Tensor,
  targets: readonly Tensor[],
  byRows: ReadonlySet<Tensor>,
): (Tensor | RowGradient | undefined)[]
export function gradients(
  loss: Tensor,
  targets: readonly Tensor[],
  byRows: ReadonlySet<Tensor> = new Set(),
): (Tensor | RowGradient | undefined)[] {
  const picks = new Map([...byRows].map((table): [Tensor, Pick[]] => [table, []]))
  const graph = loss.graph
  const needed = dependents(graph, targets)
  if (!needed.has(loss)) return targets.map(() => undefined)
  const collected = new Map<Tensor, Tensor>()
  const nodes = graph.nodes.slice()
  graph.scope('backward', () => {
    collected.set(loss, onesLike(loss))
    for (let index = nodes.length - 1; index >= 0; index--) {
      if (!pickRows(nodes[index]!, picks, collected)) differentiate(nodes[index]!, needed, collected)
    }
  })
  return targets.map((target) => {
    const own = picks.get(target)
    if (!own) return collected.get(target)
    return own.length === 0 ? undefined : graph.scope('backward', () => rowGradient(target, own))
  })
}

/** Whether every use of a tensor so far picks rows of it. */
export function onlyGathered(tensor: Tensor): boolean {
  return tensor.graph.nodes.every(({ operation, inputs }) =>
    Object.entries(inputs).every(([name, input]) => input !== tensor || operation.gathers?.table === name),
  )
}

/** Notes the gradient of rows picked from one of the tables; false when the node does something else. */
function pickRows(
  { operation: { gathers }, inputs, outputs }: Node,
  picks: ReadonlyMap<Tensor, Pick[]>,
  collected: ReadonlyMap<Tensor, Tensor>,
): boolean {
  const own = gathers && picks.get(inputs[gathers.table]!)
  if (!own) return false
  const dy = collected.get(outputs[gathers.output]!)
  if (dy) own.push({ dy, ids: inputs[gathers.ids]! })
  return true
}

function rowGradient(table: Tensor, picks: readonly Pick[]): RowGradient {
  const [V] = table.shape as [number, number]
  const flat = picks.map(({ ids }) => reshape(ids, [-1]))
  const ids = flat.length === 1 ? flat[0]! : concatenate(flat, 0)
  const { rows, count, place } = uniqueRows(ids, V)
  const parts = picks.map(({ dy }) => reshape(dy, [-1, table.shape[1]!]))
  return { values: sumRows(parts, place, rows.size), rows, count }
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
