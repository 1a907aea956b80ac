import { badFile } from '../formats/bad-file.js'
import type { NpzFile } from '../formats/npz.js'
import type { NumpyArray } from '../formats/numpy-types.js'
import type { LabelledSequences } from './keras-encoding.js'

/** The official archives are below a tenth of this. */
const limits = { entryBytes: 2 ** 29, totalBytes: 2 ** 30, entries: 64 }

/** Opens an archive of texts as numbers. Throws `bad-archive`, `bad-file`, `unsafe-file`. */
export async function openArchive(bytes: Uint8Array, name: string): Promise<NpzFile> {
  const { readNpz } = await import('../formats/npz.js')
  return readNpz(bytes, { name, limits })
}

/** Two arrays of an archive: lists of ranks of words, and classes. Throws `bad-file` when they are something else. */
export function readSequences(archive: NpzFile, x: string, y: string, name: string): LabelledSequences {
  const [texts, classes] = [x, y].map((entry) => {
    const read = archive.get(entry)
    if (read === undefined) {
      const found = [...archive.keys()].slice(0, 8).join(', ')
      throw badFile(name, `it has no array "${entry}"; it has ${found === '' ? 'none' : found}`)
    }
    return read()
  })
  const sequences = Array.from(texts!.values as ArrayLike<unknown>, (text, k) =>
    ranksOf(text, `${name}, ${x}[${k}]`),
  )
  const labels = ranksOf(classes, `${name}, ${y}`)
  if (sequences.length !== labels.length) {
    throw badFile(name, `${x} has ${sequences.length} texts and ${y} ${labels.length} classes`)
  }
  return { x: sequences, y: labels }
}

/** Whole numbers from 0 on, in a list of Python or an array of NumPy. */
function ranksOf(value: unknown, name: string): Int32Array {
  const list = Array.isArray(value) ? value : (value as NumpyArray | undefined)?.values
  if (list === undefined || typeof list !== 'object') throw badFile(name, 'expected a list of whole numbers')
  const result = new Int32Array(list.length)
  for (let k = 0; k < list.length; k++) {
    const given = list[k] as unknown
    const number = typeof given === 'bigint' ? Number(given) : given
    if (
      !(typeof number === 'number' && Number.isInteger(number) && number >= 0 && number < 2 ** 31 - 2 ** 24)
    ) {
      throw badFile(name, `number ${k} is ${String(given)}, which is the rank of no word`)
    }
    result[k] = number
  }
  return result
}
