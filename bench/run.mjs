// Measures training steps of the workloads on every engine, interleaved, and writes JSON.
//   npm run bench [-- W1 W2] [--engine native,wasm] [--threads 1,2] [--rounds 7] [--seconds 1] [--out FILE]
//                 [--peer NAME=COMMAND]…   a command that prints JSON lines {"w":"W1","threads":2,"ms":12.3,…}; it is run
//                                          once a round, between ours, with WORKLOADS and SECS in its environment
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { loadEngine } from '../dist/index.js'
import { workloads } from './workloads.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: 'string', default: 'native,wasm,reference' },
    threads: { type: 'string', default: [...new Set([1, os.availableParallelism()])].join(',') },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1' },
    out: { type: 'string', default: join(root, 'bench/results/latest.json') },
    peer: { type: 'string', multiple: true, default: [] },
  },
})
const names = positionals.length ? positionals : Object.keys(workloads)
for (const name of names) {
  if (!workloads[name]) {
    console.error(`unknown workload ${name}; known: ${Object.keys(workloads).join(', ')}`)
    process.exit(2)
  }
}
const threadCounts = values.threads.split(',').map(Number)
const seconds = Number(values.seconds)

/** One engine with one thread count on one workload. */
const cells = []
const skipped = []
for (const name of names) {
  for (const engineName of values.engine.split(',')) {
    for (const threads of engineName === 'reference' ? [1] : threadCounts) {
      try {
        const engine = await loadEngine({ engine: engineName, threads })
        cells.push({
          workload: name,
          engine: engineName,
          isa: engine.info.isa,
          threads,
          samples: [],
          instance: engine,
        })
      } catch (error) {
        skipped.push({ workload: name, engine: engineName, threads, reason: error.message })
        console.error(`${engineName}, ${threads} threads: ${error.message}`)
      }
    }
  }
}
for (const cell of cells) {
  cell.run = workloads[cell.workload].make(cell.instance)
  // The reference engine is float64 TypeScript: one step, not warmed up (W2 takes some two minutes).
  cell.slow = cell.engine === 'reference'
  if (!cell.slow) for (let k = 0; k < 3; k++) await cell.run.step() // warm up
}

async function sample(cell) {
  const begin = performance.now()
  let steps = 0
  do {
    await cell.run.step()
    steps++
  } while (performance.now() - begin < seconds * 1000)
  return (performance.now() - begin) / steps
}

const peers = values.peer.map((text) => {
  const [, name, command] = /^([^=]+)=(.*)$/.exec(text) ?? []
  if (!name) throw new Error(`--peer ${text}: expected NAME=COMMAND`)
  return { name, command, samples: new Map() }
})

const rounds = Number(values.rounds)
for (let round = 0; round < rounds; round++) {
  for (const cell of cells) {
    if (cell.slow && round > 0) continue
    cell.samples.push(await sample(cell))
  }
  for (const peer of peers) {
    const env = { ...process.env, WORKLOADS: names.join(' '), SECS: String(seconds) }
    const result = spawnSync('bash', ['-c', peer.command], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for (const line of result.stdout.split('\n')) {
      if (!line.startsWith('{')) continue
      const { w, threads, ms } = JSON.parse(line)
      const key = `${w} ${threads}`
      peer.samples.set(key, [...(peer.samples.get(key) ?? []), ms])
    }
  }
  console.error(`round ${round + 1}/${rounds}`)
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]
const spread = (list) => ({
  median: median(list),
  min: Math.min(...list),
  max: Math.max(...list),
  samples: list,
})
const results = cells
  .filter((cell) => cell.samples.length)
  .map(({ workload, engine, isa, threads, samples, run }) => {
    const ms = spread(samples)
    return {
      workload,
      engine,
      isa,
      threads,
      ms,
      gflops: run.flops / ms.median / 1e6,
      tokensPerSecond: (run.tokens / ms.median) * 1000,
      finalLoss: run.loss(),
    }
  })
for (const peer of peers) {
  for (const [key, samples] of peer.samples) {
    const [workload, threads] = key.split(' ')
    results.push({ workload, engine: peer.name, threads: Number(threads), ms: spread(samples) })
  }
}
const report = {
  date: new Date().toISOString(),
  version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
  machine: {
    cpu: os.cpus()[0]?.model,
    cores: os.availableParallelism(),
    node: process.version,
    platform: `${os.platform()} ${os.arch()}`,
    load: os.loadavg(),
  },
  rounds,
  secondsPerSample: seconds,
  workloads: Object.fromEntries(names.map((name) => [name, workloads[name].what])),
  results,
  skipped,
}
mkdirSync(dirname(values.out), { recursive: true })
writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`)

const rows = [['', 'engine', 'threads', 'ms/step', 'min–max', 'GFLOP/s', 'tokens/s']]
for (const r of results) {
  rows.push([
    r.workload,
    `${r.engine}${r.isa ? ` ${r.isa}` : ''}`,
    r.threads,
    r.ms.median.toFixed(1),
    `${r.ms.min.toFixed(1)}–${r.ms.max.toFixed(1)}`,
    r.gflops?.toFixed(1) ?? '',
    r.tokensPerSecond?.toFixed(0) ?? '',
  ])
}
for (const row of rows)
  console.log(
    row.map((cell, k) => (k > 1 ? String(cell).padStart(14) : String(cell).padEnd(k ? 26 : 4))).join(' '),
  )
console.log(`written to ${values.out}`)
for (const cell of cells) {
  cell.run.dispose()
  cell.instance.dispose()
}
