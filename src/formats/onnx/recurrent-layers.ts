import type { GraphBuilder, Value } from './graph-builder.js'
import { type LayerContext, type LayerWriter, type StateKeeper, withMask } from './layer-writer.js'
import { binary, concatenate, reverse, unsqueeze, where } from './operations.js'
import { OptionReader } from './option-reader.js'
import { addRecurrence } from './recurrence.js'
import { type CellWriter, gateCells, stackedCells } from './recurrent-cells.js'

/** A recurrent layer: a cell and the options of the loop. */
interface Loop {
  readonly path: string
  readonly cell: CellWriter
  readonly returnSequences: boolean
  readonly returnState: boolean
  readonly goBackwards: boolean
  readonly stateful: boolean
  readonly zeroOutputForMask: boolean
  readonly states: StateKeeper
}

/** What one call of a loop gives. */
interface LoopResult {
  /** [N, T, H] in the order of time, or [N, H]. */
  readonly output: Value
  readonly states: readonly Value[]
}

/** simpleRnn, lstm, gru, and rnn over such cells, stacked or not. */
export const recurrent: LayerWriter = (context) => {
  const loop = readLoop(context)
  const { returnSequences, returnState, goBackwards } = loop
  return (graph, [x, ...initial]) => {
    const { output, states } = runLoop(graph, loop, x!, initial, loop.zeroOutputForMask)
    const flip = (value: Value) => (goBackwards ? reverse(graph, value, 1) : value)
    // Keras passes the mask on as it came, also when the outputs come last step first.
    const first = returnSequences ? withMask(flip(output), x!.mask) : output
    return returnState ? [first, ...states] : [first]
  }
}

const mergeModes: Readonly<Record<string, (graph: GraphBuilder, a: Value, b: Value) => Value>> = {
  concat: (graph, a, b) => concatenate(graph, [a, b], -1),
  sum: (graph, a, b) => binary(graph, 'Add', a, b),
  mul: (graph, a, b) => binary(graph, 'Mul', a, b),
  ave: (graph, a, b) => binary(graph, 'Div', binary(graph, 'Add', a, b), graph.scalar(2)),
}

/** One layer forwards, one backwards, their outputs merged. */
export const bidirectional: LayerWriter = (context) => {
  const { options } = context
  const merge = options.has('mergeMode') ? options.raw('mergeMode') : 'concat'
  const mode = typeof merge === 'string' ? mergeModes[merge] : undefined
  if (!mode && merge !== undefined) throw options.unsupported(`mergeMode ${JSON.stringify(merge)}`)
  const layer = options.record('layer')
  const forward = readLoop(context.innerContext(layer, 'forward'))
  const given = options.raw('backwardLayer')
  const backward: Loop = given
    ? readLoop(context.innerContext(given, 'backward'))
    : { ...readLoop(context.innerContext(layer, 'backward')), goBackwards: !forward.goBackwards }
  return (graph, [x, ...initial]) => {
    const half = initial.length / 2
    // Keras has masked steps give zeros here, whatever the layers inside say, when there is a step for each.
    const [a, b] = [
      runLoop(graph, forward, x!, initial.slice(0, half), forward.returnSequences),
      runLoop(graph, backward, x!, initial.slice(half), backward.returnSequences),
    ]
    // Both are walked in the forward layer's direction: with goBackwards the merged sequence begins at the last step.
    const flip = (value: Value) =>
      forward.goBackwards && forward.returnSequences ? reverse(graph, value, 1) : value
    const mask = forward.returnSequences ? x!.mask : undefined
    const outputs = mode ? [mode(graph, flip(a.output), flip(b.output))] : [flip(a.output), flip(b.output)]
    const masked = outputs.map((output) => withMask(output, mask))
    return forward.returnState ? [...masked, ...a.states, ...b.states] : masked
  }
}

function runLoop(
  graph: GraphBuilder,
  loop: Loop,
  x: Value,
  initial: readonly Value[],
  zeroOutput: boolean,
): LoopResult {
  const { path, cell, returnSequences, goBackwards, states: keeper } = loop
  // With an initial state given as tensors Keras 3 does not hand the mask to the layer, though it passes it on.
  const mask = initial.length > 0 ? undefined : x.mask
  const held = loop.stateful && initial.length === 0
  const name = (part: number) => ['h', 'c'][part] ?? `state_${part}`
  const kept = cell.stateSizes.map((size, part) =>
    held ? keeper.read(path, name(part), [x.shape[0]!, size]) : initial[part],
  ) as readonly Value[]
  const { sequence, states } = addRecurrence(graph, path, cell, x, {
    mask,
    initial: held || initial.length > 0 ? kept : undefined,
    reverse: goBackwards,
    wantSequence: returnSequences,
  })
  if (held) for (const [part, state] of states.entries()) keeper.write(path, name(part), state)
  const output = sequence ?? states[cell.outputIndex]!
  if (!mask || !zeroOutput) return { output, states }
  const counts = sequence ? mask : stepOf(graph, mask, goBackwards ? 0 : -1)
  return { output: where(graph, unsqueeze(graph, counts, -1), output, graph.scalar(0)), states }
}

/** One step of a mask: [N, T] → [N]. */
function stepOf(graph: GraphBuilder, mask: Value, step: number): Value {
  const index = graph.constant(BigInt64Array.of(BigInt(step)), [])
  return graph.operation('Gather', [mask, index], { shape: [mask.shape[0]!], type: 'bool' }, { axis: 1 })
}

function readLoop(context: LayerContext): Loop {
  const { kind, path, options, states } = context
  const loop: Loop = {
    path,
    states,
    cell:
      kind === 'rnn' ? readCell(context, options.raw('cell'), path) : makeCell(context, kind, options, path),
    returnSequences: options.boolean('returnSequences', false),
    returnState: options.boolean('returnState', false),
    goBackwards: options.boolean('goBackwards', false),
    stateful: options.boolean('stateful', false),
    zeroOutputForMask: options.boolean('zeroOutputForMask', false),
  }
  options.finish()
  return loop
}

/** The saved form of a cell: `{ cell: kind, options }`; the kind "stacked" has a list `cells` among its options. */
function readCell(context: LayerContext, config: unknown, path: string): CellWriter {
  const { cell, options = {} } = (config ?? {}) as { cell?: string; options?: Record<string, unknown> }
  const reader = new OptionReader(context.options.owner, options)
  if (cell === 'stacked') {
    const cells = reader.list('cells')
    return stackedCells(cells.map((one, index) => readCell(context, one, `${path}/cell_${index}`)))
  }
  const made = makeCell(context, String(cell), reader, path)
  reader.finish()
  return made
}

function makeCell(context: LayerContext, kind: string, options: OptionReader, path: string): CellWriter {
  const make = Object.hasOwn(gateCells, kind) ? gateCells[kind] : undefined
  if (!make) throw context.options.unsupported(`cell "${kind}"`)
  return make(options, context.weights, path)
}
