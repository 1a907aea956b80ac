import type { CommandName } from '../../engine/commands.generated.js'
import { cycle, type Draw, range } from '../draws.js'
import { exact, fewUlps, type OperationRow, type Tolerance } from '../operation-row.js'

const tolerance: Tolerance = {
  absolute: 3e-7,
  relative: 3e-6,
  reason: 'about ten float32 roundings of values of order one',
}

const rates = cycle(0.03, 0.05, 7, 11)
const norm = (value: number) => ({ norm: { draw: cycle(value) } })

interface Optimizer {
  readonly what: string
  readonly command: CommandName
  readonly scalars: Readonly<Record<string, number>>
  readonly absent?: readonly string[]
  readonly hyper?: Draw
}

const adamScalars = { fresh1: 0.1, fresh2: 0.01, epsilon: 1e-3 }
const momentScalars = { beta1: 0.9, beta2: 0.99, epsilon: 1e-3 }
const rmspropScalars = { rho: 0.9, momentum: 0.8, epsilon: 1e-3 }

const optimizers: readonly Optimizer[] = [
  { what: 'sgd', command: 'sgd', scalars: { momentum: 0, nesterov: 0 }, absent: ['velocity'] },
  { what: 'sgd with momentum', command: 'sgd', scalars: { momentum: 0.9, nesterov: 0 } },
  { what: 'sgd with Nesterov momentum', command: 'sgd', scalars: { momentum: 0.9, nesterov: 1 } },
  { what: 'rmsprop', command: 'rmsprop', scalars: rmspropScalars, absent: ['meanGradient', 'velocity'] },
  { what: 'rmsprop with momentum', command: 'rmsprop', scalars: rmspropScalars, absent: ['meanGradient'] },
  { what: 'rmsprop centred', command: 'rmsprop', scalars: rmspropScalars, absent: ['velocity'] },
  { what: 'rmsprop centred with momentum', command: 'rmsprop', scalars: rmspropScalars },
  { what: 'adam', command: 'adam', scalars: adamScalars, absent: ['maxSecondMoment'] },
  { what: 'adam with AMSGrad', command: 'adam', scalars: adamScalars },
  { what: 'adagrad', command: 'adagrad', scalars: { initial: 0.1, epsilon: 1e-3 } },
  { what: 'adadelta', command: 'adadelta', scalars: { rho: 0.95, epsilon: 1e-3 } },
  { what: 'adamax', command: 'adamax', scalars: momentScalars },
  { what: 'nadam', command: 'nadam', scalars: momentScalars, hyper: cycle(0.03, 0.05, 0.02, 1.5) },
  { what: 'lion', command: 'lion', scalars: { beta1: 0.9, beta2: 0.99 } },
]

const optimizerRow = (
  { command, ...optimizer }: Optimizer,
  what: string,
  scalars: Readonly<Record<string, number>>,
  extra: Partial<OperationRow> = {},
): OperationRow => ({
  name: `${optimizer.what}, ${what}`,
  commands: [command],
  scalars: {
    count: 37,
    limit: 0,
    width: 0,
    rateScale: 1,
    weightDecay: 0,
    maxNorm: 0,
    ...optimizer.scalars,
    ...scalars,
  },
  tolerance,
  ...extra,
  absent: [
    ...(optimizer.absent ?? []),
    ...(extra.absent ?? []),
    ...(scalars.limit === undefined ? ['rows', 'rowCount'] : []),
  ],
  tensors: {
    hyper: { draw: optimizer.hyper ?? rates },
    meanSquare: { draw: range(0.5, 2) },
    meanGradient: { draw: range(-0.4, 0.4) },
    secondMoment: { draw: range(0, 2) },
    maxSecondMoment: { draw: range(0, 2) },
    accumulator: { draw: range(0, 2) },
    meanSquareStep: { draw: range(0.5, 2) },
    largest: { draw: range(0, 2) },
    rows: { draw: (length, random) => random.permutation(length) },
    ...norm(2.5),
    ...extra.tensors,
  },
})

const optimizerCases = optimizers.flatMap((optimizer) => [
  ...[1, 16, 37, 5003].map((count) => optimizerRow(optimizer, `${count} elements`, { count })),
  ...[
    { limit: 9, width: 4, rows: 5 },
    { limit: 31, width: 37, rows: 31 },
    { limit: 3, width: 200, rows: 0 },
    { limit: 5, width: 1, rows: 4 },
  ].map(({ limit, width, rows }) =>
    optimizerRow(
      optimizer,
      `${rows} of ${limit} rows of ${width}, clipped`,
      { count: limit * width, limit, width, maxNorm: 1, weightDecay: 0.1 },
      { tensors: { rowCount: { draw: cycle(rows) } } },
    ),
  ),
  optimizerRow(optimizer, 'without a norm', { maxNorm: 0.1 }, { absent: ['norm'] }),
  optimizerRow(optimizer, 'clipped', { maxNorm: 0.5 }),
  optimizerRow(optimizer, 'below the clipping norm', { maxNorm: 3 }),
  optimizerRow(optimizer, 'norm zero', { maxNorm: 3 }, { tensors: norm(0) }),
  optimizerRow(optimizer, 'weight decay', { weightDecay: 0.1 }),
  optimizerRow(optimizer, 'weight decay with another rate, clipped', {
    weightDecay: 0.1,
    rateScale: 0.25,
    maxNorm: 1,
  }),
  ...[Number.NaN, Number.POSITIVE_INFINITY].map((value) =>
    optimizerRow(
      optimizer,
      `norm ${value} changes nothing`,
      { weightDecay: 0.1, maxNorm: 1 },
      {
        tensors: norm(value),
        tolerance: exact,
      },
    ),
  ),
])

export const optimizerRows: OperationRow[] = [
  ...optimizerCases,
  ...[1, 31, 4096, 4097, 20_011].flatMap((count) =>
    [0, 1].map(
      (accumulate): OperationRow => ({
        name: `globalNorm ${count} elements${accumulate ? ', accumulated' : ''}`,
        commands: ['globalNorm'],
        scalars: { count, accumulate },
        tolerance: { absolute: 0, relative: 1e-5, reason: 'float32 sums over stretches of 4096 squares' },
      }),
    ),
  ),
  ...[Number.NaN, Number.NEGATIVE_INFINITY].map(
    (value): OperationRow => ({
      name: `globalNorm of numbers and one ${value}`,
      commands: ['globalNorm'],
      scalars: { count: 5003, accumulate: 0 },
      tensors: { x: { draw: (length) => Array.from({ length }, (_, e) => (e === 4500 ? value : e)) } },
      tolerance: fewUlps,
    }),
  ),
  ...[1, 37, 5003].map(
    (count): OperationRow => ({
      name: `clipByValue ${count} elements`,
      commands: ['clipByValue'],
      scalars: { count, limit: 0.6 },
      tolerance: fewUlps,
    }),
  ),
]
