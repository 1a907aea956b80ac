import { RepriseError } from '../errors.js'
import { NdArray } from '../nd-array.js'
import type { RandomStream } from '../random.js'
import type { Batch } from './batch.js'
import { type DataNeeds, ExampleSet } from './example-set.js'
import type { BatchIterable, BatchTuple } from './fit-options.js'
import type { DataLike } from './host-data.js'

/** Where `fit` and `evaluate` take batches from, epoch after epoch. */
export interface ModelBatches {
  /** Batches of an epoch when known. */
  readonly steps: number | undefined
  epoch(epoch: number): AsyncIterable<Batch> | Iterable<Batch>
}

/**
 * Batches of arrays in memory; `shuffle` gives each epoch an order of its own. With `steps` an epoch takes that many and the
 * next goes on from there; the epoch that reaches the end of the data ends there, as in Keras.
 */
export function arrayBatches(
  examples: ExampleSet,
  batchSize: number,
  options: {
    readonly shuffle?: ((epoch: number) => RandomStream) | undefined
    readonly steps?: number | undefined
  } = {},
): ModelBatches {
  const all = Math.ceil(examples.length / batchSize)
  const { shuffle, steps } = options
  const pass = (epoch: number) => examples.batches(batchSize, shuffle?.(epoch).permutation(examples.length))
  let open: Iterator<Batch> | undefined
  let seen = 0
  return {
    steps: Math.min(all, steps ?? all),
    *epoch(epoch) {
      if (steps === undefined) {
        yield* pass(epoch)
        return
      }
      if (!open) [open, seen] = [pass(epoch), 0]
      for (let given = 0; given < steps && seen < all; given++) {
        seen++
        yield open.next().value as Batch
      }
      if (seen >= all) open = undefined
    },
  }
}

type AnyIterator = Iterator<BatchTuple> | AsyncIterator<BatchTuple>

/** A pass over a source of batches, from its beginning where it has one. */
export function openBatches(source: BatchIterable): AnyIterator {
  const made = typeof source === 'function' ? source() : source
  if (Symbol.asyncIterator in made) return made[Symbol.asyncIterator]()
  if (Symbol.iterator in made) return made[Symbol.iterator]()
  return made
}

/**
 * Batches of a generator. With `steps` an epoch takes that many and the next goes on from there, beginning anew when the
 * source ends; without, an epoch is one pass.
 */
export function iterableBatches(
  needs: DataNeeds,
  source: BatchIterable,
  steps: number | undefined,
): ModelBatches {
  let open: AnyIterator | undefined
  return {
    steps,
    async *epoch() {
      let given = 0
      let restarted = open === undefined
      open ??= openBatches(source)
      for (;;) {
        if (steps !== undefined && given >= steps) return
        const { done, value } = await open.next()
        if (done) {
          open = undefined
          if (steps === undefined || restarted) return
          restarted = true
          open = openBatches(source)
          continue
        }
        given++
        yield checkedBatch(needs, value)
      }
    },
  }
}

function checkedBatch(needs: DataNeeds, value: BatchTuple): Batch {
  if (!Array.isArray(value)) {
    throw new RepriseError('shape', 'a generator must give batches [x, y] or [x, y, sampleWeight]')
  }
  const [x, y, weight] = value as BatchTuple
  const { x: xs, y: ys, sampleWeights } = ExampleSet.from(needs, x, y, weight)
  return { x: xs, y: ys, sampleWeights }
}

/** Whether data comes as batches one after the other, not as arrays. */
export function isBatchIterable(data: DataLike | BatchTuple | BatchIterable): data is BatchIterable {
  if (typeof data === 'function') return true
  if (data instanceof NdArray || Array.isArray(data) || ArrayBuffer.isView(data)) return false
  return (
    typeof data === 'object' &&
    data !== null &&
    (Symbol.asyncIterator in data || Symbol.iterator in data || 'next' in data)
  )
}
