import type { GraphBuilder, Value } from './graph-builder.js'
import {
  binary,
  cast,
  compare,
  concatenate,
  gatherSteps,
  reduce,
  shapeOf,
  unsqueeze,
  where,
} from './operations.js'

export interface RecurrenceResult {
  /** [N, T, H]: the output after each step, in the order of time; absent when it was not asked for. */
  readonly sequence: Value | undefined
  /** After the last walked step. */
  readonly states: readonly Value[]
}

/**
 * ONNX's recurrent operators know lengths, Keras any mask. The steps that count are moved to the front of each row, in the
 * order in which they are walked; the operator runs over that many; then each step takes the output of the last step that
 * counted up to it, which is the initial state when there was none.
 */
export function masked(
  graph: GraphBuilder,
  x: Value,
  mask: Value,
  walk: { readonly initial: readonly Value[]; readonly reverse: boolean; readonly wantSequence: boolean },
  run: (packed: Value, lengths: Value) => RecurrenceResult,
): RecurrenceResult {
  const [N, T] = x.shape as [Value['shape'][0], Value['shape'][0]]
  const counts = cast(graph, mask, 'float32')
  const axis = graph.constant(BigInt64Array.of(1n), [])
  const running = (fromTheEnd: boolean) =>
    graph.operation('CumSum', [counts, axis], { shape: [N, T] }, { reverse: fromTheEnd ? 1 : 0 })
  // Steps that count and are still to come, this one included: largest at the step that is walked first, 0 where masked.
  const remaining = binary(graph, 'Mul', counts, running(!walk.reverse))
  const [, order] = graph.operations(
    'TopK',
    [remaining, shapeOf(graph, x, 1, 2)],
    [{ shape: [N, T] }, { shape: [N, T], type: 'int64' }],
    { axis: 1, largest: 1, sorted: 1 },
  )
  const total = reduce(graph, 'ReduceSum', counts, [1])
  // An empty row runs one step, whose result nobody takes: runtimes differ in what a length of 0 gives.
  const lengths = cast(graph, binary(graph, 'Max', total, graph.scalar(1)), 'int32')
  const { sequence, states } = run(gatherSteps(graph, x, order), lengths)
  const any = compare(graph, 'Greater', unsqueeze(graph, total, 1), graph.scalar(0))
  return {
    states: states.map((state, part) => where(graph, any, state, walk.initial[part]!)),
    sequence: sequence && spread(graph, walk.initial[0]!, sequence, running(walk.reverse)),
  }
}

/** Output after k counted steps, for the k of each step: place 0 is the initial state. */
function spread(graph: GraphBuilder, initial: Value, packed: Value, counted: Value): Value {
  const all = concatenate(graph, [unsqueeze(graph, initial, 1), packed], 1)
  return { ...gatherSteps(graph, all, cast(graph, counted, 'int64')) }
}
