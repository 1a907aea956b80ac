import { integers } from '../draws.js'
import { exact, type OperationRow, sumOf } from '../operation-row.js'

const sizes = [
  { M: 1, V: 1, E: 1 },
  { M: 7, V: 5, E: 3 },
  { M: 40, V: 11, E: 16 },
  { M: 400, V: 3, E: 37 },
  { M: 3, V: 1000, E: 130 },
]

const repeats = (M: number) => ({ ...sumOf(M), reason: `up to ${M} float32 additions into one row` })

export const embeddingRows: OperationRow[] = sizes.flatMap(({ M, V, E }) => [
  {
    name: `embeddingForward [${V}, ${E}], ${M} ids`,
    commands: ['embeddingForward'],
    scalars: { M, V, E },
    tensors: { ids: { draw: integers(-1, V + 1) } },
    tolerance: exact,
  },
  ...[0, 1].map(
    (accumulate): OperationRow => ({
      name: `embeddingBackward [${V}, ${E}], ${M} ids${accumulate ? ', accumulated' : ''}`,
      commands: ['embeddingForward', 'embeddingBackward'],
      scalars: { M, V, E, accumulate },
      tensors: { ids: { draw: integers(-1, V + 1) } },
      tolerance: repeats(M),
    }),
  ),
])
