import { RepriseError, unknownName } from '../../errors.js'
import { checkProgram } from '../check-program.js'
import type { Elements, Engine, EngineInfo, Executable, Region } from '../engine.js'
import { processors } from '../processors.js'
import type { Program } from '../program.js'
import { type Addon, type AddonEngine, type AddonRegion, loadAddon } from './addon.js'

export interface NativeEngineOptions {
  /** Workers that share a run, 1 to 256; default the processors of the machine, at most 8. */
  readonly threads?: number | undefined
  /** Forces an instruction set; default the fastest this machine has. */
  readonly isa?: string | undefined
}

/**
 * The fastest engine: the C++ kernels with threads of their own.
 *
 * Throws `RepriseError` codes `native-unavailable` (no addon, with the remedy), `unknown-name` and `isa-unavailable`
 * (isa), `option` (threads).
 */
export function createNativeEngine(options: NativeEngineOptions = {}): Engine {
  const addon = loadAddon()
  const isa = chooseIsa(addon, options.isa)
  const threads = options.threads ?? processors()
  const reason = addon.refused && `the native engine leaves out ${addon.refused}`
  return new NativeEngine(new addon.Engine(isa, threads), {
    ...{ name: 'native', isa, threads, mixed: addon.mixed.includes(isa) },
    ...(reason ? { reason } : {}),
  })
}

/** Instruction sets the native engine was built for and those this machine runs, fastest first; none without addon. */
export function nativeInstructionSets(): {
  readonly built: readonly string[]
  readonly runnable: readonly string[]
} {
  try {
    const addon = loadAddon()
    return { built: addon.builds, runnable: addon.instructionSets }
  } catch {
    return { built: [], runnable: [] }
  }
}

function chooseIsa({ builds, instructionSets }: Addon, wanted = instructionSets[0]!): string {
  if (instructionSets.includes(wanted)) return wanted
  if (!builds.includes(wanted)) throw unknownName('instruction set of the native engine', wanted, builds)
  throw new RepriseError(
    'isa-unavailable',
    `native engine: this machine cannot run "${wanted}"; it has ${instructionSets.join(', ')}.`,
  )
}

class NativeEngine implements Engine {
  /** Ours, and not freed. */
  private readonly regions = new WeakSet<Region>()
  private disposed = false

  constructor(
    private readonly addon: AddonEngine,
    readonly info: EngineInfo,
  ) {}

  allocate(bytes: number): Region {
    const region = this.addon.allocate(bytes)
    this.regions.add(region)
    return region
  }

  free(region: Region): void {
    if (this.disposed) return
    this.own(region).free()
    this.regions.delete(region)
  }

  write(region: Region, offset: number, data: Elements): void {
    this.own(region).write(offset, data)
  }

  read(region: Region, offset: number, into: Elements): void {
    this.own(region).read(offset, into)
  }

  load(program: Program, regions: readonly Region[]): Executable {
    const own = regions.map((region) => this.own(region))
    checkProgram(
      program,
      own.map((region) => region.bytes),
    )
    return this.addon.load(program.words, program.flops, own, program.precision === 'mixed')
  }

  dispose(): void {
    this.disposed = true
    this.addon.dispose()
  }

  private own(region: Region): AddonRegion {
    if (this.regions.has(region)) return region as AddonRegion
    throw new RepriseError(
      'invalid-region',
      'native engine: this region cannot be used: it was freed or belongs to another engine.',
    )
  }
}
