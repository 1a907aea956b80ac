// From samples to what the JSON holds.
import { flopsOf, tokensOf } from '../workloads.mjs'

export function spread(samples) {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  const round = (ms) => Number(ms.toPrecision(5))
  return {
    median: round(median),
    min: round(sorted[0]),
    max: round(sorted.at(-1)),
    samples: samples.map(round),
  }
}

/** One measured cell as a record. */
export function resultOf(name, workload, { system, samples, run, wanted }, rounds) {
  const ms = spread(samples.map((sample) => sample.ms))
  const loss = samples.at(-1).loss
  return {
    workload: name,
    system: system.name,
    kind: system.kind,
    threads: system.threads,
    ...(system.engine && { engine: system.engine, precision: system.precision, isa: run.isa }),
    ...(system.version && { version: system.version }),
    ms,
    gflops: Number((flopsOf(workload) / ms.median / 1e6).toPrecision(4)),
    tokensPerSecond: Math.round((tokensOf(workload) / ms.median) * 1000),
    ...(loss !== undefined && Number.isFinite(loss) && { loss: Number(loss.toFixed(4)) }),
    ...limitOf(samples, wanted, rounds),
  }
}

/** Why there are fewer samples than rounds. */
function limitOf(samples, wanted, rounds) {
  if (samples[0]?.cold) return { limited: 'one cold step, which was as long as all others' }
  if (samples.length < Math.min(rounds, wanted ?? rounds))
    return { limited: `${samples.length} samples, then it failed` }
  if (samples.length < rounds)
    return { limited: `${samples.length} of ${rounds} samples: its steps are long` }
  return {}
}

/**
 * Gives every engine's result how many times faster it was than each peer with as many threads (`against`), and than peers
 * that have only one.
 */
export function compare(results) {
  for (const result of results) {
    if (result.kind !== 'engine' || result.engine === 'reference') continue
    const peers = results.filter(({ kind, workload }) => kind === 'peer' && workload === result.workload)
    const against = {}
    for (const name of new Set(peers.map(({ system }) => system))) {
      const own = peers.filter(({ system }) => system === name)
      const peer =
        own.find(({ threads }) => threads === result.threads) ??
        (own.length === 1 && own[0].threads === 1 ? own[0] : undefined)
      if (peer) against[name] = Number((peer.ms.median / result.ms.median).toPrecision(3))
    }
    if (Object.keys(against).length > 0) result.against = against
  }
  return results
}

/** Adds the part of the best matrix product seen on the same engine, threads and precision. */
export function addFloors(results, products) {
  for (const result of results) {
    const best = products.find(
      ({ engine, threads }) =>
        engine === result.engine && threads === result.threads && result.precision === 'float32',
    )
    if (best) result.ofBestProduct = Number((result.gflops / best.gflops).toPrecision(3))
  }
  return results
}
