import type { GraphBuilder, Value } from './graph-builder.js'
import { masked, type RecurrenceResult } from './masked-recurrence.js'
import { addNative, runsNatively } from './native-recurrence.js'
import { concatenate, shapeOf } from './operations.js'
import type { CellWriter } from './recurrent-cells.js'
import { addScan } from './scan-recurrence.js'

export interface Walk {
  /** bool [N, T]; steps that do not count keep the state, and their output is that of the step before. */
  readonly mask?: Value | undefined
  /** [N, size] for each part of the state; absent: zeros. */
  readonly initial?: readonly Value[] | undefined
  readonly reverse: boolean
  readonly wantSequence: boolean
}

/**
 * Runs a cell over x [N, T, I]: as one operator where ONNX has it with the cell's activations, else step by step (Scan). The
 * sequence comes in the order of time, whatever the direction.
 */
export function addRecurrence(
  graph: GraphBuilder,
  path: string,
  cell: CellWriter,
  x: Value,
  walk: Walk,
): RecurrenceResult {
  const { native } = cell
  if (!native || !runsNatively(native)) {
    const initial = walk.initial ?? cell.stateSizes.map((size) => zeroState(graph, x, size))
    return addScan(graph, cell, x, { ...walk, initial })
  }
  if (!walk.mask) return addNative(graph, path, native, x, walk)
  const initial = walk.initial ?? cell.stateSizes.map((size) => zeroState(graph, x, size))
  return masked(graph, x, walk.mask, { ...walk, initial }, (packed, lengths) =>
    addNative(graph, path, native, packed, { ...walk, lengths, reverse: false }),
  )
}

/** Zeros [N, size] for the rows of x. */
export function zeroState(graph: GraphBuilder, x: Value, size: number): Value {
  const shape = concatenate(graph, [shapeOf(graph, x, 0, 1), graph.integers(size)], 0)
  return graph.operation('Expand', [graph.constant(new Float32Array(1)), shape], {
    shape: [x.shape[0]!, size],
  })
}
