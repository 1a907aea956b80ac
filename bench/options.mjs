// The command line of the bench.
import os from 'node:os'
import { basename, dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { nearest } from './nearest.mjs'
import { commandPeer } from './peers/command.mjs'
import { peerNames, peers } from './peers/index.mjs'
import { engines, precisions } from './reprise/index.mjs'
import { workloads } from './workloads.mjs'

export class UsageError extends Error {}

const all = 'all'
const none = 'none'
const processors = os.availableParallelism()

/** name → type, default, what it is. `list` may be given several times or with commas. */
const fields = {
  engine: { list: engines, default: engines, what: `engines: ${engines.join(', ')}` },
  precision: { list: precisions, default: precisions, what: `precisions: ${precisions.join(', ')}` },
  threads: { numbers: true, default: [...new Set([1, processors])], what: 'numbers of threads' },
  peer: { peers: true, default: [all], what: `peers: ${all}, ${none}, a name below, or NAME=COMMAND` },
  rounds: { number: true, default: 5, what: 'samples of each cell' },
  seconds: { number: true, default: 0.4, what: 'least length of a sample' },
  cap: { number: true, default: 15, what: 'seconds one step may take; what would take longer is left out' },
  name: { text: true, default: 'latest', what: 'files are bench/results/NAME.json, .md and .svg' },
  out: { text: true, what: 'FILE.json elsewhere instead; the others beside it' },
  peers: { text: true, what: 'where peers are installed; default REPRISE_PEERS or ~/.cache/reprise-peers' },
  python: {
    text: true,
    what: 'a Python that has the newest PyTorch; default REPRISE_TORCH_PYTHON or that folder',
  },
  'install-peers': {
    flag: true,
    what: 'install npm peers and PyTorch into the folder given as a name, or the default',
  },
  smoke: { flag: true, what: 'tiny sizes, one round, no peers unless named: does it all work?' },
  plan: { flag: true, what: 'say what would be measured and how long it takes, and stop' },
  json: { flag: true, what: 'print the report as JSON on standard output' },
  help: { flag: true, what: 'this text' },
}

export function help() {
  const names = (list, width) => list.map(([name, what]) => `  ${name.padEnd(width)} ${what}`).join('\n')
  const shown = Object.entries(fields).map(([name, { what, default: value }]) => {
    const text = value === undefined ? '' : ` (default ${Array.isArray(value) ? value.join(',') : value})`
    return [`--${name}`, what + text]
  })
  return `Measures Reprise beside its peers, interleaved, and writes JSON, a Markdown table and a chart to bench/results/.

  npm run bench                                        everything that is installed; says first how long it takes
  npm run bench -- W2 --peer torch                     one workload, one peer
  npm run bench -- W1 W3 --engine native --threads 2 --peer onednn --peer torch --rounds 9 --name mine
  npm run bench -- W1 --peer "theirs=./their-program"  a program that prints {"w": "W1", "threads": 2, "ms": 12.3}
  npm run bench -- --install-peers                     what npm and PyPI have of the peers

Options
${names(shown, 16)}

Workloads
${names(
  Object.entries(workloads).map(([name, { what }]) => [name, what]),
  16,
)}
  path             the way from text to batches, and starting up, where bench/path.mjs has it

Peers
${names(
  peers.map(({ name, what }) => [name, what]),
  16,
)}

More: docs/benchmarks.md`
}

function check(kind, name, known) {
  if (known.includes(name)) return name
  const near = nearest(name, known)
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`
  throw new UsageError(`unknown ${kind} "${name}".${hint} Known: ${known.join(', ')}.`)
}

const split = (given) => given.flatMap((text) => text.split(',')).filter((text) => text !== '')

function numberOf(name, text) {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new UsageError(`--${name} must be a number above 0, got "${text}".`)
}

function wholeOf(name, text) {
  const value = numberOf(name, text)
  if (Number.isInteger(value)) return value
  throw new UsageError(`--${name} must be a whole number, got "${text}".`)
}

/** Peers asked for: { names, commands, explicit }. */
function readPeers(given) {
  const commands = given.map(commandPeer).filter((peer) => peer !== undefined)
  const names = split(given.filter((text) => commandPeer(text) === undefined))
  for (const name of names) check('peer', name, [all, none, ...peerNames])
  if (names.includes(all)) return { names: peerNames, commands, explicit: false }
  return { names: names.filter((name) => name !== none), commands, explicit: true }
}

/** `W6` means W6a and W6b. */
function readWorkloads(given) {
  const known = [...Object.keys(workloads), 'path']
  if (given.length === 0) return Object.keys(workloads)
  const found = given.flatMap((text) => {
    const name = text.replace(/^w/, 'W')
    const family = known.filter((one) => one === name || (one.startsWith(name) && /^W\d+$/.test(name)))
    return family.length > 0 ? family : [check('workload', text, known)]
  })
  return known.filter((name) => found.includes(name))
}

/** Reads the command line. Throws `UsageError` with what to try. */
export function readOptions(argv) {
  const options = Object.fromEntries(
    Object.entries(fields).map(([name, { flag, list, numbers, peers: isPeers }]) => [
      name,
      { type: flag ? 'boolean' : 'string', multiple: Boolean(list || numbers || isPeers) },
    ]),
  )
  for (const argument of argv) {
    const name = /^--([^=]+)/.exec(argument)?.[1]
    if (name !== undefined && !(name in fields)) check('option', name, Object.keys(fields))
  }
  let parsed
  try {
    parsed = parseArgs({ args: argv, allowPositionals: true, options })
  } catch (error) {
    throw new UsageError(error.message)
  }
  const { values, positionals } = parsed
  const read = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const given = values[name]
      if (given === undefined) return [name, field.default]
      if (field.list) return [name, split(given).map((one) => check(name, one, field.list))]
      if (field.numbers) return [name, split(given).map((one) => wholeOf(name, one))]
      if (field.number) return [name, name === 'rounds' ? wholeOf(name, given) : numberOf(name, given)]
      return [name, given]
    }),
  )
  if (/[\\/]/.test(read.name))
    throw new UsageError(`--name is a name, not a path: "${read.name}"; see --out.`)
  if (read.help) return { help: true }
  if (read['install-peers']) return { installPeers: true, folder: positionals[0] ?? read.peers }
  const peersWanted = values.peer ?? (read.smoke ? [none] : fields.peer.default)
  return {
    workloads: readWorkloads(positionals),
    engines: read.engine,
    precisions: read.precision,
    threads: [...new Set(read.threads)].sort((a, b) => a - b),
    peers: readPeers(peersWanted),
    rounds: read.smoke && values.rounds === undefined ? 1 : read.rounds,
    seconds: read.smoke && values.seconds === undefined ? 0.01 : read.seconds,
    cap: read.cap,
    smoke: read.smoke ?? false,
    plan: read.plan ?? false,
    json: read.json ?? false,
    name: read.out === undefined ? read.name : basename(read.out, '.json'),
    outputFolder: read.out === undefined ? undefined : dirname(read.out),
    context: { folder: read.peers, python: read.python },
  }
}
