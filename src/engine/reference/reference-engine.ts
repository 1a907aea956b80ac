import { RepriseError } from '../../errors.js'
import { checkProgram } from '../check-program.js'
import type { Elements, Engine, EngineInfo, Executable, Region } from '../engine.js'
import type { Program } from '../program.js'
import { decodeProgram } from './decode.js'

/**
 * The engine that is obviously right: one plain function per command, float64 arithmetic over float32 storage, one
 * thread. It is the oracle of the tests and the page to read; expect it to be a hundred times slower than the others.
 */
export function createReferenceEngine(): Engine {
  return new ReferenceEngine()
}

class ReferenceEngine implements Engine {
  readonly info: EngineInfo = {
    name: 'reference',
    isa: 'float64',
    threads: 1,
    mixed: true,
    reason: 'the reference engine was asked for; it is made to be read and compared with, not to be fast',
  }

  private readonly memory = new Map<Region, ArrayBuffer>()
  private disposed = false
  /** Settles when the runs asked for so far are over. */
  private lastRun: Promise<unknown> = Promise.resolve()
  private pending = 0

  allocate(bytes: number): Region {
    this.checkAlive()
    if (!Number.isSafeInteger(bytes) || bytes < 0) {
      throw failure('invalid-region', `a region needs a whole number of bytes, got ${bytes}`)
    }
    const region: Region = { bytes }
    try {
      this.memory.set(region, new ArrayBuffer(Math.ceil(bytes / 4) * 4))
    } catch (cause) {
      const remedy = 'Use a smaller batch, fewer time steps or a smaller model'
      throw failure('out-of-memory', `cannot allocate ${bytes} bytes. ${remedy}`, cause)
    }
    return region
  }

  free(region: Region): void {
    if (this.disposed) return
    this.own(region)
    this.memory.delete(region)
  }

  write(region: Region, offset: number, data: Elements): void {
    const target = this.locate(region, offset, data.length, 'write')
    target.set(new Int32Array(data.buffer, data.byteOffset, data.length))
  }

  read(region: Region, offset: number, into: Elements): void {
    const source = this.locate(region, offset, into.length, 'read')
    new Int32Array(into.buffer, into.byteOffset, into.length).set(source)
  }

  load(program: Program, regions: readonly Region[]): Executable {
    this.checkAlive()
    const memory = regions.map((region) => this.own(region))
    checkProgram(
      program,
      regions.map((region) => region.bytes),
    )
    const calls = decodeProgram(program, memory)
    let live = true
    const check = () => {
      this.checkAlive()
      if (!live) throw failure('invalid-executable', 'this executable has been disposed')
      for (const region of regions) this.own(region)
    }
    const runAll = () => {
      check()
      for (const call of calls) call()
    }
    return {
      scratchBytes: 0,
      run: async () => {
        check()
        this.pending++
        const turn = this.lastRun.then(macrotask).then(runAll)
        this.lastRun = turn.catch(() => {})
        return turn.finally(() => this.pending--)
      },
      runSync: () => {
        if (this.pending > 0) {
          throw failure('engine-busy', 'runSync while an asynchronous run is under way. Await run() first')
        }
        runAll()
      },
      dispose: () => {
        live = false
      },
    }
  }

  dispose(): void {
    this.disposed = true
    this.memory.clear()
  }

  private own(region: Region): ArrayBuffer {
    const memory = this.memory.get(region)
    if (!memory) {
      throw failure('invalid-region', 'this region cannot be used: it was freed or belongs to another engine')
    }
    return memory
  }

  /** `length` words of a region from `offset` on. */
  private locate(region: Region, offset: number, length: number, what: string): Int32Array {
    this.checkAlive()
    const words = new Int32Array(this.own(region))
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > words.length) {
      throw failure(
        'invalid-region',
        `${what} of ${length} elements at ${offset} does not fit a region of ${words.length} elements`,
      )
    }
    return words.subarray(offset, offset + length)
  }

  private checkAlive(): void {
    if (this.disposed) throw failure('engine-disposed', 'it has been disposed')
  }
}

function failure(code: string, what: string, cause?: unknown): RepriseError {
  return new RepriseError(code, `reference engine: ${what}.`, { cause })
}

/** Lets timers, input and other events have their turn. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
