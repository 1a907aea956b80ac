import type { ByteWriter } from './byte-writer.js'

/** One entry of the header of a group or data set. */
export interface HeaderMessage {
  readonly type: number
  readonly content: (out: ByteWriter) => void
}

/** A shape; no axes: one value. */
export function dataspace(out: ByteWriter, shape: readonly number[]): void {
  out.byte(1).byte(shape.length).byte(0).byte(0).word(0)
  for (const length of shape) out.address(length)
}
