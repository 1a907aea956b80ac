import { Activation } from '../../engine/commands.generated.js'
import { range } from '../draws.js'
import { type OperationRow, sumOf } from '../operation-row.js'

interface Product {
  readonly M: number
  readonly N: number
  readonly K: number
  readonly batch?: number
  readonly transposeA?: number
  readonly transposeB?: number
  readonly accumulate?: number
  readonly aBatchStride?: number
  readonly bBatchStride?: number
  readonly cBatchStride?: number
}

function matmulRow(what: string, product: Product): OperationRow {
  const { M, N, K } = product
  const scalars = {
    batch: 1,
    transposeA: 0,
    transposeB: 0,
    accumulate: 0,
    aBatchStride: M * K,
    bBatchStride: K * N,
    cBatchStride: M * N,
    ...product,
  }
  const { batch, transposeA, transposeB, accumulate } = scalars
  const options = `${transposeA ? ' aᵀ' : ''}${transposeB ? ' bᵀ' : ''}${accumulate ? ' accumulated' : ''}`
  return {
    name: `matmul ${batch}·[${M}, ${K}]·[${K}, ${N}]${options}, ${what}`,
    commands: ['matmul'],
    scalars,
    tolerance: sumOf(K),
  }
}

const flags = [0, 1]
const allOptions = flags.flatMap((transposeA) =>
  flags.flatMap((transposeB) => flags.map((accumulate) => ({ transposeA, transposeB, accumulate }))),
)
const transposes = allOptions.filter(({ accumulate }) => !accumulate)

const sizes = [
  { M: 13, N: 17, K: 19 },
  { M: 1, N: 37, K: 70 },
  { M: 2, N: 64, K: 64 },
  { M: 70, N: 1, K: 37 },
  { M: 6, N: 33, K: 2049 },
]

const small = { M: 5, N: 6, K: 7 }

const matmulRows: OperationRow[] = [
  matmulRow('one number', { M: 1, N: 1, K: 1 }),
  matmulRow('an inner length of one', { M: 9, N: 21, K: 1 }),
  matmulRow('no inner length: zero', { M: 3, N: 4, K: 0 }),
  matmulRow('no inner length: unchanged', { M: 3, N: 4, K: 0, accumulate: 1 }),
  ...sizes.flatMap((size) => allOptions.map((options) => matmulRow('odd sizes', { ...size, ...options }))),
  matmulRow('across all block boundaries', { M: 131, N: 263, K: 517 }),
  matmulRow('across all block boundaries', { M: 131, N: 263, K: 517, transposeA: 1, accumulate: 1 }),
  matmulRow('across all block boundaries', { M: 131, N: 263, K: 517, transposeB: 1 }),
  matmulRow('wider than the panels packed together', { M: 61, N: 590, K: 1100 }),
  matmulRow('more rows than are packed together', { M: 830, N: 3, K: 10_007 }),
  matmulRow('a long inner length', { M: 5, N: 6, K: 10_007 }),
  matmulRow('a long inner length, as weight gradients', {
    M: 24,
    N: 40,
    K: 1501,
    transposeA: 1,
    accumulate: 1,
  }),
  matmulRow('wide', { M: 3, N: 2053, K: 16 }),
  matmulRow('tall', { M: 2053, N: 3, K: 16 }),
  ...transposes.flatMap((options) => [
    matmulRow('batch', { ...small, ...options, batch: 3 }),
    matmulRow('one a for all', { ...small, ...options, batch: 3, aBatchStride: 0 }),
    matmulRow('one b for all', { ...small, ...options, batch: 3, bBatchStride: 0 }),
    matmulRow('gaps between matrices', {
      ...small,
      ...options,
      batch: 3,
      aBatchStride: 41,
      bBatchStride: 50,
      cBatchStride: 33,
    }),
  ]),
  matmulRow('many small ones', { M: 3, N: 2, K: 4, batch: 67, accumulate: 1 }),
  matmulRow('attention-like', { M: 20, N: 20, K: 33, batch: 8, transposeB: 1 }),
]

interface Dense {
  readonly M: number
  readonly N: number
  readonly K: number
  readonly transposeW?: number
  readonly activation?: number
}

function denseRow(what: string, layer: Dense, absent: readonly string[] = []): OperationRow {
  const { M, N, K } = layer
  const scalars = { transposeW: 0, activation: Activation.linear, ...layer }
  const scale = Math.min(1, 2 / Math.sqrt(K))
  return {
    name: `dense [${M}, ${K}]·[${K}, ${N}]${scalars.transposeW ? ' wᵀ' : ''}, ${what}`,
    commands: ['dense'],
    scalars,
    absent,
    tensors: { w: { draw: range(-scale, scale) } },
    tolerance: sumOf(4 * Math.ceil(Math.sqrt(K)) + 8),
  }
}

const denseRows: OperationRow[] = flags.flatMap((transposeW) => [
  denseRow('one number', { M: 1, N: 1, K: 1, transposeW }),
  denseRow('one row', { M: 1, N: 67, K: 130, transposeW }),
  denseRow('one output', { M: 33, N: 1, K: 50, transposeW }),
  denseRow('odd sizes', { M: 13, N: 21, K: 19, transposeW }),
  denseRow('without bias', { M: 13, N: 21, K: 19, transposeW }, ['bias']),
  denseRow('a vocabulary', { M: 21, N: 1003, K: 65, transposeW }),
  denseRow('a long inner length', { M: 7, N: 35, K: 1030, transposeW }),
  ...Object.entries(Activation).map(([name, activation]) =>
    denseRow(name, { M: 11, N: 37, K: 23, transposeW, activation }),
  ),
  denseRow('tanh without bias', { M: 11, N: 37, K: 23, transposeW, activation: Activation.tanh }, ['bias']),
])

export const gemmRows = [...matmulRows, ...denseRows]
