import {
  Activation,
  Binary,
  type BinaryName,
  Reduce,
  Unary,
  type UnaryName,
} from '../../engine/commands.generated.js'
import { cycle, type Draw, integers, oneOf, range, words } from '../draws.js'
import { exact, fewUlps, type OperationRow, sumOf, type Tolerance } from '../operation-row.js'

type Four = readonly [number, number, number, number]

const counts = [1, 5, 37, 4099]
const infinity = Number.POSITIVE_INFINITY
const special = cycle(Number.NaN, infinity, -infinity, 0, -0, 1e-30, -1e-30, 200, -200, 3e38, -3e38)

const axes = (prefix: string, values: Four) =>
  Object.fromEntries(values.map((value, axis) => [`${prefix}${axis}`, value]))

const denseStrides = ([, d1, d2, d3]: Four): Four => [d1 * d2 * d3, d2 * d3, d3, 1]

const unaryRanges: Record<UnaryName, Draw> = {
  negate: range(-3, 3),
  absolute: range(-3, 3),
  exp: range(-80, 80),
  log: range(1e-3, 50),
  sqrt: range(0, 50),
  square: range(-3, 3),
  reciprocal: range(0.1, 9),
  sign: oneOf(-2, -0.5, 0, 0.5, 2),
  step: oneOf(-2, -0.5, 0, 0.5, 2),
  log1p: range(-0.9, 0.9),
  expm1: range(-0.9, 0.9),
  sin: range(-100, 100),
  cos: range(-100, 100),
  erf: range(-4, 4),
}

/** sin, cos near their zeros: the float32 result keeps an absolute, not a relative precision. */
const absoluteUlps: Tolerance = { ...fewUlps, absolute: 2e-7 }

const unaryRows = Object.keys(Unary).flatMap((key): OperationRow[] => {
  const name = key as UnaryName
  const row = (what: string, count: number, draw: Draw): OperationRow => ({
    name: `unary ${name}, ${what}`,
    commands: ['unary'],
    scalars: { count, operation: Unary[name] },
    tensors: { x: { draw } },
    tolerance: name === 'sin' || name === 'cos' ? absoluteUlps : fewUlps,
  })
  return [
    ...counts.map((count) => row(`${count} elements`, count, unaryRanges[name])),
    row(
      'special values',
      33,
      name === 'sin' || name === 'cos' ? cycle(Number.NaN, infinity, 0, 1e5) : special,
    ),
  ]
})

const smallArgumentRows = (['log1p', 'expm1', 'erf', 'sin'] as const).map(
  (name): OperationRow => ({
    name: `unary ${name}, tiny arguments keep their relative precision`,
    commands: ['unary'],
    scalars: { count: 37, operation: Unary[name] },
    tensors: { x: { draw: range(-1e-5, 1e-5) } },
    tolerance: fewUlps,
  }),
)

const inPlaceUnary: OperationRow = {
  name: 'unary square, in place',
  commands: ['unary'],
  scalars: { count: 45, operation: Unary.square },
  tensors: { y: { sameAs: 'x' } },
  tolerance: fewUlps,
}

const activationTolerance: Tolerance = {
  absolute: 3e-7,
  relative: 2e-6,
  reason: 'a float32 function approximation, its slope written in terms of the rounded y',
}

const activationRows = Object.entries(Activation).flatMap(([name, kind]): OperationRow[] => [
  ...counts.map(
    (count): OperationRow => ({
      name: `activation ${name}, ${count} elements`,
      commands: ['activation', 'activationBackward'],
      scalars: { count, kind },
      tensors: { x: { draw: range(-5, 5) } },
      tolerance: activationTolerance,
    }),
  ),
  {
    name: `activation ${name}, special values`,
    commands: ['activation'],
    scalars: { count: 33, kind },
    tensors: { x: { draw: special } },
    tolerance: activationTolerance,
  },
  {
    name: `activation ${name}, in place`,
    commands: ['activation', 'activationBackward'],
    scalars: { count: 21, kind },
    tensors: { y: { sameAs: 'x' }, dx: { sameAs: 'dy' } },
    tolerance: activationTolerance,
    noGradient: 'the input is overwritten; the rows beside it check the slope',
  },
])

