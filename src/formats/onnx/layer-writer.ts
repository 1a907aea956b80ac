import type { GraphBuilder, Value } from './graph-builder.js'
import type { OptionReader } from './option-reader.js'
import type { WeightCursor } from './weight-cursor.js'

/** What a layer is made from. */
export interface LayerContext {
  /** Name in the registry of layers: "lstm". */
  readonly kind: string
  /** Unique among the layers of the model: "encoder/lstm". */
  readonly path: string
  readonly options: OptionReader
  readonly weights: WeightCursor
  /** State that stateful layers keep between runs. */
  readonly states: StateKeeper
  /** A layer inside this one, `{ layer, options }`, at `PATH/place`; takes its weights from the same cursor. */
  inner(config: unknown, place: string): LayerInstance
  /** The context of such a layer, for wrappers that need more of it than its call. */
  innerContext(config: unknown, place: string): LayerContext
}

/** Inputs and outputs of the graph for the state of stateful layers. */
export interface StateKeeper {
  /** State before this run. The batch must have a fixed size. */
  read(path: string, part: string, shape: readonly (number | string)[]): Value
  /** State after it; the last one of a run is given out. */
  write(path: string, part: string, value: Value): void
}

/** Call arguments that are not tensors. */
export type CallArguments = Readonly<Record<string, unknown>>

/** A layer with its weights; a call adds its nodes. Results carry their masks. */
export type LayerInstance = (
  graph: GraphBuilder,
  inputs: readonly Value[],
  callArguments: CallArguments,
) => readonly Value[]

/** Makes a layer: reads its options, takes its weights. */
export type LayerWriter = (context: LayerContext) => LayerInstance

/** A layer of one input and one output that passes the mask on, as most do in Keras. */
export function simple(
  make: (context: LayerContext) => (graph: GraphBuilder, x: Value) => Value,
  masks: 'pass' | 'drop' = 'pass',
): LayerWriter {
  return (context) => {
    const call = make(context)
    return (graph, [x]) => [withMask(call(graph, x!), masks === 'pass' ? x!.mask : undefined)]
  }
}

export function withMask(value: Value, mask: Value | undefined): Value {
  const { mask: _, ...rest } = value
  return mask ? { ...rest, mask } : rest
}
