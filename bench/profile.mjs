// Where the time of a training step goes: every command of its program timed alone, in order, with its rates.
//   node bench/profile.mjs W1 [W2 …] [--threads 1,2] [--steps 20] [--precision mixed]
import { parseArgs } from 'node:util'
import { commandTraffic } from '../dist/engine/command-traffic.generated.js'
import { commandSpecs } from '../dist/engine/commands.generated.js'
import { loadEngine } from '../dist/index.js'
import { trainingRunner } from './reprise/training.mjs'
import { workloads } from './workloads.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '1,2' },
    steps: { type: 'string', default: '20' },
    engine: { type: 'string', default: 'native' },
    precision: { type: 'string', default: 'float32' },
  },
})

/** The commands of a program as programs of their own, with their names and scalars. */
function split(program) {
  const { words } = program
  const parts = []
  for (let at = 0; at < words.length; at += words[at + 1]) {
    const spec = commandSpecs[words[at]]
    const scalars = {}
    let word = at + 2
    for (const { name, kind } of spec.args) {
      if (kind === 'int') scalars[name] = words[word]
      word += kind === 'tensor' ? 2 : 1
    }
    const { name, flops } = spec
    parts.push({
      name,
      flops: flops(scalars),
      bytes: commandTraffic[name](scalars),
      scalars,
      from: at,
      to: at + words[at + 1],
    })
  }
  return parts.map((part) => ({
    ...part,
    // Large enough in the eyes of the engine for the whole team, as in the program it is part of.
    program: { ...program, words: words.slice(part.from, part.to), commands: 1, flops: program.flops },
  }))
}

/** An engine whose programs run command by command; `best[k]` is the least time command k of the last one took. */
function timed(engine) {
  const state = { commands: [], best: [] }
  const load = (program, regions) => {
    const commands = split(program)
    const executables = commands.map((command) => engine.load(command.program, regions))
    const best = commands.map(() => Number.POSITIVE_INFINITY)
    const runSync = () => {
      Object.assign(state, { commands, best })
      for (const [k, executable] of executables.entries()) {
        const begin = performance.now()
        executable.runSync()
        best[k] = Math.min(best[k], performance.now() - begin)
      }
    }
    return { scratchBytes: 0, runSync, run: async () => runSync(), dispose() {} }
  }
  const proxy = new Proxy(engine, {
    get(target, key) {
      const value = key === 'load' ? load : target[key]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { proxy, state }
}

const sizes = ({ scalars }) =>
  ['N', 'T', 'I', 'H', 'batch', 'M', 'V', 'E', 'K', 'count']
    .filter((name) => scalars[name] > 1)
    .map((name) => `${name} ${scalars[name]}`)
    .join(' ')

for (const name of positionals.length
  ? positionals
  : Object.keys(workloads).filter((key) => workloads[key].task === 'training')) {
  const columns = []
  for (const threads of values.threads.split(',').map(Number)) {
    const engine = await loadEngine({ engine: values.engine, threads })
    const { proxy, state } = timed(engine)
    const run = trainingRunner(proxy, workloads[name], values.precision)
    for (let step = 0; step < Number(values.steps); step++) await run.advance()
    columns.push({ threads, ...state })
    run.dispose()
    engine.dispose()
  }
  console.log(`${name}: ${workloads[name].what}`)
  const row = (first, cells) =>
    console.log(first.padEnd(64), ...cells.map((cell) => String(cell).padStart(9)))
  row(
    'command',
    columns.flatMap(({ threads }) => [`ms, ${threads} t`, 'GFLOP/s', 'GB/s']),
  )
  columns[0].commands.forEach((command, k) => {
    row(
      `${command.name} ${sizes(command)}`,
      columns.flatMap(({ best }) => [
        best[k].toFixed(3),
        (command.flops / best[k] / 1e6).toFixed(1),
        (command.bytes / best[k] / 1e6).toFixed(1),
      ]),
    )
  })
  row(
    'sum',
    columns.flatMap(({ best }) => [best.reduce((sum, ms) => sum + ms, 0).toFixed(3), '', '']),
  )
}
