import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { NdArray } from '../nd-array.js'

/** An array in a golden file: base64 of little-endian values. */
export interface GoldenArray {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32'
  readonly data: string
}

const folder = new URL('../../conformance/golden/', import.meta.url)

/** Where a golden file lies. */
export const goldenUrl = (name: string): URL => new URL(name, folder)

/** The cases of a golden file, one per line. */
export function goldenLines<Case>(name: string): Case[] {
  return readFileSync(goldenUrl(name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case)
}

export function fromGolden({ shape, dtype, data }: GoldenArray): NdArray {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'))
  return new NdArray(dtype === 'int32' ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer), shape)
}

/** Fails unless shapes are equal and no value is further off than `tolerance` times the larger of 1 and the value. */
export function assertClose(actual: NdArray, expected: NdArray, tolerance: number, what: string): void {
  assert.deepEqual(actual.shape, expected.shape, `${what}: shape`)
  for (let k = 0; k < expected.size; k++) {
    const [a, b] = [actual.data[k]!, expected.data[k]!]
    if (Number.isNaN(a) && Number.isNaN(b)) continue
    if (Object.is(a, b)) continue
    const bound = tolerance * Math.max(1, Math.abs(b))
    assert.ok(
      Math.abs(a - b) <= bound,
      `${what}: value ${k} is ${a}, expected ${b} (off by ${Math.abs(a - b)})`,
    )
  }
}
