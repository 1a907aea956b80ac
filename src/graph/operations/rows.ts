import { RepriseError } from '../../errors.js'
import { apply, type Operation } from '../operation.js'
import { formatShape, type Tensor } from '../tensor.js'

type Optional = { readonly [name: string]: Tensor | undefined }

const integers = (name: string, tensor: Tensor) => {
  if (tensor.dtype !== 'int32') throw new RepriseError('shape', `${name} must be int32, got ${tensor.dtype}`)
}

// ---- the rows of a table that a step touches ----

const uniqueOperation: Operation<{ readonly ids: Tensor } & Optional, 'rows' | 'count' | 'place', number> = {
  name: 'uniqueRows',
  infer({ ids }, V) {
    integers('ids', ids)
    return {
      rows: { shape: [Math.min(ids.size, V)], dtype: 'int32' },
      count: { shape: [1], dtype: 'int32' },
      place: { shape: ids.shape, dtype: 'int32' },
    }
  },
  lower: ({ inputs: { ids }, outputs: { rows, count, place }, attributes: V, at, emit }) =>
    emit('uniqueRows', {
      ids: at(ids),
      rows: at(rows),
      count: at(count),
      place: at(place),
      M: ids.size,
      V,
      R: rows.size,
    }),
}

/**
 * The distinct ids in 0 … V−1 by first appearance: `rows` int32 [min(M, V)] filled up with −1, `count` int32 [1], and in
 * `place` where each id stands (−1 outside).
 */
export const uniqueRows = (ids: Tensor, V: number) => apply(uniqueOperation, { ids }, V)

const sumRowsOperation: Operation<
  Readonly<Record<string, Tensor>>,
  'y',
  { readonly R: number; readonly parts: number }
> = {
  name: 'sumRows',
  infer: ({ dy0 }, { R }) => ({ y: { shape: [R, dy0!.shape.at(-1)!], dtype: 'float32' } }),
  lower({ inputs, outputs: { y }, attributes: { R, parts }, at, emit }) {
    let done = 0
    for (let part = 0; part < parts; part++) {
      const dy = inputs[`dy${part}`]!
      const E = y.shape[1]!
      const M = dy.size / E
      const ids = at(inputs.place!, done)
      emit('embeddingBackward', { dy: at(dy), ids, dTable: at(y), M, V: R, E, accumulate: part > 0 ? 1 : 0 })
      done += M
    }
  },
}

/** y[place[m]] += dy[m], [R, E], over the rows of all `parts` [..., E] one after the other. */
export function sumRows(parts: readonly Tensor[], place: Tensor, R: number): Tensor {
  const inputs = Object.fromEntries(parts.map((dy, part) => [`dy${part}`, dy]))
  return apply(sumRowsOperation, { ...inputs, place }, { R, parts: parts.length }).y
}

// ---- the rows of a batch that belong to a cluster of classes ----

interface Cluster {
  readonly low: number
  readonly high: number
  readonly label: number
}

const clusterOperation: Operation<
  { readonly targets: Tensor; readonly labels: Tensor } & Optional,
  'rows' | 'local' | 'count' | 'relabelled',
  Cluster
> = {
  name: 'clusterRows',
  infer({ targets, labels }) {
    integers('targets', targets)
    integers('labels', labels)
    const list = { shape: [targets.size], dtype: 'int32' } as const
    return {
      rows: list,
      local: list,
      count: { shape: [1], dtype: 'int32' },
      relabelled: { shape: labels.shape, dtype: 'int32' },
    }
  },
  lower: ({ inputs: { targets, labels }, outputs, attributes, at, emit }) =>
    emit('clusterRows', {
      targets: at(targets),
      labels: at(labels),
      rows: at(outputs.rows),
      local: at(outputs.local),
      count: at(outputs.count),
      relabelled: at(outputs.relabelled),
      M: targets.size,
      ...attributes,
    }),
}

/**
 * The positions of the `targets` in low … high−1: `rows` int32 [M] filled up with −1, their classes from `low` on in
 * `local`, their number in `count` int32 [1]; `relabelled` is `labels` with `label` at these positions.
 */
export const clusterRows = (targets: Tensor, labels: Tensor, cluster: Cluster) =>
  apply(clusterOperation, { targets, labels }, cluster)

interface Picked {
  readonly x: Tensor
  readonly rows: Tensor
  readonly count: Tensor
  readonly w: Tensor
  readonly [name: string]: Tensor | undefined
}

const productSizes = ({ x, rows, w }: Picked) => ({
  L: x.shape[0]!,
  M: rows.size,
  N: w.shape[1]!,
  K: w.shape[0]!,
})

const rowsDenseOperation: Operation<Picked, 'y', null> = {
  name: 'rowsDense',
  infer({ x, rows, w }) {
    if (x.rank !== 2 || w.rank !== 2 || x.shape[1] !== w.shape[0]) {
      throw new RepriseError(
        'shape',
        `rowsDense of ${formatShape(x.shape)} and ${formatShape(w.shape)}: expected [L, K] and [K, N]`,
      )
    }
    return { y: { shape: [rows.size, w.shape[1]!], dtype: 'float32' } }
  },
  lower: ({ inputs, outputs: { y }, at, emit }) =>
    emit('rowsDenseForward', {
      x: at(inputs.x),
      rows: at(inputs.rows),
      count: at(inputs.count),
      w: at(inputs.w),
      y: at(y),
      ...productSizes(inputs),
    }),
  gradient({ inputs: { x, rows, count, w }, gradients }) {
    const { dx, dw } = apply(rowsDenseGradientOperation, { x, rows, count, w, dy: gradients.y! }, null)
    return { x: dx, w: dw }
  },
}

const rowsDenseGradientOperation: Operation<Picked & { readonly dy: Tensor }, 'dx' | 'dw', null> = {
  name: 'rowsDenseGradient',
  infer: ({ x, w }) => ({
    dx: { shape: x.shape, dtype: 'float32' },
    dw: { shape: w.shape, dtype: 'float32' },
  }),
  lower: ({ inputs, outputs: { dx, dw }, at, emit }) =>
    emit('rowsDenseBackward', {
      x: at(inputs.x),
      rows: at(inputs.rows),
      count: at(inputs.count),
      w: at(inputs.w),
      dy: at(inputs.dy),
      dx: at(dx),
      dw: at(dw),
      ...productSizes(inputs),
    }),
}

/** y[r] = x[rows[r]] · w for the first `count` rows, 0 beyond: x [L, K], distinct rows int32 [M], w [K, N] → [M, N]. */
export const rowsDense = (x: Tensor, rows: Tensor, count: Tensor, w: Tensor): Tensor =>
  apply(rowsDenseOperation, { x, rows, count, w }, null).y
