// Compiles the native engine with whatever C++ compiler is there: the kernels once per instruction set, the host once,
// linked into build/native/reprise.node. Unchanged files are not compiled again. Says one line and leaves
// build/native/status.json, which the engine loader reads when there is no addon.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { portable, targets } from '../kernels/targets.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const host = join(root, 'kernels/host/native')

// -ffp-contract=off: a product and a sum are fused where the source says fma, nowhere else.
const shared = ['-std=c++17', '-fPIC', '-fvisibility=hidden', '-ffp-contract=off']
const kernelFlags = ['-O3', '-fno-exceptions', '-fno-rtti', '-fno-math-errno', '-fno-trapping-math']
const hostFlags = ['-O2', '-pthread']
const linkFlags =
  process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread']

/** Why there is no native engine, and what to do about it. */
export class BuildError extends Error {}

/**
 * Builds the addon unless it is up to date. Resolves to what happened, rejects with BuildError when it cannot be built.
 * `kernels` is the file that holds the kernels' tables, `output` the folder of the addon.
 */
export async function buildNative({
  kernels = join(root, 'kernels/all.cc'),
  output = join(root, 'build/native'),
  showWarnings = false,
} = {}) {
  const started = performance.now()
  const addon = join(output, 'reprise.node')
  const statusFile = join(output, 'status.json')
  try {
    const builds = targets[process.arch] ?? portable
    const units = planUnits(kernels, builds)
    const sources = digest(units.map((unit) => unit.hash))
    const built = existsSync(addon) ? readStatus(statusFile) : undefined
    const compiler = findCompiler()
    if (built?.sources === sources && (!compiler || compiler.version === built.compiler)) {
      return { ...built, compiled: 0, seconds: 0 }
    }
    if (!compiler) throw new BuildError(noCompiler())
    const objectFile = (unit) =>
      join(output, 'objects', `${unit.name}-${digest([compiler.version, unit.hash]).slice(0, 12)}.o`)
    mkdirSync(join(output, 'objects'), { recursive: true })
    const stale = units.filter((unit) => !existsSync(objectFile(unit)))
    await inParallel(stale, (unit) =>
      produce(objectFile(unit), (file) =>
        execute(compiler, [...unit.flags, showWarnings ? '-Wall' : '-w', '-c', unit.source, '-o', file]),
      ),
    )
    const objects = units.map(objectFile)
    await produce(addon, (file) => execute(compiler, [...linkFlags, ...objects, '-o', file]))
    removeOthers(join(output, 'objects'), objects)
    const status = { ok: true, isas: builds.map((build) => build.name), compiler: compiler.version, sources }
    writeStatus(statusFile, status)
    return { ...status, compiled: stale.length, seconds: (performance.now() - started) / 1000 }
  } catch (error) {
    rmSync(addon, { force: true }) // never leave an addon of other sources behind
    mkdirSync(output, { recursive: true })
    writeStatus(statusFile, { ok: false, reason: error.message })
    throw error
  }
}

function findCompiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++']
  for (const candidate of process.platform === 'win32' ? [] : candidates) {
    const [command, ...args] = candidate.trim().split(/\s+/)
    const { status, stdout } = spawnSync(command, [...args, '--version'], { encoding: 'utf8' })
    if (status === 0) return { command, args, version: stdout.split('\n')[0].trim() }
  }
  return undefined
}

function noCompiler() {
  if (process.platform === 'win32') return 'it is not built on Windows yet'
  if (process.env.CXX) return `the compiler CXX="${process.env.CXX}" does not run; set CXX to one that does`
  return 'no C++ compiler was found; install g++ or clang++'
}

/** One object file each: what to compile, with which flags, and a hash of everything but the compiler. */
function planUnits(kernels, builds) {
  const include = createRequire(import.meta.url)('node-api-headers').include_dir
  const common = join(root, 'kernels')
  const contract = [
    join(common, 'kernel.h'),
    join(common, 'targets.h'),
    ...sourcesIn(join(common, 'generated')),
  ]
  const families = [...contract, ...sourcesIn(common), ...sourcesIn(dirname(kernels))]
  const headers = [...contract, ...sourcesIn(host).filter((file) => file.endsWith('.h'))]
  const unit = (name, source, flags, dependencies) => {
    const contents = [...new Set([source, ...dependencies])].map((file) => readFileSync(file, 'utf8'))
    return { name, source, flags, hash: digest([...flags, ...contents]) }
  }
  const kernelUnit = ({ name, flags }) =>
    unit(name, kernels, [...shared, ...kernelFlags, `-I${common}`, ...flags], families)
  const hostUnit = (file) =>
    unit(basename(file, '.cc'), file, [...shared, ...hostFlags, `-isystem${include}`], headers)
  const hosts = sourcesIn(host).filter((file) => file.endsWith('.cc'))
  return [...[...builds].reverse().map(kernelUnit), ...hosts.map(hostUnit)] // the slowest to compile first
}

/** Writes under another name first: a process that has the old file loaded, or builds at the same time, is not disturbed. */
async function produce(file, make) {
  const temporary = `${file}.${process.pid}`
  try {
    await make(temporary)
    renameSync(temporary, file)
  } finally {
    rmSync(temporary, { force: true })
  }
}

function execute(compiler, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(compiler.command, [...compiler.args, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data))
    child.on('error', (error) => reject(new BuildError(`${compiler.command} does not run: ${error.message}`)))
    child.on('close', (code) => {
      if (code === 0) {
        if (said) process.stderr.write(said)
        return resolve()
      }
      process.stderr.write(said)
      const what = said.split('\n').find((line) => /error|cannot/i.test(line)) ?? `exit code ${code}`
      reject(new BuildError(`${compiler.command} failed (${what.trim()}); set CXX to another compiler`))
    })
  })
}

async function inParallel(items, work) {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item; item = queue.shift()) {
      await work(item).catch((error) => {
        queue.length = 0
        throw error
      })
    }
  }
  const results = await Promise.allSettled(Array.from({ length: availableParallelism() }, worker))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

const digest = (parts) => createHash('sha256').update(parts.join('\0')).digest('hex')

const sourcesIn = (folder) =>
  readdirSync(folder)
    .filter((file) => /\.(cc|h)$/.test(file))
    .sort()
    .map((file) => join(folder, file))

/** Deletes objects of earlier builds, unless they are so new that another process may be about to link them. */
function removeOthers(folder, keep) {
  for (const file of readdirSync(folder).map((name) => join(folder, name))) {
    if (keep.includes(file)) continue
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)
    if (age > 600_000) rmSync(file, { force: true })
  }
}

function readStatus(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function writeStatus(file, status) {
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(status, null, 2)}\n`)
  renameSync(`${file}.${process.pid}`, file)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const { compiled, seconds, isas, compiler } = await buildNative({ showWarnings: true })
    const work = compiled ? `${compiled} files in ${seconds.toFixed(1)} s` : 'up to date'
    console.log(`native engine: ${work} (${isas.join(', ')}; ${compiler})`)
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    console.error(`native engine: not built: ${error.message}.`)
    process.exitCode = 1
  }
}
