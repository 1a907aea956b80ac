import { letOthersRun } from './let-others-run.js'

/** Items that come one by one, as many together as are there: those read while nobody waits, at most `most`. */
export async function* windowsOf<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  most: number,
): AsyncGenerator<Item[], void, undefined> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let done = false
  try {
    let pending = Promise.resolve(iterator.next())
    for (;;) {
      const window: Item[] = []
      let result: IteratorResult<Item> | undefined = await pending
      while (result && !result.done) {
        window.push(result.value)
        pending = Promise.resolve(iterator.next())
        // What fails is thrown by the `await` to come, after what was read before it has been given.
        const ready = pending.catch(() => undefined)
        if (window.length === most) break
        result = await Promise.race([ready, letOthersRun().then(() => undefined)])
      }
      if (window.length > 0) yield window
      if (result?.done) {
        done = true
        return
      }
    }
  } finally {
    // The reader left early, or something threw: the source may close what it holds.
    if (!done) await iterator.return?.()
  }
}
