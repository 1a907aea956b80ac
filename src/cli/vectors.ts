import type { TaggerExample } from '../tasks/index.js'
import { formatCount, type Terminal } from './terminal.js'

/**
 * Reads pre-trained word vectors and says what was read: those of the words in the data, and the first `others` of the
 * file, so that a file of gigabytes takes little memory.
 */
export async function readVectors(
  terminal: Terminal,
  path: string,
  data: readonly (readonly TaggerExample[])[],
  others: number,
) {
  const { readWordVectors } = await import('../formats/vectors/word-vectors.js')
  const words = new Set<string>()
  for (const examples of data) {
    for (const { tokens } of examples) for (const token of tokens) words.add(token).add(token.toLowerCase())
  }
  let left = others
  const wanted = (word: string) => words.has(word) || left-- > 0
  const vectors = await readWordVectors(path, { wanted })
  terminal.say(
    `${path}: ${formatCount(vectors.size)} vectors of ${vectors.dimension} numbers (${vectors.format})`,
  )
  for (const { what, count, example } of vectors.notes) {
    terminal.say(
      `  note: ${formatCount(count)} × ${what}${example === undefined ? '' : `; first: ${example}`}`,
    )
  }
  return vectors
}
