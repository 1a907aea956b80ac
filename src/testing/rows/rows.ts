import { cycle, type Draw, integers } from '../draws.js'
import { exact, type OperationRow, sumOf } from '../operation-row.js'

const distinct =
  (limit: number): Draw =>
  (length, random) =>
    random.permutation(limit).subarray(0, length)

/** [L, K] · [K, N] for `count` of at most M rows. */
const products = [
  { L: 1, M: 1, N: 1, K: 1, count: 1 },
  { L: 9, M: 7, N: 3, K: 5, count: 4 },
  { L: 9, M: 9, N: 3, K: 5, count: 9 },
  { L: 6, M: 5, N: 2, K: 3, count: 0 },
  { L: 40, M: 33, N: 70, K: 19, count: 29 },
  { L: 300, M: 257, N: 64, K: 65, count: 130 },
]

export const rowsRows: OperationRow[] = [
  ...[
    { M: 1, V: 1, R: 1 },
    { M: 40, V: 11, R: 11 },
    { M: 9, V: 1000, R: 9 },
    { M: 700, V: 300, R: 400 },
    { M: 5000, V: 100_000, R: 5000 },
  ].map(
    ({ M, V, R }): OperationRow => ({
      name: `uniqueRows, ${M} ids below ${V}`,
      commands: ['uniqueRows'],
      scalars: { M, V, R },
      tensors: { ids: { draw: integers(-1, V + 1) } },
      tolerance: exact,
    }),
  ),
  ...[
    { M: 1, low: 0, high: 1 },
    { M: 37, low: 3, high: 9 },
    { M: 600, low: 12, high: 20 },
    { M: 20, low: 30, high: 40 },
  ].map(
    ({ M, low, high }): OperationRow => ({
      name: `clusterRows, ${M} targets in ${low} … ${high - 1}`,
      commands: ['clusterRows'],
      scalars: { M, low, high, label: 77 },
      tensors: { targets: { draw: integers(-1, 20) }, labels: { draw: integers(0, 20) } },
      tolerance: exact,
    }),
  ),
  ...products.map(
    ({ count, ...scalars }): OperationRow => ({
      name: `rowsDenseForward, ${count} of ${scalars.M} rows of [${scalars.L}, ${scalars.K}] · [${scalars.K}, ${scalars.N}]`,
      commands: ['rowsDenseForward', 'rowsDenseBackward'],
      scalars,
      tensors: { rows: { draw: distinct(scalars.L) }, count: { draw: cycle(count) } },
      tolerance: sumOf(Math.max(scalars.K, scalars.N, scalars.M)),
    }),
  ),
]
