import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { badFile } from '../bad-file.js'
import type { Rows } from './fasttext-vectors.js'

/** Rows of float32 in a file, read one by one when they are wanted. Throws `bad-file` when the file is too short for them. */
export function openRows(path: string, offset: number, count: number, dimension: number): Rows {
  const file = openSync(path, 'r')
  if (fstatSync(file).size < offset + count * dimension * 4) {
    closeSync(file)
    throw badFile(path, 'the file ends before its vectors do; it is cut short')
  }
  let open = true
  const row = new Float32Array(dimension)
  const bytes = new Uint8Array(row.buffer)
  return {
    read(index) {
      if (!open) throw badFile(path, 'the vectors were closed')
      readSync(file, bytes, 0, bytes.length, offset + index * bytes.length)
      return row
    },
    close() {
      if (open) closeSync(file)
      open = false
    },
  }
}
