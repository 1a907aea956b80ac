import { Activation } from '../engine/commands.generated.js'
import { commandSpec } from '../engine/program.js'
import type { OperationRow, Tolerance } from './operation-row.js'

/** Commands that multiply matrices, whose operands programs of precision `mixed` may round to bfloat16. */
export function hasProducts({ commands }: OperationRow): boolean {
  return commands.some((name) => ['gemm', 'recurrent'].includes(commandSpec(name).family))
}

/** A bfloat16 has eight bits, so rounding an operand moves it by at most 2⁻⁸ of itself. */
const eachOperand = 2 ** -8

/**
 * How far an engine may be from the reference in precision `mixed`. Both round operands, but not always the same ones: a
 * product of few rows stays float32, and an operand that was computed, such as a state, may lie on the other side of a
 * rounding border. So both operands of every product may be off by a rounding, at random: five standard deviations of a sum
 * of `terms` products of factors within ±1, whose mean square is 1/3 and whose roundings' is 2⁻¹⁶/3.
 */
export function mixedTolerance(row: OperationRow): Tolerance {
  const { K = 1, N = 1, T = 1 } = row.scalars
  const recurrent = commandSpec(row.commands[0]!).family === 'recurrent'
  // Weights keep the sum of a step near one; gradients of weights add up over all rows and steps.
  const terms = recurrent ? 4 * N * T : K
  // States within ±1, but for this activation, whose states reach e.
  const largest = recurrent && row.scalars.activation === Activation.exponential ? Math.E : 1
  const deviation = (Math.SQRT2 * eachOperand) / (3 * Math.sqrt(3))
  return {
    absolute: row.tolerance.absolute + 5 * deviation * Math.sqrt(terms) * largest,
    relative: row.tolerance.relative + 2 * eachOperand,
    reason: `operands of ${terms} products rounded to eight bits, independently`,
  }
}
