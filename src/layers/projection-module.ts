// Four rows less their projections on four others, in WebAssembly with vectors of two float64: 500 bytes, put together here.
// The rows that change lie interleaved, so that a vector holds two of them and every sum is made in the order a plain loop
// makes it: the bits are those of JavaScript.

/**
 * x −= Σ (row·x) row for the four rows x at `x`, number i of row k at place 4i + k, up to the address `end`, and four rows
 * of `stride` bytes, one after the other, from `rows` on. The four sums are taken before any row is subtracted.
 */
export type SubtractProjections = (x: number, rows: number, stride: number, end: number) => void

/** The function over a memory; undefined where WebAssembly or its vectors are missing, or a page's policy forbids them. */
export function projectionFunction(memory: WebAssembly.Memory): SubtractProjections | undefined {
  try {
    const module = new WebAssembly.Module(assemble())
    const { run } = new WebAssembly.Instance(module, { e: { m: memory } }).exports
    return run as SubtractProjections
  } catch {
    return undefined
  }
}

type Code = readonly number[]

/** Numbers of the locals: the four arguments, then cursors, then vectors. */
const x = 0
const firstRow = 1
const stride = 2
const end = 3
const rows = [firstRow, 4, 5, 6]
const cursor = 7
const sums = [8, 9, 10, 11, 12, 13, 14, 15]
const own = [16, 17]
const others = [18, 19, 20, 21]
const both = [0, 1]

const unsigned = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content]
const all = <T>(items: readonly T[], code: (item: T, k: number) => Code): Code => items.flatMap(code)

const get = (local: number): Code => [0x20, local]
const set = (local: number): Code => [0x21, local]
const [addInteger, subtractInteger, shiftRight, isBelow] = [0x6a, 0x6b, 0x76, 0x49]
const vector = (operation: number): Code => [0xfd, ...unsigned(operation)]
const [add, subtract, multiply] = [vector(0xf0), vector(0xf1), vector(0xf2)]
/** Two numbers from an address on; the same number twice. The 3 says that addresses are multiples of 8. */
const load = (local: number, offset: number): Code => [...get(local), ...vector(0), 3, offset]
const loadTwice = (local: number): Code => [...get(local), ...vector(10), 3, 0]
const store = (offset: number): Code => [...vector(11), 3, offset]
const advance = (local: number, bytes: number): Code => [
  ...get(local),
  0x41,
  bytes,
  addInteger,
  ...set(local),
]
const sum = (pair: number, row: number): number => sums[pair * 4 + row]!
const product = (pair: number, row: number, factor: number): Code => [
  ...get(sum(pair, row)),
  ...get(factor),
  ...multiply,
]

function assemble(): Uint8Array<ArrayBuffer> {
  const toBegin = [
    ...all([1, 2, 3], (k) => [...get(rows[k - 1]!), ...get(stride), addInteger, ...set(rows[k]!)]),
    ...get(x),
    ...set(cursor),
  ]
  /** `body` for every i, with all cursors moved on behind it. */
  const loop = (body: Code): Code => [
    ...[0x03, 0x40],
    ...all(rows, (row, k) => [...loadTwice(row), ...set(others[k]!)]),
    ...body,
    ...all(rows, (row) => advance(row, 8)),
    ...advance(cursor, 32),
    ...[...get(cursor), ...get(end), isBelow, 0x0d, 0, 0x0b],
  ]
  const sumUp = loop([
    ...all(own, (pair, k) => [...load(cursor, 16 * k), ...set(pair)]),
    ...all(others, (other, row) =>
      all(both, (pair) => [
        ...get(sum(pair, row)),
        ...get(own[pair]!),
        ...get(other),
        ...multiply,
        ...add,
        ...set(sum(pair, row)),
      ]),
    ),
  ])
  const takeAway = loop(
    all(both, (pair) => [
      ...get(cursor),
      ...load(cursor, 16 * pair),
      ...product(pair, 0, others[0]!),
      ...all([1, 2, 3], (row) => [...product(pair, row, others[row]!), ...add]),
      ...subtract,
      ...store(16 * pair),
    ]),
  )
  // The rows have moved on by a quarter of what x has.
  const back = [...get(firstRow), ...get(end), ...get(x), subtractInteger]
  const rewind = [...back, 0x41, 2, shiftRight, subtractInteger, ...set(firstRow)]
  const locals = [2, 4, 0x7f, 14, 0x7b]
  const body = [...locals, ...toBegin, ...sumUp, ...rewind, ...toBegin, ...takeAway, 0x0b]
  const name = (text: string): Code => [text.length, ...[...text].map((c) => c.charCodeAt(0))]
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 0]),
    ...section(2, [1, ...name('e'), ...name('m'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('run'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ])
}
