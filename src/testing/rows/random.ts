import { cycle, type Draw } from '../draws.js'
import { fewUlps, type OperationRow } from '../operation-row.js'

const anyWords: Draw = (length, random) => Array.from({ length }, () => random.word())
const zeros = cycle(0)

const shapes = [
  { N: 1, T: 1, F: 1 },
  { N: 3, T: 5, F: 7 },
  { N: 2, T: 4, F: 64 },
  { N: 5, T: 33, F: 35 },
]

const dropoutRow = (
  what: string,
  scalars: { N: number; T: number; F: number; stream: number; locked: number; rate: number },
  tensors: OperationRow['tensors'] = {},
): OperationRow => ({
  name: `dropout [${scalars.N}, ${scalars.T}, ${scalars.F}], ${what}`,
  commands: ['dropout'],
  scalars,
  tensors: { rng: { draw: anyWords }, ...tensors },
  tolerance: fewUlps,
})

export const randomRows: OperationRow[] = [
  ...[0, 1].flatMap((locked) =>
    [0, 0.3, 0.5, 0.999].flatMap((rate) =>
      shapes.map((shape) =>
        dropoutRow(`rate ${rate}${locked ? ', locked' : ''}`, { ...shape, stream: 3, locked, rate }),
      ),
    ),
  ),
  dropoutRow('in place', { N: 3, T: 5, F: 7, stream: 0, locked: 0, rate: 0.25 }, { y: { sameAs: 'x' } }),
  dropoutRow(
    'locked in place',
    { N: 3, T: 5, F: 7, stream: 0, locked: 1, rate: 0.25 },
    { y: { sameAs: 'x' } },
  ),
  dropoutRow(
    'seed and step zero',
    { N: 3, T: 5, F: 7, stream: 0, locked: 0, rate: 0.5 },
    { rng: { draw: zeros } },
  ),
  ...[1, 4, 5, 1003].map(
    (count): OperationRow => ({
      name: `dropoutMask ${count} elements`,
      commands: ['dropoutMask'],
      scalars: { count, stream: 70_000, rate: 0.4 },
      tensors: { rng: { draw: anyWords } },
      tolerance: fewUlps,
    }),
  ),
]
