// Takes the samples of one workload: every cell is opened and warmed up, then rounds go over all cells, each round beginning with
// another one, so that what changes slowly in a machine meets all alike.
import os from 'node:os'
import { runCommand } from './peers/command.mjs'
import { Unsupported } from './peers/process.mjs'
import { isLong, reasonAgainst, stepSeconds } from './systems.mjs'
import { flopsOf } from './workloads.mjs'

/** Lets the threads of the cell before fall asleep: OpenMP's spin for some milliseconds. */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Samples a cell may have: steps of many seconds get one or two. */
const samplesFor = (ms, rounds) => (isLong(ms) ? 1 : ms > 4000 ? Math.min(2, rounds) : rounds)

const load = () => Number(os.loadavg()[0].toFixed(2))

/** Cells that will be tried and what was left out, for one workload. */
export async function plan(name, workload, { systems, reads }, options) {
  const cells = []
  const skipped = []
  for (const system of systems) {
    const reason = await reasonAgainst(system, workload, options, reads, flopsOf(workload))
    if (reason === undefined) cells.push({ system, samples: [] })
    else if (reason !== null) {
      skipped.push({ workload: name, system: system.name, threads: system.threads, reason })
    }
  }
  return { cells, skipped }
}

/** Seconds the cells of one workload may take; `started` are the systems whose processes are there already. */
export function estimate(workload, cells, { rounds, seconds }, started = new Set()) {
  let total = 0
  for (const { system } of cells) {
    if (!started.has(system)) total += system.startSeconds
    started.add(system)
    total += system.prepareSeconds
    const step = stepSeconds(system, workload, flopsOf(workload))
    if (isLong(step * 1000)) total += step
    else {
      const samples = samplesFor(step * 1000, rounds)
      total += (step > 1 ? 2 : 3) * step + samples * (Math.max(seconds, step) + 0.03)
    }
  }
  return total
}

/** Measures. Gives cells with samples, what failed, and the load before and after each round. */
export async function measureWorkload(name, workload, cells, options) {
  const { rounds, seconds, peers, threads, smoke } = options
  const skipped = []
  const open = []
  for (const cell of cells) {
    const { system } = cell
    try {
      cell.run = await system.open(workload, name)
      cell.wanted = cell.run.first === undefined ? 1 : samplesFor(cell.run.first, rounds)
      open.push(cell)
    } catch (error) {
      const reason = error instanceof Unsupported ? error.message : `failed: ${error.message}`
      skipped.push({ workload: name, system: system.name, threads: system.threads, reason })
    }
  }
  const commands = peers.commands.map((peer) => ({ peer, times: [] }))
  const loads = []
  for (let round = 0; round < rounds; round++) {
    const before = load()
    const turn = [...open, ...commands]
    const begin = turn.length === 0 ? 0 : round % turn.length
    for (const cell of [...turn.slice(begin), ...turn.slice(0, begin)]) {
      if (cell.failed || cell.samples?.length >= cell.wanted) continue
      await pause(smoke ? 0 : 30)
      try {
        if (cell.peer) {
          const limit = { seconds, threads: Math.max(...threads), limit: 600 }
          cell.times.push(...(await runCommand(cell.peer, name, limit)))
        } else cell.samples.push(await cell.run.sample(seconds))
      } catch (error) {
        cell.failed = true
        const system = cell.peer?.name ?? cell.system.name
        skipped.push({
          workload: name,
          system,
          threads: cell.system?.threads,
          reason: `failed: ${error.message}`,
        })
      }
    }
    loads.push({ before, after: load() })
  }
  for (const cell of open) cell.run.close()
  const measured = open.filter(({ samples }) => samples.length > 0)
  for (const { peer, times } of commands) {
    if (times.length === 0 && !skipped.some(({ system }) => system === peer.name)) {
      skipped.push({
        workload: name,
        system: peer.name,
        reason: 'its command printed no time of this workload',
      })
    }
    for (const count of [...new Set(times.map((time) => time.threads))]) {
      const samples = times.filter((time) => time.threads === count)
      measured.push({
        system: { name: peer.name, kind: 'peer', threads: count },
        samples,
        run: {},
        wanted: rounds,
      })
    }
  }
  return { measured, skipped, loads }
}
