import { RepriseError } from '../../errors.js'
import { checkProgram } from '../check-program.js'
import type { Elements, Engine, EngineInfo, Executable, Region } from '../engine.js'
import type { Program } from '../program.js'
import { chooseIsa, loadFlavour, type WasmIsa } from './flavours.js'
import { availableProcessors, macrotask, sharedMemoryAvailable } from './host.js'
import { instantiate, type Kernels } from './kernels.js'
import { createMemory, WasmMemory } from './memory.js'
import { Team } from './team.js'

export interface WasmEngineOptions {
  /** Workers that share a run; default the processors of the machine, at most 8. */
  readonly threads?: number | undefined
  /** Forces an instruction set; default REPRISE_ISA, else the fastest the host has. */
  readonly isa?: WasmIsa | undefined
  /** Whether to share memory with workers; default whether the host can. Without, programs run on the calling thread. */
  readonly shared?: boolean | undefined
  /** Why a faster engine is not in use, for `info.reason`. */
  readonly reason?: string | undefined
}

const mostDefaultThreads = 8

/**
 * The engine for browsers and for machines without a compiler: the C++ kernels as WebAssembly.
 *
 * Throws `RepriseError` codes `wasm-unavailable` (no SIMD, module missing), `unknown-name` (isa), `option`
 * (threads) and `out-of-memory`.
 */
export async function createWasmEngine(options: WasmEngineOptions = {}): Promise<Engine> {
  const isa = chooseIsa(options.isa)
  const shared = options.shared ?? sharedMemoryAvailable()
  const threads = shared ? threadCount(options.threads) : 1
  const module = await loadFlavour(isa, shared)
  const memory = createMemory(shared)
  const kernels = await instantiate(module, memory)
  const wasmMemory = new WasmMemory(memory, Number(kernels.__heap_base.value))
  const alone = shared ? undefined : soloReason(options.shared)
  const reason = [options.reason, alone].filter(Boolean).join('; ')
  const info: EngineInfo = { name: 'wasm', isa, threads, mixed: false, ...(reason ? { reason } : {}) }
  return new WasmEngine(info, kernels, wasmMemory, shared ? new Team(module, wasmMemory, threads) : undefined)
}

function soloReason(wanted: boolean | undefined): string {
  if (wanted === false) return 'no threads: shared memory was turned off'
  return 'no threads: the page is not cross-origin isolated (send COOP and COEP headers)'
}

function threadCount(wanted: number | undefined): number {
  if (wanted === undefined) return Math.min(availableProcessors(), mostDefaultThreads)
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 256) {
    throw new RepriseError('option', `wasm engine: threads must be an integer from 1 to 256, got ${wanted}.`)
  }
  return wanted
}

class WasmRegion implements Region {
  live = true
  constructor(
    readonly owner: WasmEngine,
    readonly address: number,
    readonly bytes: number,
  ) {}
}

class WasmEngine implements Engine {
  private disposed: RepriseError | undefined
  /** Asynchronous runs asked for and not finished. */
  private pending = 0
  private lastRun: Promise<void> = Promise.resolve()
  /** Addresses to free when no run is under way. */
  private readonly released: number[] = []

  constructor(
    readonly info: EngineInfo,
    private readonly kernels: Kernels,
    private readonly memory: WasmMemory,
    private readonly team: Team | undefined,
  ) {}

  allocate(bytes: number): Region {
    this.checkAlive()
    if (!Number.isSafeInteger(bytes) || bytes < 0) {
      throw new RepriseError(
        'invalid-region',
        `wasm engine: a region needs a whole number of bytes, got ${bytes}.`,
      )
    }
    return new WasmRegion(this, this.memory.allocate(bytes), bytes)
  }

  free(region: Region): void {
    if (this.disposed) return
    const own = this.own(region)
    own.live = false
    this.release(own.address)
  }

  write(region: Region, offset: number, data: Elements): void {
    const start = this.locate(region, offset, data.length, 'write')
    this.memory.words.set(new Int32Array(data.buffer, data.byteOffset, data.length), start)
  }

  read(region: Region, offset: number, into: Elements): void {
    const start = this.locate(region, offset, into.length, 'read')
    const target = new Int32Array(into.buffer, into.byteOffset, into.length)
    target.set(this.memory.words.subarray(start, start + into.length))
  }

