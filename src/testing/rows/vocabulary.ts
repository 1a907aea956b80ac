import { cycle, type Draw, integers, range } from '../draws.js'
import { exact, type OperationRow, type Tolerance } from '../operation-row.js'

const anyWords: Draw = (length, random) => Array.from({ length }, () => random.word())
const distinct =
  (limit: number): Draw =>
  (length, random) =>
    random.permutation(limit).subarray(0, length)

/** As for the softmax of logits, and the products around it. */
const tolerance = (terms: number): Tolerance => ({
  absolute: 5e-6 + terms * 2 ** -24,
  relative: 5e-6,
  reason: `exponentials to a few ulps, and up to ${terms} float32 roundings of sums of order one`,
})

const linearRow = (
  what: string,
  [M, V, K]: readonly [number, number, number],
  transposeW: number,
  extra: Partial<OperationRow> & { count?: number } = {},
): OperationRow => {
  const { count, ...rest } = extra
  return {
    name: `linearCrossEntropyForward [${M}, ${K}] · [${K}, ${V}]${transposeW ? ' transposed' : ''}${what}`,
    commands: ['linearCrossEntropyForward', 'linearCrossEntropyBackward'],
    scalars: { M, V, K, transposeW },
    tolerance: tolerance(Math.max(M, K)),
    ...rest,
    absent: [...(rest.absent ?? []), ...(count === undefined ? ['count'] : [])],
    tensors: {
      targets: { draw: integers(-1, V) },
      ...(count === undefined ? {} : { count: { draw: cycle(count) } }),
      ...rest.tensors,
    },
  }
}

const sizes = [
  [1, 1, 1],
  [5, 17, 3],
  [1, 300, 8],
  [7, 700, 2],
  [66, 70, 33],
  [2100, 600, 5], // two stretches of 256 classes and a rest
] as const

const linearRows = [0, 1].flatMap((transposeW) => [
  ...sizes.map((size) => linearRow('', size, transposeW)),
  linearRow(', 3 rows count', [9, 33, 5], transposeW, { count: 3 }),
  linearRow(', no row counts', [4, 6, 2], transposeW, { count: 0 }),
  linearRow(', all rows count', [4, 6, 2], transposeW, { count: 4 }),
  linearRow(', without bias', [9, 33, 5], transposeW, { absent: ['bias', 'dBias'] }),
  linearRow(', large logits', [5, 40, 3], transposeW, {
    tensors: { bias: { draw: range(300, 330) } },
    tolerance: { absolute: 2e-4, relative: 2e-4, reason: 'logits near 300 resolve to 3e-5' },
    noGradient: 'most probabilities are below the resolution of a finite difference',
  }),
])

const sampledRow = (
  what: string,
  [M, S, V]: readonly [number, number, number],
  extra: Partial<OperationRow> = {},
): OperationRow => ({
  name: `sampledCrossEntropyForward [${M}, ${S}] of ${V}${what}`,
  commands: ['sampledCrossEntropyForward', 'sampledCrossEntropyBackward'],
  scalars: { M, S },
  tolerance: tolerance(16),
  ...extra,
  tensors: {
    logits: { draw: range(-4, 4) },
    offsets: { draw: range(-2, 5) },
    trueLogits: { draw: range(-1, 4) },
    classes: { draw: distinct(V) },
    targets: { draw: integers(-1, V) },
    ...extra.tensors,
  },
})

export const vocabularyRows: OperationRow[] = [
  ...linearRows,
  ...[
    { S: 1, V: 2 },
    { S: 7, V: 7 },
    { S: 9, V: 10 },
    { S: 64, V: 1000 },
    { S: 4096, V: 250_000 },
    { S: 33, V: 16_000_000 },
  ].map(
    ({ S, V }): OperationRow => ({
      name: `sampleClasses, ${S} of ${V}`,
      commands: ['sampleClasses'],
      scalars: { S, V, stream: 3 },
      tensors: { rng: { draw: anyWords } },
      tolerance: exact,
    }),
  ),
  ...[0, 1, 50, 20_000].map(
    (tries): OperationRow => ({
      name: `logExpectedCount after ${tries} draws`,
      commands: ['logExpectedCount'],
      scalars: { M: 1003, V: 250_000 },
      tensors: { ids: { draw: integers(-9, 250_009) }, tries: { draw: cycle(tries) } },
      tolerance: { absolute: 2e-6, relative: 1e-6, reason: 'three logarithms in a row, a few ulps each' },
    }),
  ),
  ...[
    [1, 1, 2],
    [5, 17, 40],
    [9, 33, 33],
    [33, 65, 70],
    [2, 4099, 9000],
  ].map((size) => sampledRow('', size as unknown as readonly [number, number, number])),
  sampledRow(', all ignored', [4, 5, 9], { tensors: { targets: { draw: cycle(-1) } } }),
  sampledRow(', dLogits in place of logits', [9, 33, 40], {
    tensors: { dLogits: { sameAs: 'logits' } },
    noGradient: 'the input is overwritten; the rows beside it check the gradient',
  }),
]
