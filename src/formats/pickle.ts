import { RepriseError } from '../errors.js'
import { badFile } from './bad-file.js'
import { widthOf } from './dtypes.js'
import { type NumpyArray, type NumpyType, numpyArray, numpyType, sizeOf } from './numpy-types.js'
import { type PickleBuilder, PickleReader } from './pickle-reader.js'

/**
 * The NumPy array in a pickle (protocols 2 to 5), of numbers or of objects: lists, texts, numbers, arrays. A pickle is a
 * program; this reader knows its instructions for data and the five functions that NumPy's arrays name, and refuses every
 * other name before anything happens. Memory grows with the length of `bytes`, never with numbers in it.
 *
 * Throws `unsafe-file` for any other class or function, `bad-file`, `unsupported-dtype`.
 */
export function readPickledArray(bytes: Uint8Array, name = 'pickle'): NumpyArray {
  const value = new PickleReader(bytes, name, new NumpyBuilder(name, 2 * bytes.length + 1024)).read()
  if (value instanceof PickledArray && value.values !== unset) return value
  throw badFile(name, 'its pickle holds no array')
}

const unset: readonly unknown[] = []

/** An array between its making and its filling. */
class PickledArray implements NumpyArray {
  type = 'O'
  shape: readonly number[] = [0]
  values: NumpyArray['values'] = unset
}

class PickledType {
  constructor(
    readonly code: string,
    public type: NumpyType,
  ) {}
}

/** What a pickle may name. NumPy 2 says `numpy._core` where NumPy 1 said `numpy.core`. */
const functions: Readonly<Record<string, string>> = {
  'numpy ndarray': 'class',
  'numpy dtype': 'dtype',
  'numpy.core.multiarray _reconstruct': 'reconstruct',
  'numpy.core.multiarray scalar': 'scalar',
  'numpy.core.numeric _frombuffer': 'frombuffer',
  // Python 3 writes bytes so in protocol 2.
  '_codecs encode': 'encode',
}

/** A name that was let through. */
class Callable {
  constructor(readonly role: string) {}
}

/** A tuple of Python, which is no list. */
class Tuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** Does what the instructions GLOBAL, REDUCE and BUILD ask, as far as it is making arrays. */
class NumpyBuilder implements PickleBuilder {
  constructor(
    private readonly name: string,
    /** Bytes that arrays may still take up: a pickle that uses its data over and over is not let grow beyond its size. */
    private allowance: number,
  ) {}

  tuple(items: readonly unknown[]): Tuple {
    return new Tuple(items)
  }

  find(module: string, member: string): Callable {
    const key = `${module.replace(/^numpy\._core\b/, 'numpy.core')} ${member}`
    if (Object.hasOwn(functions, key)) return new Callable(functions[key]!)
    throw new RepriseError(
      'unsafe-file',
      `${this.name} asks for Python's ${`${module}.${member}`.slice(0, 80)}, which no array needs. The file is damaged or means harm; do not open it elsewhere.`,
    )
  }

  call(callee: unknown, args: unknown): unknown {
    if (!(callee instanceof Callable) || !(args instanceof Tuple)) throw this.damaged()
    const [first, second, third] = args.items
    switch (callee.role) {
      case 'reconstruct':
        return new PickledArray()
      case 'dtype':
        if (typeof first !== 'string') throw this.damaged()
        return new PickledType(first, numpyType(first, this.name))
      case 'scalar': {
        if (!(first instanceof PickledType) || first.type.stored === undefined) throw this.damaged()
        const value = this.numbers(first.type, [], second, false).values[0]
        return typeof value === 'bigint' ? plainNumber(value) : value
      }
      case 'frombuffer': {
        if (!(second instanceof PickledType) || second.type.stored === undefined) throw this.damaged()
        const array = this.numbers(second.type, this.shapeOf(third), first, args.items[3] === 'F')
        return Object.assign(new PickledArray(), array)
      }
      case 'encode':
        if (typeof first === 'string' && /^latin.?1$/.test(String(second))) return this.bytesOf(first)
    }
    throw this.damaged()
  }

  build(object: unknown, state: unknown): void {
    if (!(state instanceof Tuple)) throw this.damaged()
    if (object instanceof PickledType) {
      const order = state.items[1]
      if (typeof order !== 'string' || !/^[<>|=]$/.test(order)) throw this.damaged()
      object.type = numpyType(order + object.code, this.name)
      return
    }
    const [version, shape, type, columnMajor, data] = state.items
    if (!(object instanceof PickledArray && type instanceof PickledType && version === 1))
      throw this.damaged()
    object.shape = this.shapeOf(shape)
    object.type = type.type.type
    if (type.type.stored !== undefined) {
      object.values = this.numbers(type.type, object.shape, data, columnMajor === true).values
      return
    }
    this.spend(sizeOf(object.shape, this.name))
    if (!Array.isArray(data) || data.length !== sizeOf(object.shape, this.name)) throw this.damaged()
    // Objects lie in row-major order whatever the array's own order was.
    object.values = data
  }

  private shapeOf(value: unknown): readonly number[] {
    if (value instanceof Tuple) {
      const shape = value.items as readonly number[]
      sizeOf(shape, this.name)
      return shape
    }
    throw this.damaged()
  }

  private numbers(
    type: NumpyType,
    shape: readonly number[],
    data: unknown,
    columnMajor: boolean,
  ): NumpyArray {
    this.spend(sizeOf(shape, this.name) * widthOf(type.stored!))
    return numpyArray(type, shape, this.bytesOf(data), columnMajor, this.name)
  }

  private spend(bytes: number): void {
    this.allowance -= bytes
    if (this.allowance < 0) throw badFile(this.name, 'its pickle claims more data than it has')
  }

  /** Python 2 writes bytes as texts of Latin-1. */
  private bytesOf(value: unknown): Uint8Array {
    if (value instanceof Uint8Array) return value
    if (typeof value !== 'string') throw this.damaged()
    this.spend(value.length)
    return Uint8Array.from(value, (unit) => unit.charCodeAt(0))
  }

  private damaged(): RepriseError {
    return badFile(this.name, 'its pickle is damaged')
  }
}

/** A whole number as `number` where that is exact. */
function plainNumber(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