  load(program: Program, regions: readonly Region[]): Executable {
    this.checkAlive()
    const own = regions.map((region) => this.own(region))
    checkProgram(
      program,
      own.map((region) => region.bytes),
    )
    const image = this.unpack(program, own)
    const threads = this.team?.threads ?? 1
    const scratchBytes = Math.max(
      this.kernels.scratchBytes(image, 1) >>> 0,
      this.kernels.scratchBytes(image, threads) >>> 0,
    )
    let scratch: number
    try {
      scratch = this.memory.allocate(scratchBytes)
    } catch (error) {
      this.memory.free(image)
      throw error
    }
    this.kernels.setScratch(image, scratch)
    return this.executable(image, scratch, scratchBytes, own)
  }

  dispose(): void {
    if (this.disposed) return
    this.disposed = new RepriseError('engine-disposed', 'wasm engine: it has been disposed.')
    this.team?.dispose(this.disposed)
  }

  private executable(
    image: number,
    scratch: number,
    scratchBytes: number,
    regions: WasmRegion[],
  ): Executable {
    let live = true
    const check = () => {
      this.checkAlive()
      if (!live)
        throw new RepriseError('invalid-executable', 'wasm engine: this executable has been disposed.')
      for (const region of regions) {
        if (!region.live)
          throw new RepriseError('invalid-region', 'wasm engine: a region of this executable was freed.')
      }
    }
    return {
      scratchBytes,
      run: async () => {
        check()
        await this.queue(image)
      },
      runSync: () => {
        check()
        if (this.pending > 0) {
          throw new RepriseError(
            'engine-busy',
            'wasm engine: runSync while an asynchronous run is under way; await it first.',
          )
        }
        this.runHere(image)
      },
      dispose: () => {
        if (!live || this.disposed) return
        live = false
        this.release(image)
        this.release(scratch)
      },
    }
  }

  /** Runs after all runs asked for before. */
  private async queue(image: number): Promise<void> {
    const before = this.pending++ > 0 ? this.lastRun : undefined
    let done = () => {}
    this.lastRun = new Promise((resolve) => {
      done = resolve
    })
    try {
      if (before) await before
      this.checkAlive()
      if (this.team) {
        await this.team.run(image)
      } else {
        await macrotask()
        this.checkAlive()
        this.runHere(image)
      }
    } finally {
      this.pending--
      done()
      if (this.pending === 0) for (const address of this.released.splice(0)) this.memory.free(address)
    }
  }

  private runHere(image: number): void {
    try {
      this.kernels.run(image, 0, 0, 1)
    } catch (cause) {
      throw new RepriseError('engine-failed', `wasm engine: a kernel failed: ${cause}. Make a new engine.`, {
        cause,
      })
    }
  }

  /** Turns program words into the form the kernels walk; returns its address. */
  private unpack(program: Program, regions: readonly WasmRegion[]): number {
    const { memory, kernels } = this
    const count = program.words.length
    const source = memory.allocate(4 * (count + regions.length))
    try {
      memory.words.set(program.words, source / 4)
      memory.words.set(
        regions.map((region) => region.address | 0),
        source / 4 + count,
      )
      const image = memory.allocate(kernels.imageBytes(source, count) >>> 0)
      kernels.unpack(source, count, source + 4 * count, image)
      return image
    } finally {
      memory.free(source)
    }
  }

  private release(address: number): void {
    if (this.pending > 0) this.released.push(address)
    else this.memory.free(address)
  }

  private own(region: Region): WasmRegion {
    if (region instanceof WasmRegion && region.owner === this && region.live) return region
    const fault =
      region instanceof WasmRegion && region.owner === this
        ? 'it has been freed'
        : 'it belongs to another engine'
    throw new RepriseError('invalid-region', `wasm engine: this region cannot be used: ${fault}.`)
  }

  /** First word of `length` elements of a region. */
  private locate(region: Region, offset: number, length: number, what: string): number {
    this.checkAlive()
    const { address, bytes } = this.own(region)
    if (!Number.isSafeInteger(offset) || offset < 0 || 4 * (offset + length) > bytes) {
      throw new RepriseError(
        'invalid-region',
        `wasm engine: ${what} of ${length} elements at ${offset} does not fit a region of ${Math.floor(bytes / 4)} elements.`,
      )
    }
    return address / 4 + offset
  }

  private checkAlive(): void {
    if (this.disposed) throw this.disposed
  }
}
