import type { GraphBuilder, Value } from './graph-builder.js'
import type { RecurrenceResult } from './masked-recurrence.js'
import { transpose, unsqueeze, where } from './operations.js'
import type { CellWriter } from './recurrent-cells.js'

/** The loop over the steps as a Scan with the cell in its body: any activation, any cell of the library, any mask. */
export function addScan(
  graph: GraphBuilder,
  cell: CellWriter,
  x: Value,
  walk: {
    readonly mask?: Value | undefined
    readonly initial: readonly Value[]
    readonly reverse: boolean
    readonly wantSequence: boolean
  },
): RecurrenceResult {
  const [N, T, features] = x.shape as [Value['shape'][0], Value['shape'][0], Value['shape'][0]]
  const body = graph.inner('step', (inner) => {
    const before = cell.stateSizes.map((size, part) => inner.input(`state_${part}`, 'float32', [N, size]))
    const step = inner.input('x', 'float32', [N, features])
    const counts = walk.mask && inner.input('mask', 'bool', [N, 1])
    const next = cell.step(inner, step, before)
    const after = counts ? next.map((value, part) => where(inner, counts, value, before[part]!)) : next
    for (const [part, value] of after.entries()) inner.output(`next_${part}`, value)
    if (walk.wantSequence) inner.output('out', after[cell.outputIndex]!)
  })
  const stepsFirst = [
    transpose(graph, x, [1, 0, 2]),
    ...(walk.mask ? [transpose(graph, unsqueeze(graph, walk.mask, 2), [1, 0, 2])] : []),
  ]
  const backwards = walk.reverse ? 1 : 0
  const size = cell.stateSizes[cell.outputIndex]!
  const results = graph.operations(
    'Scan',
    [...walk.initial, ...stepsFirst],
    [
      ...cell.stateSizes.map((width) => ({ shape: [N, width] })),
      ...(walk.wantSequence ? [{ shape: [T, N, size] }] : []),
    ],
    {
      body: { graph: body },
      num_scan_inputs: stepsFirst.length,
      scan_input_directions: stepsFirst.map(() => backwards),
      ...(walk.wantSequence && { scan_output_directions: [backwards] }),
    },
  ) as readonly Value[]
  const sequence = walk.wantSequence ? transpose(graph, results.at(-1)!, [1, 0, 2]) : undefined
  return { sequence, states: results.slice(0, cell.stateSizes.length) }
}
