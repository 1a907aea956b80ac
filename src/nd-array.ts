import { RepriseError } from './errors.js'
import { RandomStream } from './random.js'

export type NdValues = Float32Array | Int32Array | Float64Array | Uint8Array | Int8Array | Uint16Array

/** Numbers in nested arrays, as deep as there are axes: [[1, 2], [3, 4]]. */
export type Nested = number | readonly Nested[]

/** Anything that says what an array of numbers is: an NdArray, nested arrays, or a typed array for one axis. */
export type NdArrayLike =
  | NdArray
  | { readonly data: NdValues; readonly shape: readonly number[] }
  | readonly Nested[]
  | NdValues

/**
 * Numbers with a shape, row-major, on the host: data sets, predictions, weights.
 *
 * @example
 * const x = NdArray.from([[1, 2, 3], [4, 5, 6]]) // shape [2, 3]
 * x.at(1, 2)      // 6
 * x.row(1).data   // Float32Array [4, 5, 6], a view
 */
export class NdArray<Values extends NdValues = NdValues> {
  /** Throws `shape` when the length of the data is not the product of the shape. */
  constructor(
    readonly data: Values,
    readonly shape: readonly number[],
  ) {
    const size = shape.reduce((product, length) => product * length, 1)
    if (size !== data.length) {
      throw new RepriseError(
        'shape',
        `shape [${shape.join(', ')}] holds ${size} values, the data ${data.length}`,
      )
    }
  }

  /** Float32 zeros. */
  static zeros(shape: readonly number[]): NdArray<Float32Array> {
    return new NdArray(new Float32Array(shape.reduce((product, length) => product * length, 1)), shape)
  }

  /** Float32 numbers drawn evenly from [0, 1), the same for the same seed; NumPy's `random.random`. */
  static random(shape: readonly number[], seed = 0): NdArray<Float32Array> {
    const stream = new RandomStream(seed, 'NdArray.random')
    const array = NdArray.zeros(shape)
    for (let k = 0; k < array.size; k++) array.data[k] = stream.uniform()
    return array
  }

  /** A float32 copy of nested arrays; other forms are taken as they are. Throws `shape` for ragged rows. */
  static from(values: NdArrayLike): NdArray {
    if (values instanceof NdArray) return values
    if (ArrayBuffer.isView(values)) return new NdArray(values as NdValues, [(values as NdValues).length])
    if (!Array.isArray(values)) {
      const { data, shape } = values as { data: NdValues; shape: readonly number[] }
      return new NdArray(data, shape)
    }
    const shape: number[] = []
    for (let level: unknown = values; isList(level); level = level[0]) shape.push(level.length)
    const data = new Float32Array(shape.reduce((product, length) => product * length, 1))
    fill(data, 0, values as readonly Nested[], shape, 0, [])
    return new NdArray(data, shape)
  }

  /** Number of rows. */
  get length(): number {
    return this.shape[0] ?? 1
  }

  get rank(): number {
    return this.shape.length
  }

  get size(): number {
    return this.data.length
  }

  /** One number. Throws `shape` for an index outside. */
  at(...index: readonly number[]): number {
    return this.data[this.offsetOf(index)]!
  }

  /** Changes one number: `x.set(1, n, t, c)` is Python's `x[n, t, c] = 1`. Throws `shape` for an index outside. */
  set(value: number, ...index: readonly number[]): void {
    this.data[this.offsetOf(index)] = value
  }

  /** The number of an array that has only one. Throws `shape`. */
  item(): number {
    if (this.data.length === 1) return this.data[0]!
    throw new RepriseError(
      'shape',
      `item: an array [${this.shape.join(', ')}] has more than one number, or none`,
    )
  }

  private offsetOf(index: readonly number[]): number {
    if (index.length !== this.shape.length) {
      throw new RepriseError('shape', `${index.length} indices for an array of ${this.shape.length} axes`)
    }
    let offset = 0
    for (const [axis, length] of this.shape.entries()) {
      const i = index[axis]! < 0 ? index[axis]! + length : index[axis]!
      if (!(i >= 0 && i < length && Number.isInteger(i))) {
        throw new RepriseError('shape', `index ${index[axis]} is outside axis ${axis} of length ${length}`)
      }
      offset = offset * length + i
    }
    return offset
  }

