// How a time is taken: the same few lines for Reprise and for the peers written in JavaScript.

/** A first step longer than this many ms is itself the sample where nothing had to be compiled. */
const longWarmUp = 8000

/**
 * Warms a runner up: `advance()` does a part of a unit and gives its share, 1 for a whole training step. Returns how many ms the
 * quickest took, and what the first makes of a whole unit.
 */
export async function warmUp(runner) {
  const first = await once(runner)
  let quickest = first.elapsed
  if (!isLong(quickest)) {
    for (let k = quickest > 1000 ? 1 : 2; k > 0; k--)
      quickest = Math.min(quickest, (await once(runner)).elapsed)
  }
  return { quickest, cold: first.elapsed / first.share }
}

/** Whether an advance is so long that one sample has to do, the first at that. */
export const isLong = (ms) => ms >= longWarmUp

async function once(runner) {
  const begin = performance.now()
  const share = await runner.advance()
  return { elapsed: performance.now() - begin, share }
}

/** ms a unit over at least `seconds`, and the units done. */
export async function measure(runner, seconds) {
  const begin = performance.now()
  let units = 0
  let elapsed = 0
  do {
    units += await runner.advance()
    elapsed = performance.now() - begin
  } while (elapsed < seconds * 1000)
  return { ms: elapsed / units, steps: units }
}
