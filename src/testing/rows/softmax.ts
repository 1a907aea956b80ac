import type { CommandName } from '../../engine/commands.generated.js'
import { cycle, type Draw, integers, range } from '../draws.js'
import type { OperationRow, Tolerance } from '../operation-row.js'

const tolerance: Tolerance = {
  absolute: 2e-6,
  relative: 5e-6,
  reason: 'exponentials to a few ulps and a float32 sum over the classes',
}

/** Around logits of size s every difference x − lse carries an error of s/2²⁴. */
const largeLogits: Tolerance = {
  absolute: 2e-4,
  relative: 2e-4,
  reason: 'logits near 1000 resolve to 6e-5, and so does every x − lse',
}

const sizes = [
  [1, 1],
  [3, 2],
  [5, 17],
  [33, 65],
  [2, 4099],
] as const

const flags = [0, 1]

const probabilityRows = flags.flatMap((log): OperationRow[] => {
  const row = (what: string, M: number, V: number, extra: Partial<OperationRow> = {}): OperationRow => ({
    name: `softmax${log ? ' log' : ''} [${M}, ${V}]${what}`,
    commands: ['softmax', 'softmaxBackward'],
    scalars: { M, V, log },
    tensors: { x: { draw: range(-4, 4) } },
    tolerance,
    ...extra,
  })
  return [
    ...sizes.map(([M, V]) => row('', M, V)),
    row(', dx in place of dy', 7, 21, { tensors: { dx: { sameAs: 'dy' } } }),
    row(', logits near 1000', 5, 19, {
      tensors: { x: { draw: range(950, 1050) } },
      tolerance: largeLogits,
      noGradient: 'most probabilities are below the resolution of a finite difference',
    }),
    row(', logits near −1000', 5, 19, {
      tensors: { x: { draw: range(-1050, -950) } },
      tolerance: largeLogits,
      noGradient: 'most probabilities are below the resolution of a finite difference',
    }),
    row(', nothing but one huge negative number', 3, 7, {
      tensors: { x: { draw: cycle(-1e30) } },
      noGradient: 'no finite difference changes such a number',
    }),
  ]
})

const crossEntropy: readonly CommandName[] = ['softmaxCrossEntropyForward', 'softmaxCrossEntropyBackward']

const crossEntropyRow = (
  what: string,
  [M, V]: readonly [number, number],
  smoothing: number,
  extra: Partial<OperationRow> & { logits?: Draw } = {},
): OperationRow => {
  const { logits = range(-4, 4), ...rest } = extra
  return {
    name: `softmaxCrossEntropyForward [${M}, ${V}], smoothing ${smoothing}${what}`,
    commands: crossEntropy,
    scalars: { M, V, smoothing },
    tolerance,
    ...rest,
    tensors: { logits: { draw: logits }, targets: { draw: integers(0, V) }, ...rest.tensors },
  }
}

const crossEntropyRows = [0, 0.1, 1].flatMap((smoothing) => [
  ...sizes.map((size) => crossEntropyRow('', size, smoothing)),
  crossEntropyRow(', without weights', [9, 33], smoothing, { absent: ['weights'] }),
  crossEntropyRow(', ignored rows', [19, 7], smoothing, { tensors: { targets: { draw: integers(-7, 7) } } }),
  crossEntropyRow(', all ignored', [4, 5], smoothing, { tensors: { targets: { draw: integers(-2, 0) } } }),
  crossEntropyRow(', dLogits in place of logits', [9, 33], smoothing, {
    tensors: { dLogits: { sameAs: 'logits' } },
    noGradient: 'the input is overwritten; the rows beside it check the gradient',
  }),
  crossEntropyRow(', logits near 1000', [5, 19], smoothing, {
    logits: range(950, 1050),
    tolerance: largeLogits,
    noGradient: 'most probabilities are below the resolution of a finite difference',
  }),
])

export const softmaxRows = [...probabilityRows, ...crossEntropyRows]
