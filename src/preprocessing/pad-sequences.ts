import { RepriseError, unknownName } from '../errors.js'
import { NdArray, type NdArrayLike, type Nested } from '../nd-array.js'

const arrays = {
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
} as const
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
}

export type PaddedType = keyof typeof arrays
type ValuesOf<Type extends PaddedType> = InstanceType<(typeof arrays)[Type]>

export interface PadSequencesOptions<Type extends PaddedType = PaddedType> {
  /** Steps of every row. Default: those of the longest sequence. */
  readonly maxlen?: number | null | undefined
  /** Default `int32`: fractions are cut off, as Keras does. */
  readonly dtype?: Type | undefined
  /** Where the padding goes. Default `pre`. */
  readonly padding?: 'pre' | 'post' | undefined
  /** Where longer sequences are cut. Default `pre`: their ends stay. */
  readonly truncating?: 'pre' | 'post' | undefined
  /** What fills up. Default 0. */
  readonly value?: number | undefined
}

const optionNames = ['maxlen', 'dtype', 'padding', 'truncating', 'value']

/**
 * Sequences of different lengths as one array [sequences, maxlen, …], padded and cut. The steps are numbers, or arrays
 * that all have one shape.
 *
 * Throws `shape` when steps differ in shape, `bad-value` for NaN or a number that does not fit the type, `option`.
 *
 * @example
 * padSequences([[1], [2, 3], [4, 5, 6]])                               // [[0, 0, 1], [0, 2, 3], [4, 5, 6]]
 * padSequences([[1], [2, 3], [4, 5, 6]], { maxlen: 2, padding: 'post' }) // [[1, 0], [2, 3], [5, 6]]
 */
export function padSequences<Type extends PaddedType = 'int32'>(
  sequences: Iterable<NdArrayLike | readonly Nested[]>,
  options: PadSequencesOptions<Type> = {},
): NdArray<ValuesOf<Type>> {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) throw unknownName('option of padSequences', name, optionNames)
  }
  const { dtype = 'int32' as Type, padding = 'pre', truncating = 'pre', value = 0 } = options
  if (!Object.hasOwn(arrays, dtype)) throw unknownName('dtype', dtype, Object.keys(arrays))
  for (const side of [padding, truncating]) {
    if (side !== 'pre' && side !== 'post') throw unknownName('side to pad or cut', side, ['pre', 'post'])
  }
  const rows = Array.from(sequences, (sequence, row) => readSteps(sequence, row))
  const inner = rows.find((row) => row.steps > 0)?.inner ?? []
  const maxlen = options.maxlen ?? rows.reduce((longest, row) => Math.max(longest, row.steps), 0)
  if (!Number.isInteger(maxlen) || maxlen < 0) {
    throw new RepriseError('option', `padSequences: maxlen must be a whole number or null, got ${maxlen}`)
  }
  const width = inner.reduce((product, length) => product * length, 1)
  const data = new arrays[dtype](rows.length * maxlen * width) as ValuesOf<Type>
  const check = checkerOf(dtype)
  data.fill(check(value, 'value'))
  for (const [row, { steps, inner: own, values }] of rows.entries()) {
    if (steps === 0) continue
    if (own.length !== inner.length || own.some((length, axis) => length !== inner[axis])) {
      throw new RepriseError(
        'shape',
        `padSequences: the steps of sequence ${row} have shape [${own.join(', ')}], those before [${inner.join(', ')}]`,
      )
    }
    const kept = Math.min(steps, maxlen)
    const from = truncating === 'pre' ? (steps - kept) * width : 0
    const to = (row * maxlen + (padding === 'pre' ? maxlen - kept : 0)) * width
    for (let k = 0; k < kept * width; k++) data[to + k] = check(values[from + k]!, row)
  }
  return new NdArray(data, [rows.length, maxlen, ...inner])
}

interface Steps {
  readonly steps: number
  /** Shape of one step. */
  readonly inner: readonly number[]
  readonly values: ArrayLike<number>
}

function readSteps(sequence: NdArrayLike | readonly Nested[], row: number): Steps {
  const flat = Array.isArray(sequence) && sequence.every((step) => typeof step === 'number')
  if (flat) return { steps: sequence.length, inner: [], values: sequence as readonly number[] }
  if (typeof sequence !== 'object' || sequence === null) {
    throw new RepriseError(
      'shape',
      `padSequences: sequence ${row} must be a list of numbers, got ${typeof sequence}`,
    )
  }
  try {
    // Nested lists hold float64 numbers, more than the float32 of NdArray.from would keep.
    const array = NdArray.from(sequence as NdArrayLike)
    const values = Array.isArray(sequence) ? (sequence.flat(Infinity) as number[]) : array.data
    return { steps: array.length, inner: array.shape.slice(1), values }
  } catch (cause) {
    if (!(cause instanceof RepriseError)) throw cause
    throw new RepriseError('shape', `padSequences: sequence ${row}: ${cause.message}`, { cause })
  }
}

function checkerOf(dtype: PaddedType): (value: number, where: number | string) => number {
  const range = ranges[dtype]
  return (value, where) => {
    const number = range === undefined ? value : Math.trunc(value)
    if (
      typeof value === 'number' &&
      !Number.isNaN(value) &&
      !(range && (number < range[0] || number > range[1]))
    ) {
      return number
    }
    const place = typeof where === 'number' ? `sequence ${where}` : where
    throw new RepriseError('bad-value', `padSequences: ${place} has ${value}, which ${dtype} cannot hold`)
  }
}