  /** Row `index` of the first axis, a view on the same memory. */
  row(index: number): NdArray<Values> {
    const i = index < 0 ? index + this.length : index
    const row = this.slice(i, i + 1)
    return new NdArray(row.data, this.shape.slice(1))
  }

  /** Rows begin … end−1 of the first axis, a view; negative numbers count from the end. */
  slice(begin = 0, end = this.length): NdArray<Values> {
    const place = (k: number) => Math.min(this.length, Math.max(0, k < 0 ? k + this.length : k))
    const [from, to] = [place(begin), Math.max(place(begin), place(end))]
    const width = this.length === 0 ? 0 : this.data.length / this.length
    return new NdArray(this.data.subarray(from * width, to * width) as Values, [
      to - from,
      ...this.shape.slice(1),
    ])
  }

  /** The rows with these numbers, in this order, copied. */
  take(rows: ArrayLike<number>): NdArray<Values> {
    const width = this.length === 0 ? 0 : this.data.length / this.length
    const data = new (this.data.constructor as new (length: number) => Values)(rows.length * width)
    for (let k = 0; k < rows.length; k++) {
      data.set(this.data.subarray(rows[k]! * width, (rows[k]! + 1) * width), k * width)
    }
    return new NdArray(data, [rows.length, ...this.shape.slice(1)])
  }

  /** The same values under another shape; one axis may be −1. */
  reshape(shape: readonly number[]): NdArray<Values> {
    const known = shape.reduce((product, length) => (length === -1 ? product : product * length), 1)
    return new NdArray(
      this.data,
      shape.map((length) => (length === -1 ? this.data.length / known : length)),
    )
  }

  /** Position of the largest value along the last axis, the first of equals; NumPy's `argmax(axis=-1)`. */
  argmax(): NdArray<Int32Array> {
    const width = this.shape.at(-1) ?? 1
    const result = new Int32Array(width === 0 ? 0 : this.data.length / width)
    for (let row = 0; row < result.length; row++) {
      let best = 0
      for (let k = 1; k < width; k++) {
        if (this.data[row * width + k]! > this.data[row * width + best]!) best = k
      }
      result[row] = best
    }
    return new NdArray(result, this.shape.slice(0, -1))
  }

  /** Nested arrays; a number when there is no axis. */
  toArray(): Nested {
    return nest(this.data, this.shape, 0, this.data.length)
  }

  toJSON(): Nested {
    return this.toArray()
  }

  /** Iterates over rows. */
  *[Symbol.iterator](): Iterator<NdArray<Values>> {
    for (let index = 0; index < this.length; index++) yield this.row(index)
  }
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || ArrayBuffer.isView(value)
}

function fill(
  data: Float32Array,
  offset: number,
  values: Nested,
  shape: readonly number[],
  axis: number,
  path: readonly number[],
): void {
  const where = path.length ? `at [${path.join(', ')}]` : 'at the top'
  if (axis === shape.length) {
    if (typeof values !== 'number')
      throw new RepriseError('shape', `expected a number ${where}, got ${typeof values}`)
    data[offset] = values
    return
  }
  const length = shape[axis]!
  if (!isList(values) || values.length !== length) {
    const got = isList(values) ? `${values.length}` : `a ${typeof values}`
    throw new RepriseError(
      'shape',
      `rows differ in length: ${where} expected ${length} values, got ${got} (padSequences makes rows of one length)`,
    )
  }
  const width = shape.slice(axis + 1).reduce((product, part) => product * part, 1)
  for (let k = 0; k < length; k++) {
    fill(data, offset + k * width, values[k] as Nested, shape, axis + 1, [...path, k])
  }
}

function nest(data: NdValues, shape: readonly number[], begin: number, end: number): Nested {
  if (shape.length === 0) return data[begin]!
  const length = shape[0]!
  const width = length === 0 ? 0 : (end - begin) / length
  return Array.from({ length }, (_, k) =>
    nest(data, shape.slice(1), begin + k * width, begin + (k + 1) * width),
  )
}