const binaryRanges: Partial<Record<BinaryName, readonly [Draw, Draw]>> = {
  divide: [range(-3, 3), range(0.1, 4)],
  power: [range(0.05, 4), range(-3, 3)],
}

const binaryRow = (
  what: string,
  name: BinaryName,
  d: Four,
  aStrides: Four,
  bStrides: Four,
  extra: Partial<OperationRow> = {},
): OperationRow => {
  const compares = Binary[name] >= Binary.equal
  const [a, b] =
    binaryRanges[name] ?? (compares ? [integers(-2, 3), integers(-2, 3)] : [range(-3, 3), range(-3, 3)])
  return {
    name: `binary ${name}, ${what}`,
    commands: ['binary'],
    scalars: {
      ...axes('d', d),
      ...axes('aStride', aStrides),
      ...axes('bStride', bStrides),
      operation: Binary[name],
    },
    tensors: { a: { draw: a }, b: { draw: b } },
    tolerance: name === 'power' ? { ...fewUlps, relative: 1e-5 } : fewUlps,
    ...extra,
  }
}

const shape: Four = [2, 3, 5, 7]
const dense = denseStrides(shape)
const binaryRows: OperationRow[] = [
  ...Object.keys(Binary).flatMap((key) => {
    const name = key as BinaryName
    return [
      binaryRow('same shape', name, shape, dense, dense),
      binaryRow('long', name, [1, 1, 1, 4099], [0, 0, 0, 1], [0, 0, 0, 1]),
      binaryRow('one number as b', name, shape, dense, [0, 0, 0, 0]),
      binaryRow('one number as a', name, shape, [0, 0, 0, 0], dense),
      binaryRow('a row as b', name, shape, dense, [0, 0, 0, 1]),
      binaryRow('a column as b', name, shape, dense, [15, 5, 1, 0]),
    ]
  }),
  binaryRow('transposed a', 'subtract', [1, 2, 19, 35], [0, 665, 1, 19], [0, 665, 35, 1]),
  binaryRow('middle axis broadcast', 'subtract', shape, dense, [35, 0, 7, 1]),
  binaryRow('outer product', 'multiply', [1, 1, 33, 41], [0, 0, 1, 0], [0, 0, 0, 1]),
  binaryRow('in place of a', 'subtract', shape, dense, [0, 0, 0, 1], { tensors: { y: { sameAs: 'a' } } }),
  binaryRow('in place of b', 'subtract', shape, [0, 0, 0, 1], dense, { tensors: { y: { sameAs: 'b' } } }),
  binaryRow('both operands one', 'multiply', shape, dense, dense, { tensors: { b: { sameAs: 'a' } } }),
  binaryRow('negative bases, integral exponents', 'power', [1, 1, 1, 40], [0, 0, 0, 1], [0, 0, 0, 1], {
    tensors: { a: { draw: range(-3, 3) }, b: { draw: integers(-3, 4) } },
  }),
]

const copyRow = (what: string, d: Four, xStrides: Four, yStrides: Four, accumulate = 0): OperationRow => ({
  name: `copy ${what}`,
  commands: ['copy'],
  scalars: { ...axes('d', d), ...axes('xStride', xStrides), ...axes('yStride', yStrides), accumulate },
  ...(accumulate ? { tolerance: fewUlps } : { tensors: { x: { draw: words } }, tolerance: exact }),
})

