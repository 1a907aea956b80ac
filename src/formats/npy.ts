import { badFile } from './bad-file.js'
import { type NumpyArray, numpyArray, numpyType } from './numpy-types.js'
import { readPickledArray } from './pickle.js'

const magic = '\x93NUMPY'
const longestHeader = 65_536

/**
 * Reads a `.npy` file of NumPy: numbers of every size and byte order, row- and column-major; arrays of Python objects as
 * far as they are lists, texts, numbers and arrays. Nothing in the file is executed.
 *
 * Throws `bad-file` when this is no such file, is cut short or contradicts itself, `unsupported-dtype`, and `unsafe-file`
 * for objects of any other kind.
 *
 * Format: NumPy, “NEP 1 – A simple file format for NumPy arrays”.
 *
 * @example
 * const { shape, values } = readNpy(await readFile('weights.npy'))
 */
export function readNpy(bytes: Uint8Array, name = 'array'): NumpyArray {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))
  if (text(0, 6) !== magic) throw badFile(name, 'it is no .npy file')
  const version = bytes[6] ?? 0
  const begin = version === 1 ? 10 : 12
  if (bytes.length < begin) throw badFile(name, 'it is cut short')
  if (version < 1 || version > 3) throw badFile(name, `it is of version ${version} of the .npy format`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > longestHeader) throw badFile(name, `its header claims ${length} bytes`)
  if (begin + length > bytes.length) throw badFile(name, 'it is cut short')
  const { description, columnMajor, shape } = readHeader(text(begin, begin + length), name)
  const type = numpyType(description, name)
  const data = bytes.subarray(begin + length)
  if (type.stored !== undefined) return numpyArray(type, shape, data, columnMajor, name)
  const array = readPickledArray(data, name)
  if (array.shape.join() !== shape.join()) {
    throw badFile(
      name,
      `it has objects of shape (${array.shape.join(', ')}) and claims (${shape.join(', ')})`,
    )
  }
  return array
}

/** The header is a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }. */
function readHeader(header: string, name: string) {
  const description = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1]
  const shape = /'shape'\s*:\s*\(([\d\sL,]*)\)/.exec(header)?.[1]
  if (description === undefined && /'descr'\s*:\s*\[/.test(header)) {
    throw badFile(name, 'its values are records; save the fields as arrays of their own')
  }
  if (description === undefined || order === undefined || shape === undefined) {
    throw badFile(name, 'its header is damaged')
  }
  const lengths = shape.split(',').filter((part) => part.trim() !== '')
  return {
    description,
    columnMajor: order === 'True',
    shape: lengths.map((part) => Number.parseInt(part, 10)),
  }
}
