import type { VectorSource } from '../tasks/index.js'
import type { Terminal } from './terminal.js'

/** Reads pre-trained word vectors and says what was read. */
export async function readVectors(terminal: Terminal, path: string): Promise<VectorSource> {
  throw new Error(`${path} ${terminal.json}`)
}
