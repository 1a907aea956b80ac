import type { CommandName } from '../engine/commands.generated.js'
import type { Draw } from './draws.js'

/** How far a float32 engine may be from the float64 reference: |a − b| ≤ absolute + relative·|b|. */
export interface Tolerance {
  readonly absolute: number
  readonly relative: number
  /** Why not less. */
  readonly reason: string
}

/** What a row says about one tensor. */
export interface TensorOptions {
  readonly draw?: Draw
  /** The argument whose memory this one shares. */
  readonly sameAs?: string
}

/**
 * One row of the operation table: commands, shapes and the values to run them with.
 *
 * The commands run one after the other as one program; tensors and scalars of the same name are the same, so that a
 * forward command hands its output to the backward command behind it.
 */
export interface OperationRow {
  /** Unique among all rows; begins with the first command. */
  readonly name: string
  readonly commands: readonly CommandName[]
  readonly scalars: Readonly<Record<string, number>>
  readonly tolerance: Tolerance
  readonly tensors?: Readonly<Record<string, TensorOptions>>
  /** Optional tensors that are left out. */
  readonly absent?: readonly string[]
  /** Why a forward–backward pair is not checked by finite differences. */
  readonly noGradient?: string
}

/** For commands that move or choose values. */
export const exact: Tolerance = { absolute: 0, relative: 0, reason: 'values are moved, not computed' }

/** For functions of one or two elements. */
export const fewUlps: Tolerance = {
  absolute: 1e-30,
  relative: 1e-6,
  reason: 'a few units in the last place (6e-8 each) of a float32 function approximation',
}

/** For sums of `terms` products of factors within ±1. */
export function sumOf(terms: number): Tolerance {
  return {
    absolute: 2e-6 + terms * 2 ** -24,
    relative: 1e-6,
    reason: `${terms} float32 roundings of half an ulp, of partial sums of order one`,
  }
}