const copyRows: OperationRow[] = [0, 1].flatMap((accumulate) => {
  const how = accumulate ? ', accumulated' : ''
  return [
    copyRow(`contiguous${how}`, [1, 1, 1, 4099], [0, 0, 0, 1], [0, 0, 0, 1], accumulate),
    copyRow(`one element${how}`, [1, 1, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1], accumulate),
    copyRow(`transpose${how}`, [1, 1, 35, 19], [0, 0, 1, 35], [0, 0, 19, 1], accumulate),
    copyRow(`large transpose${how}`, [1, 3, 70, 130], [0, 9100, 1, 70], [0, 9100, 130, 1], accumulate),
    copyRow(`swap of the first two axes${how}`, [1, 5, 6, 7], [0, 7, 35, 1], [0, 42, 7, 1], accumulate),
    copyRow(`slice of rows and columns${how}`, [2, 3, 4, 5], [300, 60, 12, 2], [60, 20, 5, 1], accumulate),
    copyRow(`into every third column${how}`, [1, 2, 9, 11], [0, 99, 11, 1], [0, 297, 33, 3], accumulate),
    copyRow(`into a wider row${how}`, [1, 1, 9, 21], [0, 0, 21, 1], [0, 0, 50, 1], accumulate),
    copyRow(`reversed rows${how}`, [1, 3, 9, 17], [0, 153, -17, 1], [0, 153, 17, 1], accumulate),
    copyRow(`reversed elements${how}`, [1, 1, 1, 67], [0, 0, 0, -1], [0, 0, 0, 1], accumulate),
    copyRow(`into reversed rows${how}`, [1, 1, 9, 17], [0, 0, 17, 1], [0, 0, -17, 1], accumulate),
    copyRow(`broadcast of one number${how}`, [2, 3, 4, 5], [0, 0, 0, 0], [60, 20, 5, 1], accumulate),
    copyRow(`broadcast of a row${how}`, [1, 1, 13, 37], [0, 0, 0, 1], [0, 0, 37, 1], accumulate),
    copyRow(`broadcast of a column${how}`, [1, 1, 13, 37], [0, 0, 1, 0], [0, 0, 37, 1], accumulate),
    copyRow(`nothing${how}`, [1, 0, 3, 4], [0, 0, 4, 1], [0, 12, 4, 1], accumulate),
  ]
})

const reduceShapes = [
  [1, 1, 1],
  [1, 10_001, 1],
  [5, 33, 1],
  [1, 517, 37],
  [3, 130, 7],
  [7, 1, 9],
  [2, 3, 515],
] as const

const reduceRows = Object.entries(Reduce).flatMap(([name, operation]) =>
  [0, 1].flatMap((accumulate) => {
    if (accumulate && operation !== Reduce.sum && operation !== Reduce.mean) return []
    return reduceShapes.map(
      ([outer, axis, inner]): OperationRow => ({
        name: `reduce ${name}, [${outer}, ${axis}, ${inner}]${accumulate ? ', accumulated' : ''}`,
        commands: ['reduce'],
        scalars: { outer, axis, inner, operation, accumulate },
        tolerance: operation === Reduce.sum ? sumOf(axis) : sumOf(1),
      }),
    )
  }),
)

const argmaxRow = (what: string, M: number, V: number, draw: Draw): OperationRow => ({
  name: `argmax ${what}, [${M}, ${V}]`,
  commands: ['argmax'],
  scalars: { M, V },
  tensors: { x: { draw } },
  tolerance: exact,
})

export const elementwiseRows: OperationRow[] = [
  ...counts.map(
    (count): OperationRow => ({
      name: `fill ${count} elements`,
      commands: ['fill'],
      scalars: { count, value: -1.25 },
      tolerance: exact,
    }),
  ),
  ...copyRows,
  ...unaryRows,
  ...smallArgumentRows,
  inPlaceUnary,
  ...binaryRows,
  ...activationRows,
  ...reduceRows,
  argmaxRow('distinct', 7, 37, range(-1, 1)),
  argmaxRow('ties give the first', 40, 53, integers(-3, 0)),
  argmaxRow('one column', 5, 1, range(-1, 1)),
  argmaxRow('one long row', 1, 10_007, range(-9, -1)),
  argmaxRow('nothing but −∞', 3, 21, cycle(-infinity)),
  ...[
    [1, 1],
    [6, 5],
    [33, 67],
  ].map(
    ([M, V]): OperationRow => ({
      name: `oneHot [${M}, ${V}], ids outside included`,
      commands: ['oneHot'],
      scalars: { M: M!, V: V! },
      tensors: { ids: { draw: integers(-2, V! + 2) } },
      tolerance: exact,
    }),
  ),
]
