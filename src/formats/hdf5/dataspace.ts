import { badFile } from '../bad-file.js'
import type { ByteReader } from './byte-reader.js'

/** Lengths of the axes and their product; undefined: it holds nothing. */
export interface Dataspace {
  readonly shape: readonly number[]
  readonly count: number
  readonly isScalar: boolean
}

const mostAxes = 32

/** Reads a dataspace message. Throws `bad-file` when the product leaves the exact integers. */
export function readDataspace(reader: ByteReader): Dataspace {
  const { name } = reader.source
  const version = reader.byte()
  const rank = reader.byte()
  reader.skip(1)
  const isNull = version === 2 && reader.byte() === 2
  if (version === 1) reader.skip(5)
  if ((version !== 1 && version !== 2) || rank > mostAxes)
    throw badFile(name, 'it is damaged: a shape is not one')
  const shape = Array.from({ length: rank }, () => reader.length())
  const count = isNull ? 0 : shape.includes(0) ? 0 : shape.reduce((product, length) => product * length, 1)
  if (!Number.isSafeInteger(count))
    throw badFile(name, `a shape [${shape.join(', ')}] is larger than any file`)
  return { shape: isNull ? [0] : shape, count, isScalar: rank === 0 && !isNull }
}
