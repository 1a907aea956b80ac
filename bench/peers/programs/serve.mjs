// The line protocol of a peer, for those written in JavaScript: one JSON object a line in, one out.
//   {"do": "prepare", "workload": "W1", "sizes": {…}} → {"first": ms} or {"unsupported": "why"}: warms up; how long it takes at least
//   {"do": "measure", "seconds": 0.5}                 → {"ms": ms a unit, "steps": units}
// At start it says {"ready": "version"}. What is prepared is dropped when the next is; the end of the input ends the program.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isLong, measure, warmUp } from '../../measure.mjs'

const folder = process.env.REPRISE_PEERS ?? process.cwd()

/** Loads a package from the folder the peers are installed in. */
export const requirePeer = createRequire(join(folder, 'peers.js'))

/** The version of a package installed there. */
export function versionOf(name) {
  const path = join(folder, 'node_modules', name, 'package.json')
  return JSON.parse(readFileSync(path, 'utf8')).version
}

/** What a program throws for a workload it has no way to express. */
export class Unsupported extends Error {}

/** `make(sizes)` gives a runner. `coldCounts`: nothing is compiled by a first step, so a very long one is a sample too. */
export async function serve(version, make, { coldCounts = true } = {}) {
  const answer = (object) => process.stdout.write(`${JSON.stringify(object)}\n`)
  console.log = console.error // libraries greet on standard output
  let runner
  let sample
  const actions = {
    async prepare({ sizes }) {
      const previous = runner
      runner = undefined
      previous?.dispose?.()
      runner = await make(sizes)
      if (!coldCounts) await runner.advance() // compiles
      const { quickest, cold } = await warmUp(runner)
      sample = coldCounts && isLong(quickest) ? { ms: cold, steps: 1, cold: true } : undefined
      return { first: quickest }
    },
    measure: async ({ seconds }) => sample ?? (await measure(runner, seconds)),
  }
  answer({ ready: version })
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    try {
      answer(await actions[request.do](request))
    } catch (error) {
      answer(error instanceof Unsupported ? { unsupported: error.message } : { error: String(error.stack) })
    }
  }
  process.exit(0)
}

/** Whole numbers below `limit` from a fixed seed (a linear congruential generator), the same in every run. */
export function integers(length, limit) {
  let state = 7
  return Int32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  })
}

/** Draws an index from probabilities. */
export function pick(probabilities) {
  let rest = Math.random()
  for (let index = 0; index < probabilities.length - 1; index++) {
    rest -= probabilities[index]
    if (rest <= 0) return index
  }
  return probabilities.length - 1
}
