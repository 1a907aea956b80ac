// npm run bench: every workload on every engine and every peer that is installed. `--help` tells how; docs/benchmarks.md what for.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { help, readOptions, UsageError } from './options.mjs'
import { peersFolder } from './peers/folder.mjs'
import { installPeers } from './peers/install.mjs'
import { stopAll } from './peers/process.mjs'
import { baselineOf, chart } from './report/chart.mjs'
import { commit, machine } from './report/machine.mjs'
import { markdown } from './report/markdown.mjs'
import { addFloors, compare, resultOf } from './report/results.mjs'
import { bestProduct } from './reprise/product.mjs'
import { estimate, measureWorkload, plan } from './rounds.mjs'
import { chooseSystems } from './systems.mjs'
import { tiny, unitOf, workloads } from './workloads.mjs'

const root = join(import.meta.dirname, '..')
const say = (text) => process.stderr.write(`${text}\n`)

function readCommandLine() {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    say(`${error.message}\nMore: npm run bench -- --help`)
    process.exit(2)
  }
}

const options = readCommandLine()
if (options.help) {
  console.log(help())
  process.exit(0)
}
if (options.installPeers) process.exit(installPeers(peersFolder(options.folder)) ? 0 : 1)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

const sizesOf = (name) => (options.smoke ? tiny(workloads[name]) : workloads[name])
const chosen = await chooseSystems(options)
const absent = chosen.skipped.filter(({ system }) => options.peers.names.includes(system))
if (options.peers.explicit && absent.length > 0) {
  for (const { system, reason } of absent) say(`${system}: ${reason}`)
  process.exit(2)
}
for (const { system, reason } of chosen.skipped) say(`left out – ${system}: ${reason}`)

const folder =
  options.outputFolder ??
  (options.smoke ? mkdtempSync(join(tmpdir(), 'reprise-bench-')) : join(root, 'bench/results'))
mkdirSync(folder, { recursive: true })

const report = {
  name: options.name,
  date: new Date().toISOString(),
  version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
  commit: commit(root),
  smoke: options.smoke,
  machine: machine(),
  rounds: options.rounds,
  seconds: options.seconds,
  workloads: {},
  bestProducts: [],
  loads: [],
  baseline: undefined,
  results: [],
  skipped: [...chosen.skipped],
}

/** Files are written after every workload: what is measured is kept when a run is interrupted. */
async function write() {
  compare(addFloors(report.results, report.bestProducts))
  report.baseline = baselineOf(report.results)
  const path = (ending) => join(folder, `${options.name}.${ending}`)
  writeFileSync(path('json'), `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(path('md'), markdown(report))
  if (report.baseline !== undefined) writeFileSync(path('svg'), await chart(report.results, report.baseline))
  return path('md')
}

const plans = []
for (const name of options.workloads.filter((one) => one !== 'path')) {
  const workload = sizesOf(name)
  const { cells, skipped } = await plan(name, workload, chosen, options)
  report.workloads[name] = { ...workload, unit: unitOf(workload) }
  report.skipped.push(...skipped)
  plans.push({ name, workload, cells })
}
const started = new Set()
for (const plan of plans) plan.seconds = estimate(plan.workload, plan.cells, options, started)
const seconds = plans.reduce((sum, plan) => sum + plan.seconds, 0)
const count = plans.reduce((sum, { cells }) => sum + cells.length, 0)
if (!options.smoke) say(`${count} cells, ${options.rounds} rounds: about ${Math.ceil(seconds / 60)} min`)
if (options.plan) {
  for (const { name, cells, seconds } of plans) {
    const names = cells.map(({ system }) => `${system.name} (${system.threads})`)
    console.log(`${name}, ${Math.ceil(seconds)} s: ${names.join(', ')}`)
  }
  process.exit(0)
}

const began = performance.now()
for (const engine of options.engines.filter((name) => name !== 'reference')) {
  for (const threads of options.threads) {
    if (chosen.skipped.some(({ system }) => system === engine)) continue
    const gflops = await bestProduct(engine, threads, options.smoke ? 64 : 1024)
    report.bestProducts.push({ engine, threads, gflops })
  }
}
for (const { name, workload, cells } of plans) {
  const { measured, skipped, loads } = await measureWorkload(name, workload, cells, options)
  report.results.push(...measured.map((cell) => resultOf(name, workload, cell, options.rounds)))
  report.skipped.push(...skipped)
  report.loads.push({ workload: name, rounds: loads })
  for (const { system, reason } of skipped) say(`  ${name}, ${system}: ${reason}`)
  await write()
  say(`${name} done, ${Math.round((performance.now() - began) / 1000)} s`)
}
for (const system of chosen.systems) system.dispose()
stopAll()

const pathModule = join(import.meta.dirname, 'path.mjs')
if (options.workloads.includes('path')) {
  if (existsSync(pathModule)) {
    const path = await import(pathToFileURL(pathModule).href)
    report.path = options.smoke ? await path.smoke() : await path.measure({ megabytes: 1000, repeat: 11 })
  } else report.skipped.push({ workload: 'path', reason: 'there is no bench/path.mjs' })
}
const file = await write()
if (options.json) console.log(JSON.stringify(report))
else {
  console.log(readFileSync(file, 'utf8'))
  console.log(`written: ${join(folder, options.name)}.{json,md,svg}`)
}
process.exit(report.results.length > 0 || report.path ? 0 : 1)
