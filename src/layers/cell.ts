import type { Parameter } from '../graph/parameters.js'
import type { Shape, Tensor } from '../graph/tensor.js'
import type { Initializer, WeightOptions } from './layer.js'

/** The state of a recurrent layer by name, { h } or { h, c }; each float32 [N, size]. */
export type RecurrentState = Readonly<Record<string, Tensor>>

/** Adds a weight of the layer a cell belongs to. */
export type WeightMaker = (
  name: string,
  shape: Shape,
  initializer: Initializer,
  options?: WeightOptions,
) => Parameter

export interface StepResult {
  /** [N, outputSize] */
  readonly output: Tensor
  readonly state: RecurrentState
}

/** What a whole sequence is walked with; shapes as in the kernels' manifest. */
export interface SequenceOptions {
  /** State before the first step; missing entries are zero. */
  readonly state?: RecurrentState | undefined
  /** float32 [N, T], 0 = this step does not count: state and output are carried over it. */
  readonly mask?: Tensor | undefined
  /** int32 [N], steps t ≥ lengths[n] do not count. */
  readonly lengths?: Tensor | undefined
  /** float32 [N, T], non-zero empties the row's state before that step. */
  readonly resets?: Tensor | undefined
  /** Walk from the last step to the first. */
  readonly reverse?: boolean
  /** Output zeros where a step does not count, instead of the previous output. */
  readonly zeroOutput?: boolean
}

export interface SequenceResult {
  /** [N, T, outputSize], each step's output at its own place, also when walked in reverse. */
  readonly outputs: Tensor
  /** State after the last walked step. */
  readonly state: RecurrentState
}

/**
 * One step of a recurrent network, written with graph operations. The recurrent layer adds everything about sequences:
 * the loop, masks, directions, initial and final state, resets.
 *
 * ```ts
 * class Leaky implements Cell {
 *   readonly kind = 'leaky'
 *   readonly stateSizes = { h: 16 }
 *   build(weight: WeightMaker, features: number) {
 *     this.kernel = weight('kernel', [features, 16], initializer('glorotUniform'))
 *   }
 *   step(x: Tensor, { h }: RecurrentState) {
 *     const next = add(scale(h!, 0.9), tanh(matmul(x, x.graph.parameter(this.kernel))))
 *     return { output: next, state: { h: next } }
 *   }
 * }
 * ```
 */
export interface Cell<Constants = unknown> {
  /** Name in the registry and in saved models. */
  readonly kind: string
  /** Features of each part of the state. */
  readonly stateSizes: Readonly<Record<string, number>>
  /** Features of the output; default that of the first part of the state. */
  readonly outputSize?: number
  /** Adds the weights for inputs of this many features. */
  build(weight: WeightMaker, features: number): void
  /**
   * What stays the same over all steps of one sequence [N, T, I]: dropout masks, parts of weights. Only the shape of x may be
   * used: in a stack the values are another cell's and not known yet.
   */
  begin?(x: Tensor): Constants
  /** x [N, I] and the state before → output and the state after. */
  step(x: Tensor, state: RecurrentState, constants: Constants): StepResult
  /** The whole sequence as one command, when there is one for this cell. */
  sequence?(x: Tensor, options: SequenceOptions, constants: Constants): SequenceResult
  /** Why `sequence` cannot be used with the present options; undefined when it can. */
  whyNotFused?(): string | undefined
  /** Options for saving; a cell without them cannot be saved. */
  options?(): Readonly<Record<string, unknown>>
  /** A cell of the same options without weights, for the other direction of a bidirectional layer; by default made from its options. */
  copy?(): Cell
}
