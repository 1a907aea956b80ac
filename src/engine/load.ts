import { RepriseError, unknownName } from '../errors.js'
import type { Engine, EngineInfo } from './engine.js'
import { processors } from './processors.js'
import { chooseIsa, loadFlavour, wasmIsas } from './wasm/flavours.js'
import { sharedMemoryAvailable } from './wasm/host.js'

export type EngineName = EngineInfo['name']

export interface LoadEngineOptions {
  /** Which engine; `auto` (default) takes the environment variable REPRISE_ENGINE, else the fastest that works here. */
  readonly engine?: EngineName | 'auto' | undefined
  /** Workers that share a run, 1 to 256; default REPRISE_THREADS, else the processors of the machine, at most 8. */
  readonly threads?: number | undefined
  /** Forces an instruction set; default REPRISE_ISA, else the fastest this machine has. */
  readonly isa?: string | undefined
}

export interface InstructionSet {
  readonly engine: EngineName
  readonly isa: string
}

interface Settings {
  readonly threads: number
  readonly isa: string | undefined
  readonly reason: string | undefined
}

/** How the loader sees an engine. Each is imported only when it is tried. */
interface Candidate {
  /** Instruction sets it knows, fastest first. */
  known(): Promise<readonly string[]>
  /** Those that run here. */
  runnable(): Promise<readonly string[]>
  /** Throws `unknown-name` for an instruction set it does not know. */
  create(settings: Settings): Promise<Engine>
}

const importNative = () => import('./native/native-engine.js')
const importWasm = () => import('./wasm/wasm-engine.js')

/** Fastest first. */
const candidates: Readonly<Record<EngineName, Candidate>> = {
  native: {
    known: async () => (await importNative()).nativeInstructionSets().built,
    runnable: async () => (await importNative()).nativeInstructionSets().runnable,
    create: async (settings) => (await importNative()).createNativeEngine(settings),
  },
  wasm: {
    known: async () => wasmIsas,
    runnable: wasmRunnable,
    create: async (settings) => {
      const { createWasmEngine } = await importWasm()
      return createWasmEngine({ ...settings, isa: chooseIsa(settings.isa) })
    },
  },
  reference: {
    known: async () => ['float64'],
    runnable: async () => ['float64'],
    create: async ({ isa = 'float64', reason }) => {
      if (isa !== 'float64') throw unknownName('instruction set of the reference engine', isa, ['float64'])
      const { createReferenceEngine } = await import('./reference/reference-engine.js')
      return withReason(createReferenceEngine(), reason)
    },
  },
}
const names = Object.keys(candidates) as readonly EngineName[]

/**
 * Opens an engine. With `auto` the fastest that works: native, then wasm, then reference; `info.reason` then says why
 * each faster one does not, and what to do about it.
 *
 * Throws `RepriseError` codes `unknown-name` (engine, isa), `option` (threads), `isa-unavailable`, and when the
 * engine was asked for by name `native-unavailable` or `wasm-unavailable`.
 */
export async function loadEngine(options: LoadEngineOptions = {}): Promise<Engine> {
  const asked = options.engine === undefined || options.engine === 'auto' ? undefined : options.engine
  const engine = asked ?? environment('REPRISE_ENGINE') ?? 'auto'
  const threads = threadCount(options.threads)
  if (engine !== 'auto') {
    const name = names.find((known) => known === engine)
    if (name === undefined) throw unknownName('engine', engine, ['auto', ...names])
    const by = asked ? 'was asked for' : `was chosen by REPRISE_ENGINE=${name}`
    const reason = name === names[0] ? undefined : `the ${name} engine ${by}`
    const isa = options.isa ?? (await environmentIsa(name))
    return candidates[name].create({ threads, isa, reason })
  }
  return loadFastest(threads, options.isa ?? environment('REPRISE_ISA'))
}

async function loadFastest(threads: number, isa: string | undefined): Promise<Engine> {
  const problems: RepriseError[] = []
  const sentences = () => problems.map((problem) => problem.message).join(' ')
  for (const name of names) {
    try {
      return await candidates[name].create({ threads, isa, reason: sentences() || undefined })
    } catch (error) {
      if (!(error instanceof RepriseError)) throw error
      problems.push(error)
    }
  }
  if (isa === undefined) throw new RepriseError('engine-unavailable', `no engine runs here. ${sentences()}`)
  if (problems.every((problem) => problem.code === 'unknown-name')) {
    throw unknownName('instruction set', isa, await knownTo(names))
  }
  throw new RepriseError('isa-unavailable', `no engine can use the instruction set "${isa}". ${sentences()}`)
}

async function knownTo(engines: readonly EngineName[]): Promise<readonly string[]> {
  return (await Promise.all(engines.map((name) => candidates[name].known()))).flat()
}

/** What the native and the wasm engine can run on this machine, fastest first. */
export async function listInstructionSets(): Promise<readonly InstructionSet[]> {
  const found: InstructionSet[] = []
  for (const engine of ['native', 'wasm'] as const) {
    for (const isa of await candidates[engine].runnable()) found.push({ engine, isa })
  }
  return found
}

async function wasmRunnable(): Promise<readonly string[]> {
  const runnable: string[] = []
  for (const isa of wasmIsas) {
    try {
      await loadFlavour(chooseIsa(isa), sharedMemoryAvailable())
      runnable.push(isa)
    } catch {}
  }
  return runnable
}

/** REPRISE_ISA, unless it is meant for another engine. */
async function environmentIsa(engine: EngineName): Promise<string | undefined> {
  const isa = environment('REPRISE_ISA')
  const others = names.filter((name) => name !== engine)
  return isa !== undefined && (await knownTo(others)).includes(isa) ? undefined : isa
}

function threadCount(wanted: number | undefined): number {
  const variable = environment('REPRISE_THREADS')
  const threads = wanted ?? (variable === undefined ? processors() : Number(variable))
  if (Number.isInteger(threads) && threads >= 1 && threads <= 256) return threads
  const [who, what] = wanted === undefined ? ['REPRISE_THREADS', variable] : ['threads', wanted]
  throw new RepriseError('option', `${who} must be a whole number from 1 to 256, got ${what}.`)
}

/** The same engine, telling why it is the one in use. */
function withReason(engine: Engine, reason: string | undefined): Engine {
  if (reason === undefined) return engine
  return {
    info: { ...engine.info, reason },
    allocate: (bytes) => engine.allocate(bytes),
    free: (region) => engine.free(region),
    write: (region, offset, data) => engine.write(region, offset, data),
    read: (region, offset, into) => engine.read(region, offset, into),
    load: (program, regions) => engine.load(program, regions),
    dispose: () => engine.dispose(),
  }
}

/** An environment variable in Node that is set and not empty. */
function environment(name: string): string | undefined {
  return globalThis.process?.env?.[name] || undefined
}
