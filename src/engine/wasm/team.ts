import { RepriseError } from '../../errors.js'
import { startWorker, type TeamWorker } from './host.js'
import type { WasmMemory } from './memory.js'
import { control, type Enlistment } from './protocol.js'

const stackBytes = 256 * 1024

/**
 * Workers that run programs together on one shared memory. They start with the first run, sleep between runs and keep
 * the process alive only during one.
 */
export class Team {
  private readonly workers: TeamWorker[] = []
  private block: { address: number; words: Int32Array } | undefined
  private current: { resolve: () => void; reject: (error: RepriseError) => void } | undefined
  private failure: RepriseError | undefined

  constructor(
    private readonly module: WebAssembly.Module,
    private readonly memory: WasmMemory,
    readonly threads: number,
  ) {}

  /** Runs one program; the caller sees to it that runs do not overlap. Rejects when a worker dies or on dispose. */
  run(image: number): Promise<void> {
    if (this.failure) return Promise.reject(this.failure)
    let words: Int32Array
    try {
      words = this.start()
    } catch (error) {
      return Promise.reject(error)
    }
    return new Promise((resolve, reject) => {
      this.current = { resolve, reject }
      this.workers[0]!.keepAlive(true)
      words[control.image] = image
      words[control.remaining] = this.threads
      Atomics.add(words, control.ticket, 1)
      Atomics.notify(words, control.ticket)
    })
  }

  /** Ends the workers; a run under way rejects with `reason`. */
  dispose(reason: RepriseError): void {
    this.failure ??= reason
    for (const worker of this.workers) worker.terminate()
    this.workers.length = 0
    this.settle()?.reject(this.failure)
  }

  private start(): Int32Array {
    if (this.block) return this.block.words
    const address = this.memory.allocate(control.bytes)
    const stacks = this.memory.allocate(this.threads * stackBytes)
    // This view may be kept: growing a shared memory leaves its earlier buffers valid.
    const words = this.memory.words.subarray(address / 4, (address + control.bytes) / 4)
    this.block = { address, words }
    for (let thread = 0; thread < this.threads; thread++) {
      const worker = startWorker({
        message: (value) => {
          if (typeof value === 'string') this.fail(value)
          else this.settle()?.resolve()
        },
        failed: (reason) => this.fail(reason),
      })
      this.workers.push(worker)
      const enlistment: Enlistment = {
        module: this.module,
        memory: this.memory.memory,
        control: address,
        stackEnd: stacks + (thread + 1) * stackBytes,
        thread,
        threads: this.threads,
      }
      worker.post(enlistment)
    }
    return words
  }

  /** The run under way, which is over now. */
  private settle(): Team['current'] {
    const { current } = this
    this.current = undefined
    this.workers[0]?.keepAlive(false)
    return current
  }

  /** A team that lost a worker is stuck at its barrier and the memory may be damaged: there is no way on. */
  private fail(reason: string): void {
    this.dispose(
      new RepriseError(
        'engine-failed',
        `wasm engine: a worker failed: ${reason}. Make a new engine; results of this run are lost.`,
      ),
    )
  }
}
