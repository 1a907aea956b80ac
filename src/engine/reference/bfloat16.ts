import type { Floats } from './kernels.js'

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** The bfloat16 nearest to a number, ties to even: the upper half of its float32. */
export function roundToBfloat16(value: number): number {
  float[0] = value
  if (Number.isNaN(value)) return value
  bits[0] = (bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) & 0xffff0000
  return float[0]!
}

/** What programs of precision `mixed` do to the operands of products; absent in those of `float32`. */
export interface OperandRounding {
  readonly round?: ((value: number) => number) | undefined
}

/** An operand as a product sees it. */
export function operand(values: Floats, round: OperandRounding['round']): Floats {
  return round ? Float64Array.from(values, round) : values
}

export const unrounded = (value: number): number => value
