import { RepriseError } from '../../errors.js'
import type { Graph, Seeded } from '../graph.js'
import { apply, type Operation } from '../operation.js'
import { formatShape, type Shape, type Tensor } from '../tensor.js'

type Optional = { readonly [name: string]: Tensor | undefined }

interface DropoutAttributes {
  readonly rate: number
  readonly locked: boolean
  readonly stream: number
}

const dropoutOperation: Operation<
  { readonly x: Tensor; readonly rng: Tensor } & Optional,
  'y',
  DropoutAttributes
> = {
  name: 'dropout',
  inPlace: { y: 'x' },
  infer: ({ x }) => ({ y: { shape: x.shape, dtype: 'float32' } }),
  lower({ inputs: { x, rng }, outputs: { y }, attributes: { rate, locked, stream }, at, emit }) {
    const [N, T, F] = locked ? (x.shape as [number, number, number]) : [1, 1, x.size]
    emit('dropout', { x: at(x), y: at(y), rng: at(rng), stream, N, T, F, locked: locked ? 1 : 0, rate })
  },
  gradient: ({ inputs: { rng }, attributes, gradients }) => ({
    x: apply(dropoutOperation, { x: gradients.y!, rng }, attributes).y, // the same draws again
  }),
}

/**
 * Zeroes each element with probability `rate` and scales the rest by 1/(1−rate); the identity unless the graph trains.
 * `locked`: x is [N, T, F] and one mask per row and feature serves all steps (variational dropout, Gal & Ghahramani 2016).
 * `seeded` makes the draws independent of the others of the graph.
 */
export function dropout(x: Tensor, rate: number, locked = false, seeded?: Seeded): Tensor {
  checkRate(rate)
  if (!x.graph.training || rate === 0) return x
  if (locked && x.rank !== 3) {
    throw new RepriseError('shape', `locked dropout needs [N, T, F], got ${formatShape(x.shape)}`)
  }
  const stream = x.graph.nextStream(seeded)
  return apply(dropoutOperation, { x, rng: x.graph.rng() }, { rate, locked, stream }).y
}

const maskOperation: Operation<
  { readonly rng: Tensor } & Optional,
  'y',
  { shape: Shape; rate: number; stream: number }
> = {
  name: 'dropoutMask',
  infer: (_inputs, { shape }) => ({ y: { shape, dtype: 'float32' } }),
  lower: ({ inputs: { rng }, outputs: { y }, attributes: { rate, stream }, at, emit }) =>
    emit('dropoutMask', { y: at(y), rng: at(rng), stream, count: y.size, rate }),
}

/** A mask of 0 and 1/(1−rate), or undefined when there is nothing to drop. */
export function dropoutMask(graph: Graph, shape: Shape, rate: number, seeded?: Seeded): Tensor | undefined {
  checkRate(rate)
  if (!graph.training || rate === 0) return undefined
  return apply(maskOperation, { rng: graph.rng() }, { shape, rate, stream: graph.nextStream(seeded) }).y
}

function checkRate(rate: number): void {
  if (!(rate >= 0 && rate < 1))
    throw new RepriseError('option', `dropout rate must be in 0 … 1, 1 excluded; got ${rate}`)
}
