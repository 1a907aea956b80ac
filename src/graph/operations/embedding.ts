import { RepriseError } from '../../errors.js'
import { apply, type Operation } from '../operation.js'
import { formatShape, type Tensor } from '../tensor.js'
import { reshape } from './broadcast.js'
import { quantizedEmbedding } from './quantized.js'

type Inputs = { readonly table: Tensor; readonly ids: Tensor } & {
  readonly [name: string]: Tensor | undefined
}

const embeddingOperation: Operation<Inputs, 'y', null> = {
  name: 'embedding',
  gathers: { table: 'table', ids: 'ids', output: 'y' },
  infer({ table, ids }) {
    if (ids.dtype !== 'int32') throw new RepriseError('shape', `embedding needs int32 ids, got ${ids.dtype}`)
    if (table.rank !== 2) {
      throw new RepriseError('shape', `embedding needs a table [V, E], got ${formatShape(table.shape)}`)
    }
    return { y: { shape: [...ids.shape, table.shape[1]!], dtype: 'float32' } }
  },
  lower: ({ inputs: { table, ids }, outputs: { y }, at, emit }) =>
    emit('embeddingForward', {
      table: at(table),
      ids: at(ids),
      y: at(y),
      M: ids.size,
      V: table.shape[0]!,
      E: table.shape[1]!,
    }),
  gradient: ({ inputs: { table, ids }, gradients }) => ({
    table: apply(gradientOperation, { dy: gradients.y!, ids }, { V: table.shape[0]!, E: table.shape[1]! })
      .dTable,
  }),
}

const gradientOperation: Operation<
  { readonly dy: Tensor; readonly ids: Tensor } & { readonly [name: string]: Tensor | undefined },
  'dTable',
  { V: number; E: number }
> = {
  name: 'embeddingGradient',
  infer: (_inputs, { V, E }) => ({ dTable: { shape: [V, E], dtype: 'float32' } }),
  lower: ({ inputs: { dy, ids }, outputs: { dTable }, attributes: { V, E }, at, emit }) =>
    emit('embeddingBackward', {
      dy: at(dy),
      ids: at(ids),
      dTable: at(dTable),
      M: ids.size,
      V,
      E,
      accumulate: 0,
    }),
}

/** y[ids[m]] += x[m]: x [..., E], ids int32 [...] → [V, E]. Ids outside are left out. */
export function scatterRows(x: Tensor, ids: Tensor, V: number): Tensor {
  return apply(scatterOperation, { dy: x, ids }, { V, E: x.size / ids.size }).dTable
}

/**
 * Rows of a table: table [V, E], ids int32 [...] → [..., E]. Ids outside the table give zeros. The table may be a parameter
 * or computed: vectors of the distinct words of a batch, say, each picked wherever its word stands.
 */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  const plain = apply(embeddingOperation, { table, ids }, null).y // checks the shapes
  return quantizedEmbedding(table, ids) ?? plain
}

const scatterOperation: typeof gradientOperation = {
  ...gradientOperation,
  name: 'scatterRows',
  gradient: ({ inputs: { ids, dy }, gradients }) => ({
    dy: reshape(embedding(gradients.dTable!, ids), dy.shape),
  }),
}

const oneHotOperation: Operation<
  { readonly ids: Tensor } & { readonly [name: string]: Tensor | undefined },
  'y',
  { V: number }
> = {
  name: 'oneHot',
  infer: ({ ids }, { V }) => ({ y: { shape: [...ids.shape, V], dtype: 'float32' } }),
  lower: ({ inputs: { ids }, outputs: { y }, attributes: { V }, at, emit }) =>
    emit('oneHot', { ids: at(ids), y: at(y), M: ids.size, V }),
}

/** ids int32 [...] → [..., V] with a one at each id. */
export function oneHot(ids: Tensor, V: number): Tensor {
  return apply(oneHotOperation, { ids }, { V }).y
}
