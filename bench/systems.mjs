// The systems of a run, engines and peers alike: what stands in a column of the table.

import { freemem } from 'node:os'
import { isLong, measure, warmUp } from './measure.mjs'
import { peers } from './peers/index.mjs'
import { PeerProcess, Unsupported } from './peers/process.mjs'
import { engineProblem, precisionsOf, prepare, readsPrecision } from './reprise/index.mjs'

/** Below this a peer is not started. */
const leastFree = 2 ** 30

/** What engines may reach, GFLOP/s, for the estimate of time and for what is left out beforehand. */
const typical = { native: 80, wasm: 25, reference: 0.4 }
const label = (engine, precision) => (precision === 'float32' ? engine : `${engine} ${precision}`)

/** Reprise on one engine with one number of threads and one precision. */
function engineSystem(engine, threads, precision) {
  return {
    name: label(engine, precision),
    kind: 'engine',
    engine,
    precision,
    threads,
    gflops: typical[engine],
    startSeconds: 0.1,
    prepareSeconds: 0.2,
    async open(workload) {
      const runner = await prepare(workload, { engine, threads, precision })
      // The reference engine is float64 TypeScript: its first step is as good as any.
      const first = engine === 'reference' ? undefined : (await warmUp(runner)).quickest
      return {
        first,
        isa: runner.isa,
        sample: async (seconds) => ({ ...(await measure(runner, seconds)), loss: runner.loss() }),
        close: () => runner.dispose(),
      }
    },
    dispose() {},
  }
}

/** A peer with one number of threads; its process starts when it is first needed. */
function peerSystem(peer, found, threads, options) {
  let process
  let version = found.version
  return {
    name: peer.name,
    kind: 'peer',
    threads,
    tasks: peer.tasks,
    gflops: peer.gflops,
    startSeconds: peer.startSeconds ?? 0.3,
    prepareSeconds: peer.prepareSeconds ?? 0.1,
    divisible: peer.divisible,
    get version() {
      return version
    },
    async open(workload, name) {
      if (!process) {
        if (freemem() < leastFree) throw new Unsupported('less than 1 GiB of memory is free')
        process = new PeerProcess(found.command(threads))
        version = (await process.ready()) ?? version
      }
      const patience = 120 + 20 * options.cap
      const request = { do: 'prepare', workload: name, sizes: workload }
      try {
        const { first } = await process.ask(request, patience)
        const ask = (seconds) => process.ask({ do: 'measure', seconds }, patience)
        return { first, sample: ask, close() {} }
      } catch (error) {
        if (!(error instanceof Unsupported)) {
          process.stop()
          process = undefined // the next workload starts it anew
        }
        throw error
      }
    },
    dispose() {
      process?.stop()
      process = undefined
    },
  }
}

/** Systems for every workload, and what is left out, with the reason. */
export async function chooseSystems(options) {
  const systems = []
  const skipped = []
  const readable = new Map()
  const reads = async (task) => {
    if (!readable.has(task)) readable.set(task, await readsPrecision(task))
    return readable.get(task)
  }
  for (const engine of options.engines) {
    const problem = await engineProblem(engine)
    if (problem) {
      skipped.push({ system: engine, reason: problem })
      continue
    }
    for (const precision of options.precisions) {
      for (const threads of engine === 'reference' ? [1] : options.threads) {
        if (engine === 'reference' && precision !== 'float32') continue
        systems.push(engineSystem(engine, threads, precision))
      }
    }
  }
  for (const name of options.peers.names) {
    const peer = peers.find((one) => one.name === name)
    const found = peer.find(options.context)
    if (found.missing) {
      skipped.push({ system: name, reason: found.missing })
      continue
    }
    for (const threads of peer.threads ? options.threads : [1]) {
      systems.push(peerSystem(peer, found, threads, options))
    }
  }
  return { systems, skipped, reads }
}

/** Why a system cannot do a workload, told before anything is started; undefined when it can. */
export async function reasonAgainst(system, workload, { cap }, reads, flops) {
  if (system.kind === 'engine') {
    const { precision, engine } = system
    if (!precisionsOf(workload).includes(precision)) return null // not a question one asks
    if (precision !== 'float32' && !(await reads(workload.task))) {
      const option = workload.task === 'generation' ? 'weights' : 'precision'
      return `this version has no option "${option}" for ${workload.task}`
    }
    if (engine !== 'reference') return undefined
  }
  if (system.tasks && !system.tasks.includes(workload.task)) return `not measured on ${workload.task}`
  const seconds = stepSeconds(system, workload, flops)
  const limit = system.kind === 'engine' ? cap : 4 * cap
  if (seconds <= limit) return undefined
  return `a step would take some ${Math.round(seconds)} s (--cap ${Math.ceil(seconds)} measures it)`
}

/** What the least that can be timed may take. */
export function stepSeconds({ gflops, threads, divisible }, workload, flops) {
  const seconds = flops / (gflops * (1 + 0.6 * (threads - 1)) * 1e9)
  if (workload.task === 'generation') return seconds / 10
  return divisible ? seconds / workload.batch : seconds
}

export { isLong }
