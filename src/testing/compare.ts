import type { Elements } from '../engine/engine.js'
import type { OperationRow, Tolerance } from './operation-row.js'
import type { OperationResult } from './run-operation.js'

/** The first element in which a result is further from the reference than its row allows; undefined when none is. */
export function firstDifference(
  row: OperationRow,
  result: OperationResult,
  expected: OperationResult,
): string | undefined {
  const { absolute, relative } = row.tolerance
  for (const [name, reference] of expected) {
    const actual = result.get(name)!
    const bits = bitsOf(actual)
    const referenceBits = bitsOf(reference)
    for (let e = 0; e < reference.length; e++) {
      if (bits[e] === referenceBits[e] || close(actual[e]!, reference[e]!, row.tolerance)) continue
      return `${row.name}: ${name}[${e}] = ${actual[e]}, the reference has ${reference[e]} (allowed ± ${absolute} + ${relative}·|b|)`
    }
  }
  return undefined
}

function close(a: number, b: number, { absolute, relative }: Tolerance): boolean {
  if (absolute === 0 && relative === 0) return false
  if (Number.isFinite(b)) return Math.abs(a - b) <= absolute + relative * Math.abs(b)
  return Object.is(a, b)
}

const bitsOf = (values: Elements) => new Int32Array(values.buffer, values.byteOffset, values.length)

/** The first element that is not the same bits; undefined when all are. */
export function firstOtherBits(
  row: OperationRow,
  what: string,
  result: OperationResult,
  expected: OperationResult,
): string | undefined {
  for (const [name, reference] of expected) {
    const actual = result.get(name)!
    const referenceBits = bitsOf(reference)
    const e = bitsOf(actual).findIndex((word, k) => word !== referenceBits[k])
    if (e >= 0) return `${row.name}: ${what} changes ${name}[${e}] from ${reference[e]} to ${actual[e]}`
  }
  return undefined
}
