import {
  equal,
  fill,
  multiply,
  notEqual,
  oneHot,
  reshape,
  scalar,
  select,
  split,
  stack,
  subtract,
  zeros,
} from '../graph/operations/index.js'
import type { Tensor } from '../graph/tensor.js'
import type { Cell, RecurrentState, SequenceOptions, SequenceResult } from './cell.js'

/**
 * Walks a cell over x [N, T, I] by laying its step out T times in the graph; meaning of all options as in the fused
 * commands.
 */
export function unroll(cell: Cell, x: Tensor, options: SequenceOptions, constants: unknown): SequenceResult {
  const { graph } = x
  const [N, T, I] = x.shape as [number, number, number]
  const steps = split(x, 1, new Array<number>(T).fill(1))
  const valid = validSteps(options, N, T)
  const kept = columns(options.resets)?.map((reset) => equal(reset, scalar(reset, 0)))
  let state: RecurrentState = Object.fromEntries(
    Object.entries(cell.stateSizes).map(([name, size]) => [
      name,
      options.state?.[name] ?? zeros(graph, [N, size]),
    ]),
  )
  const outputs = new Array<Tensor>(T)
  let previous: Tensor | undefined
  for (let walked = 0; walked < T; walked++) {
    const t = options.reverse ? T - 1 - walked : walked
    const keep = kept?.[t]
    const before = keep ? mapState(state, (value) => multiply(value, keep)) : state
    const result = cell.step(reshape(steps[t]!, [N, I]), before, constants)
    const mark = valid?.[t]
    const carried = options.zeroOutput ? undefined : previous
    previous = mark ? choose(mark, result.output, carried) : result.output
    state = mark ? mapState(result.state, (value, name) => select(mark, value, before[name]!)) : result.state
    outputs[t] = previous
  }
  return { outputs: stack(outputs, 1), state }
}

function mapState(state: RecurrentState, f: (value: Tensor, name: string) => Tensor): RecurrentState {
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, f(value, name)]))
}

function choose(mark: Tensor, yes: Tensor, no: Tensor | undefined): Tensor {
  return no ? select(mark, yes, no) : multiply(mark, yes)
}

/** [N, T] → T columns [N, 1]. */
function columns(x: Tensor | undefined): readonly Tensor[] | undefined {
  return x && split(x, 1, new Array<number>(x.shape[1]!).fill(1))
}

/** For each step [N, 1], 1 where it counts; undefined when all do. */
function validSteps({ mask, lengths }: SequenceOptions, N: number, T: number): readonly Tensor[] | undefined {
  const byMask = columns(mask)?.map((column) => notEqual(column, scalar(column, 0)))
  if (!lengths) return byMask
  const ends = columns(oneHot(lengths, T))! // commands do not compare integers
  let open = fill(lengths.graph, [N, 1], 1)
  return ends.map((end, t) => {
    open = subtract(open, end)
    return byMask ? multiply(open, byMask[t]!) : open
  })
}
