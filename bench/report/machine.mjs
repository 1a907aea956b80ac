// The machine a run was made on, as far as it tells.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import os from 'node:os'

/** Parts of the instruction set that kernels of this kind use. */
const known = [
  ...['sse4_2', 'avx', 'f16c', 'fma', 'avx2', 'avx512f', 'avx512bw', 'avx512vl', 'avx512_vnni', 'avx_vnni'],
  ...[
    'avx512_bf16',
    'avx512_fp16',
    'amx_tile',
    'amx_bf16',
    'amx_int8',
    'asimd',
    'asimdhp',
    'asimddp',
    'bf16',
    'i8mm',
  ],
  ...['sve', 'sve2', 'sme'],
]

const read = (path) => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}

function instructionSets() {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(read('/proc/cpuinfo') ?? '')
  if (!line) return undefined
  const flags = new Set(line[1].split(/\s+/))
  return known.filter((name) => flags.has(name))
}

/** L2 of a core and L3, as Linux names them: '1024K'. */
function caches() {
  const found = {}
  for (let index = 0; index < 6; index++) {
    const folder = `/sys/devices/system/cpu/cpu0/cache/index${index}`
    const level = read(`${folder}/level`)
    if (level !== undefined && read(`${folder}/type`) !== 'Instruction')
      found[`L${level}`] = read(`${folder}/size`)
  }
  return Object.keys(found).length > 0 ? found : undefined
}

export const machine = () => ({
  cpu: os.cpus()[0]?.model ?? 'unknown',
  cores: os.availableParallelism(),
  instructionSets: instructionSets(),
  caches: caches(),
  memoryGiB: Math.round(os.totalmem() / 2 ** 30),
  node: process.version,
  platform: `${os.platform()} ${os.arch()}`,
})

/** Commit of the working tree, `+` when something is changed; undefined outside git. */
export function commit(root) {
  const git = (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') ? '+' : '')
  } catch {
    return undefined
  }
}
