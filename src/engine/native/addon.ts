import { RepriseError } from '../../errors.js'
import { commandSpecs } from '../commands.generated.js'
import type { Elements, Executable, Region } from '../engine.js'

/** What the Node-API addon (kernels/host/native) gives. Its errors are RepriseErrors. */
export interface Addon {
  readonly Engine: new (isa: string, threads: number) => AddonEngine
  /** Every instruction set compiled in, fastest first. */
  readonly builds: readonly string[]
  /** Those this machine can run, fastest first. */
  readonly instructionSets: readonly string[]
  /** Those of `instructionSets` that have products of bfloat16. */
  readonly mixed: readonly string[]
  /** Instruction sets this machine has but that failed their test, as `name: why`; empty when none did. */
  readonly refused: string
  readonly commands: string
}

export interface AddonEngine {
  allocate(bytes: number): AddonRegion
  load(words: Int32Array, flops: number, regions: readonly Region[], mixed: boolean): Executable
  dispose(): void
}

export interface AddonRegion extends Region {
  write(offset: number, data: Elements): void
  read(offset: number, into: Elements): void
  free(): void
}

const folder = '../../../build/native'
const rebuild = 'run `npm rebuild reprise` (in a clone `npm run build:native`)'
let loaded: Addon | undefined

/**
 * Loads the addon, once per thread of JavaScript. Throws `RepriseError` code `native-unavailable` with the reason and
 * the remedy.
 */
export function loadAddon(): Addon {
  if (loaded) return loaded
  // Not an import: bundlers for browsers trip over those.
  const modules = globalThis.process?.getBuiltinModule?.('node:module')
  if (!modules) throw unavailable('only Node can run it')
  const load = modules.createRequire(import.meta.url)
  let open: (errors: typeof RepriseError) => Addon
  try {
    open = load(`${folder}/reprise.node`).open
  } catch (cause) {
    throw unavailable(whyMissing(load, cause), cause)
  }
  const addon = open(RepriseError)
  if (addon.commands !== expectedCommands()) {
    throw unavailable(`it was built from other kernels than this version's; ${rebuild}`)
  }
  loaded = addon
  return addon
}

/** The addon speaks in opcodes and argument slots, so both sides must come from the same manifest. */
function expectedCommands(): string {
  const letters = { tensor: 't', int: 'i', float: 'f' }
  return commandSpecs
    .map(({ name, args }) => `${name}:${args.map((a) => letters[a.kind]).join('')} `)
    .join('')
}

function whyMissing(load: (path: string) => unknown, cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string }
  if (code !== 'MODULE_NOT_FOUND') {
    return `its addon does not load (${String(message).split('\n')[0]}); ${rebuild}`
  }
  try {
    // Written by scripts/build-native.mjs when it failed.
    const status = load(`${folder}/status.json`) as { reason?: string }
    if (status.reason) return `${status.reason}, and ${rebuild}`
  } catch {}
  return `it has not been built; ${rebuild}`
}

function unavailable(why: string, cause?: unknown): RepriseError {
  return new RepriseError('native-unavailable', `native engine: ${why}.`, { cause })
}
