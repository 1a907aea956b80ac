import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { listInstructionSets } from '../engine/load.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const folder = mkdtempSync(join(tmpdir(), 'reprise-bench-test-'))
const workloads = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6a', 'W6b', 'W7a', 'W7b']

function bench(...options: string[]) {
  return spawnSync(process.execPath, [join(root, 'bench/run.mjs'), ...options], { encoding: 'utf8' })
}

interface Result {
  readonly workload: string
  readonly system: string
  readonly kind: string
  readonly threads: number
  readonly ms: {
    readonly median: number
    readonly min: number
    readonly max: number
    readonly samples: number[]
  }
  readonly gflops: number
  readonly tokensPerSecond: number
  readonly loss?: number
  readonly against?: Record<string, number>
}

interface Report {
  readonly rounds: number
  readonly results: readonly Result[]
  readonly skipped: readonly { readonly system: string; readonly reason: string }[]
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string }
  readonly loads: readonly { readonly workload: string; readonly rounds: readonly unknown[] }[]
}

/** A peer that answers the same time whatever it is asked, and says something else in between. */
const fake = join(folder, 'fake.mjs')
const fakeProgram = `console.log('hello')
for (const w of process.env.WORKLOADS.split(' ')) console.log(JSON.stringify({ w, threads: 1, ms: 2 * Number(process.env.SECS) }))`

after(() => rmSync(folder, { recursive: true }))

describe('npm run bench, smoke run', () => {
  let report: Report
  let markdown: string
  let svg: string
  before(() => {
    writeFileSync(fake, fakeProgram)
    const run = bench(
      ...['--smoke', '--out', join(folder, 'smoke.json'), '--rounds', '2', '--seconds', '0.005'],
      ...['--peer', `fake="${process.execPath}" "${fake}"`],
    )
    assert.equal(run.status, 0, run.stderr)
    const read = (ending: string) => readFileSync(join(folder, `smoke.${ending}`), 'utf8')
    report = JSON.parse(read('json'))
    markdown = read('md')
    svg = read('svg')
  })

  test('measures every workload on every engine', async () => {
    const engines = new Set((await listInstructionSets()).map(({ engine }) => engine))
    engines.add('reference')
    for (const workload of workloads) {
      for (const system of engines) {
        const found = report.results.filter((one) => one.workload === workload && one.system === system)
        assert.ok(found.length > 0, `${workload} on ${system}`)
        for (const { ms, gflops, tokensPerSecond, loss } of found) {
          assert.equal(ms.samples.length, system === 'reference' ? 1 : report.rounds)
          assert.ok(ms.min > 0 && ms.min <= ms.median && ms.median <= ms.max)
          assert.ok(gflops > 0 && tokensPerSecond > 0)
          if (/^W[1-5]$/.test(workload))
            assert.ok(loss !== undefined && loss > 0, `${workload}: a step was trained`)
        }
      }
    }
  })

  test('has the peer given as a command beside them', () => {
    const own = report.results.filter(({ system }) => system === 'fake')
    assert.deepEqual(
      own.map(({ workload }) => workload),
      workloads,
    )
    for (const { kind, threads, ms } of own) {
      assert.deepEqual([kind, threads, ms.samples], ['peer', 1, [0.01, 0.01]])
    }
    const wasm = report.results.find(({ system, threads }) => system === 'wasm' && threads === 1)!
    assert.ok(Math.abs(wasm.against!.fake! / (0.01 / wasm.ms.median) - 1) < 0.01)
  })

  test('says what the machine is and how loaded it was', () => {
    const { machine, loads } = report
    assert.ok(machine.cpu && machine.cores > 0 && machine.node === process.version)
    assert.deepEqual(
      loads.map(({ workload, rounds }) => [workload, rounds.length]),
      workloads.map((name) => [name, report.rounds]),
    )
    for (const { system, reason } of report.skipped) assert.ok(reason.length > 10, system)
  })

  test('writes a table with a row for each workload and a cell for each system', () => {
    const rows = markdown.split('\n').filter((line) => line.startsWith('|'))
    const table = rows.slice(0, workloads.length + 2)
    const columns = table[0]!.split('|').length
    for (const row of table) assert.equal(row.split('|').length, columns, row)
    assert.match(table[0]!, /\| wasm \|.* fake \|/)
    for (const [index, name] of workloads.entries()) assert.ok(table[index + 2]!.startsWith(`| ${name} |`))
    assert.ok(!/undefined|NaN|Infinity/.test(markdown))
  })

  test('draws a chart with a mark for each measured cell', () => {
    assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    const open = [...svg.matchAll(/<([a-z]+)(?:\s[^>]*[^/])?>/gi)].map(([, name]) => name)
    const closed = [...svg.matchAll(/<\/([a-z]+)>/gi)].map(([, name]) => name)
    assert.deepEqual(open.sort(), closed.sort(), 'every element is closed')
    assert.ok(!/NaN|undefined/.test(svg))
    const groups = [...svg.matchAll(/mark-symbol role-mark"[^>]*>((?:<path [^>]*>(?:<\/path>)?)*)/g)]
    const marks = groups.reduce((sum, [, paths]) => sum + paths!.split('<path ').length - 1, 0)
    const shown = report.results.filter(({ system, threads }) => {
      const base = report.results.find(({ system: name }) => name === 'native') ? 'native' : 'wasm'
      const isDrawn = report.results.some((one) => one.system === base && one.threads === threads)
      return system !== 'reference' && isDrawn
    })
    assert.equal(marks, shown.length)
    for (const name of [...workloads, 'wasm', 'fake', '1 thread'])
      assert.ok(svg.includes(`>${name}</text>`), name)
  })
})

describe('npm run bench, the command line', () => {
  test('answers an unknown name with the nearest', () => {
    const wrong = (message: RegExp, ...options: string[]) => {
      const { status, stderr } = bench(...options)
      assert.match(stderr, message)
      assert.equal(status, 2)
    }
    wrong(/unknown workload "W9".*Known: W1, /, 'W9')
    wrong(/unknown peer "torsh".*"torch"/, '--peer', 'torsh')
    wrong(/unknown option "round".*"rounds"/, '--round', '3')
  })

  test('teaches', () => {
    const { stdout } = bench('--help')
    for (const word of [...workloads, 'onednn', 'torch', '--peer', '--install-peers']) {
      assert.ok(stdout.includes(word), word)
    }
  })

  test('refuses a peer asked for by name that is not installed, with how to install it', () => {
    const { status, stderr } = bench('--smoke', 'W7b', '--peer', 'brain', '--peers', folder)
    assert.match(stderr, /brain: brain\.js not in .*--install-peers/)
    assert.equal(status, 2)
  })
})
