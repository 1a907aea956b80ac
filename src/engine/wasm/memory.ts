import { RepriseError } from '../../errors.js'
import { Allocator } from './allocator.js'
import { initialBytes } from './flavours.js'

const pageBytes = 65536
const mebibyte = 1024 * 1024

/**
 * The only holder of a WebAssembly memory and of views onto it. Growing replaces `memory.buffer`, and detaches it when
 * the memory is not shared, so nobody else may keep a view.
 */
export class WasmMemory {
  private view: Int32Array
  private readonly allocator: Allocator
  /** Addresses from here on have never been handed out and still hold the zeros they were born with. */
  private fresh: number

  constructor(
    readonly memory: WebAssembly.Memory,
    heapBase: number,
  ) {
    this.view = new Int32Array(memory.buffer)
    this.fresh = heapBase
    this.allocator = new Allocator(heapBase, memory.buffer.byteLength, (bytes) => this.grow(bytes))
  }

  /** All of memory as 32-bit words. Use it at once; do not keep it across an allocation. */
  get words(): Int32Array {
    return this.view
  }

  /** Bytes handed out at present. */
  get usedBytes(): number {
    return this.allocator.usedBytes
  }

  /** Size of the memory, used or not. */
  get totalBytes(): number {
    return this.view.byteLength
  }

  /** Address of a 64-byte aligned, zero-filled stretch. Throws `RepriseError` code `out-of-memory`. */
  allocate(bytes: number): number {
    const address = this.allocator.allocate(bytes)
    if (address === undefined) {
      throw new RepriseError(
        'out-of-memory',
        `wasm engine: cannot allocate ${mib(bytes)}, ${mib(this.usedBytes)} are in use. WebAssembly memory ends at 4 GiB: use a smaller batch or model, or the native engine.`,
      )
    }
    const end = address + bytes
    if (address < this.fresh) this.view.fill(0, address / 4, Math.ceil(Math.min(end, this.fresh) / 4))
    this.fresh = Math.max(this.fresh, end)
    return address
  }

  free(address: number): void {
    this.allocator.free(address)
  }

  /** Grows by at least `bytes`, by a quarter where possible so that many small regions do not grow it many times. */
  private grow(bytes: number): number {
    const before = this.view.byteLength
    for (const wanted of [Math.max(bytes, before / 4), bytes]) {
      try {
        this.memory.grow(Math.ceil(wanted / pageBytes))
        break
      } catch {
        // At its limit: try the exact amount, then give up.
      }
    }
    this.view = new Int32Array(this.memory.buffer)
    return this.view.byteLength - before
  }
}

/** A memory for a module of the given kind. Throws `RepriseError` code `out-of-memory`. */
export function createMemory(shared: boolean): WebAssembly.Memory {
  const initial = initialBytes / pageBytes
  if (!shared) return new WebAssembly.Memory({ initial })
  // A shared memory must reserve its maximum; hosts with little address space refuse the whole 4 GiB.
  let cause: unknown
  for (let maximum = 65536; maximum >= 4096; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial, maximum, shared })
    } catch (error) {
      cause = error
    }
  }
  throw new RepriseError('out-of-memory', 'wasm engine: the host refuses even 256 MiB of shared memory.', {
    cause,
  })
}

function mib(bytes: number): string {
  return `${(bytes / mebibyte).toFixed(1)} MiB`
}
