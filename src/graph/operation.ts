import type { Address, CommandArguments, CommandName } from '../engine/commands.generated.js'
import type { Tensor, TensorSpec } from './tensor.js'

export type TensorRecord = Readonly<Record<string, Tensor | undefined>>

/** One application of an operation. */
export interface Node {
  readonly operation: Operation
  readonly inputs: TensorRecord
  readonly outputs: Readonly<Record<string, Tensor>>
  readonly attributes: unknown
  /** The layer it belongs to, for error messages and reports. */
  readonly scope: string
}

/** What `lower` gets: addresses and a place to put commands. */
export interface Lowering<Inputs, Outputs extends string, Attributes> {
  readonly inputs: Inputs
  readonly outputs: Readonly<Record<Outputs, Tensor>>
  readonly attributes: Attributes
  /** Address of a tensor, `offset` elements in. */
  at(tensor: Tensor, offset?: number): Address
  /** Address of an optional input or of an output; undefined when the input is absent or nobody uses the output. */
  optional(tensor: Tensor | undefined): Address | undefined
  emit<Name extends CommandName>(name: Name, args: CommandArguments[Name]): void
}

/** What `gradient` gets. `gradients[k]` is undefined when the loss does not depend on output k. */
export interface Differentiation<Inputs, Outputs extends string, Attributes> {
  readonly inputs: Inputs
  readonly outputs: Readonly<Record<Outputs, Tensor>>
  readonly attributes: Attributes
  readonly gradients: Readonly<Partial<Record<Outputs, Tensor>>>
  /** Whether anybody needs the gradient of this input. */
  needs(input: keyof Inputs): boolean
}

/**
 * An operation: how shapes follow, which commands it becomes, and its gradient written with other operations.
 * Composed operations are plain functions over existing ones and need none of this.
 */
export interface Operation<
  Inputs extends TensorRecord = TensorRecord,
  Outputs extends string = string,
  Attributes = unknown,
> {
  readonly name: string
  infer(inputs: Inputs, attributes: Attributes): Readonly<Record<Outputs, TensorSpec>>
  lower(lowering: Lowering<Inputs, Outputs, Attributes>): void
  /** Gradients of the inputs. An operation without it stops differentiation (integers, masks). */
  gradient?(d: Differentiation<Inputs, Outputs, Attributes>): {
    readonly [K in keyof Inputs]?: Tensor | undefined
  }
  /** It only picks rows of the input `table` by the input `ids`: the table's gradient can be a list of rows. */
  readonly gathers?: { readonly table: string; readonly ids: string; readonly output: string }
  /** Output → input whose memory it is; nothing is computed (reshape). */
  readonly alias?: { readonly [output: string]: string }
  /** Output → input whose memory it may take over when that input is not needed afterwards. */
  readonly inPlace?: { readonly [output: string]: string }
}

/** Appends an operation to the graph of its inputs and returns its outputs. Throws `shape` from `infer`. */
export function apply<Inputs extends TensorRecord, Outputs extends string, Attributes>(
  operation: Operation<Inputs, Outputs, Attributes>,
  inputs: Inputs,
  attributes: Attributes,
): Readonly<Record<Outputs, Tensor>> {
  const first = Object.values(inputs).find((tensor) => tensor !== undefined)
  if (!first) throw new Error(`operation ${operation.name} has no input`)
  return first.graph.append(operation, inputs, attributes)
}
